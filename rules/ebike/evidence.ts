import type { Text } from '../../drivers/text.ts';
import { countOf, type Track } from './tracks.ts';

/** Weights in log-odds; start values from composed days of real recordings, see docs/evaluation.md. */
export interface Weights {
  readonly start: number;
  readonly evening: number;
  readonly otherHour: number;
  readonly usualSize: number;
  readonly unusualSize: number;
  readonly eachHour: number;
  readonly mostHours: number;
  readonly rises: number;
  readonly jumps: number;
  readonly falls: number;
  readonly neverFalls: number;
  readonly chargerFactor: number;
  readonly correctedFactor: number;
  readonly betweenFactor: number;
  readonly strongHarmonics: number;
  readonly weakHarmonics: number;
  readonly eachRepeat: number;
  readonly endsAtOnce: number;
  readonly usualNight: number;
  readonly restless: number;
  readonly smooth: number;
}

/** One reason, with its weight and a sentence. */
export interface Reason {
  readonly name: string;
  readonly weight: number;
  readonly text: Text;
}

export interface Circumstances {
  /** The minute up to which the opened signal is known. */
  readonly minute: number;
  /** Local minute of the day at which it was switched on. */
  readonly localMinute: number;
  /** Nights of the last seven with a suspicion at this hour. */
  readonly nights: number;
  /** One room, or harmonics are measured: then the quiet minutes between other loads are the charger's own. */
  readonly alone: boolean;
  /** It was ended by a step. */
  readonly ended: boolean;
}

/** Everything that speaks for or against a charger. Their sum is the score. */
export function reasonsOf(track: Track, weights: Weights, at: Circumstances): Reason[] {
  const reasons: Reason[] = [
    { name: 'start', weight: weights.start, text: { zh: '起始', en: 'prior' } },
  ];
  const add = (name: string, weight: number, zh: string, en: string) =>
    void reasons.push({ name, weight, text: { zh, en } });
  const ageMin = at.minute - track.minute;
  const size = Math.round(track.sizeW);
  const evening = at.localMinute >= 16.5 * 60;
  const clock = `${String(Math.floor(at.localMinute / 60)).padStart(2, '0')}:${String(at.localMinute % 60).padStart(2, '0')}`;
  add('hour', evening ? weights.evening : weights.otherHour, `${clock}开始`, `begins ${clock}`);
  const each = track.sizeW / countOf(track.sizeW);
  add(
    'size',
    each >= 100 && each <= 330 ? weights.usualSize : weights.unusualSize,
    `阶跃${size}瓦`,
    `step +${size} W`,
  );

  const hours = Math.max(0, (ageMin - 45) / 60);
  if (hours > 0)
    add(
      'duration',
      Math.min(weights.mostHours, hours * weights.eachHour),
      `已持续${spell(ageMin).zh}`,
      `for ${spell(ageMin).en}`,
    );

  if (ageMin >= 54) {
    const percent = Math.round((100 * track.riseW) / track.sizeW);
    if (percent >= 1 && percent <= 16)
      add(
        'rise',
        weights.rises,
        `缓升${percent}%，像电池充电`,
        `rising ${percent} %, as batteries do`,
      );
    else if (Math.abs(percent) > 30)
      add('rise', weights.jumps, `起伏${percent}%`, `moves by ${percent} %`);
  }
  const fallPercent = Math.round((100 * track.fallenW) / track.sizeW);
  if (fallPercent >= 45 && fallPercent <= 120)
    add(
      'fall',
      weights.falls,
      `已缓降${fallPercent}%，像充满`,
      `fell slowly by ${fallPercent} %, as when full`,
    );
  else if (ageMin > 300 && fallPercent < 20)
    add('fall', weights.neverFalls, '五小时未见下降', 'no fall after five hours');

  if (at.alone && track.restlessW !== null) {
    const percent = Number(((100 * track.restlessW) / track.sizeW).toFixed(1));
    if (percent >= 2) {
      add(
        'restless',
        weights.restless,
        `跳动${percent}%，更像电脑或电视`,
        `moves by ${percent} %: rather a computer or a screen`,
      );
    } else if (percent <= 1) add('restless', weights.smooth, '用电平稳', 'smooth');
  }

  const { powerFactor, harmonicRatio } = track;
  if (powerFactor !== null) {
    const shown = powerFactor.toFixed(2);
    const weight =
      powerFactor >= 0.48 && powerFactor <= 0.74
        ? weights.chargerFactor
        : powerFactor > 0.86
          ? weights.correctedFactor
          : weights.betweenFactor;
    // With the harmonics measured the power factor says the same once more: it counts half.
    add(
      'powerFactor',
      harmonicRatio === null ? weight : weight / 2,
      `功率因数${shown}`,
      `PF ${shown}`,
    );
  }
  if (harmonicRatio !== null) {
    const shown = harmonicRatio.toFixed(2);
    if (harmonicRatio > 0.9)
      add(
        'harmonics',
        weights.strongHarmonics,
        `谐波很强（${shown}）`,
        `strong harmonics (${shown})`,
      );
    else if (harmonicRatio < 0.3)
      add('harmonics', weights.weakHarmonics, `谐波很弱（${shown}）`, `weak harmonics (${shown})`);
  }
  if (track.repeats > 0)
    add(
      'repeats',
      track.repeats * weights.eachRepeat,
      `四小时内同样大小${track.repeats + 1}次，更像压缩机`,
      `the same size ${track.repeats + 1} times in 4 h: rather a compressor`,
    );
  if (at.ended && fallPercent < 20)
    add('end', weights.endsAtOnce, '一下子断开', 'switched off at once');
  if (at.nights >= 3)
    add(
      'nights',
      weights.usualNight,
      `近7天同一时段${at.nights}晚`,
      `${at.nights} of the last 7 nights`,
    );
  return reasons;
}

export const scoreOf = (reasons: readonly Reason[]): number =>
  reasons.reduce((sum, { weight }) => sum + weight, 0);

/** Minutes as people say them. */
export function spell(minutes: number): Text {
  const hours = Math.floor(minutes / 60);
  const rest = Math.round(minutes % 60);
  if (hours === 0) return { zh: `${rest}分钟`, en: `${rest} min` };
  return { zh: `${hours}小时${rest}分钟`, en: `${hours} h ${rest} min` };
}

/** What else it could be, the likeliest first; shares add to less than one. */
export function alternativesOf(
  track: Track,
): ReadonlyArray<{ readonly text: Text; readonly weight: number }> {
  const { powerFactor, harmonicRatio, repeats, sizeW } = track;
  const corrected = powerFactor === null || powerFactor > 0.86;
  const distorted =
    harmonicRatio === null ? powerFactor !== null && powerFactor < 0.74 : harmonicRatio > 0.6;
  return [
    { text: { zh: '变频空调', en: 'inverter air conditioner' }, weight: corrected ? 0.5 : 0.05 },
    { text: { zh: '旧电脑', en: 'old computer' }, weight: distorted ? 0.35 : 0.1 },
    { text: { zh: '冰箱或水泵', en: 'fridge or pump' }, weight: repeats > 0 ? 0.5 : 0.08 },
    { text: { zh: '取暖器', en: 'heater' }, weight: corrected && sizeW > 330 ? 0.3 : 0.03 },
    { text: { zh: '电视', en: 'television' }, weight: corrected ? 0.25 : 0.03 },
  ].sort((a, b) => b.weight - a.weight);
}
