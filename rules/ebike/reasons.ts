import type { Text } from '../../drivers/text.ts';
import { names } from './evidence.ts';
import type { Fitted } from './fitted.ts';
import { shapeNames } from './shape.ts';
import type { Track } from './tracks.ts';
import { sumOf } from './trees.ts';

/** One reason, with its weight and a sentence. */
export interface Reason {
  readonly name: string;
  readonly weight: number;
  readonly text: Text;
}

/** What the sentences say of a track. */
export interface Facts {
  readonly ageMin: number;
  readonly clock: string;
  readonly nights: number;
  /** Other loads come and go beside it. */
  readonly isBusy: boolean;
  readonly isOver: boolean;
}

/** Pieces of evidence, and what the trees ask for, by what they are about: each gets one sentence. */
const groups: ReadonlyArray<readonly [name: string, of: RegExp]> = [
  ['start', /^start$/],
  ['hour', /^(hour[0-9]|localMinute$)/],
  ['size', /^size/],
  ['duration', /^(hours|ageMin$)/],
  ['rise', /^(rise|later|wander)/],
  ['fall', /^(fall|noFall)/],
  ['restless', /^restless/],
  ['powerFactor', /^(factor|square|powerFactor$)/],
  ['harmonics', /^(ratio|harmonicRatio$|edgeRatio$)/],
  ['edge', /^(edgeShare|early|above)$/],
  ['repeats', /^repeats$/],
  ['others', /^(busy|company)$/],
  ['end', /^end/],
  ['nights', /^nights$/],
];
const indicesOf = (all: readonly string[], of: RegExp): number[] =>
  all.flatMap((one, i) => (of.test(one) ? [i] : []));
const members = groups.map(
  ([name, of]) => [name, indicesOf(names, of), indicesOf(shapeNames, of)] as const,
);

/** What the answers to each question moved the score by, and last where the trees begin; filled anew each time. */
const shares = new Float64Array(shapeNames.length + 1);

/** Everything that speaks for or against a charger, in words. The weights add to the score. */
export function reasonsOf(
  { values, shape }: { readonly values: Float64Array; readonly shape: Float64Array },
  { weights, forest }: Fitted,
  track: Track,
  facts: Facts,
): Reason[] {
  shares.fill(0);
  sumOf(forest, shape, shares);
  return members.flatMap(([name, evidence, asked]) => {
    let weight = name === 'start' ? (shares[shapeNames.length] ?? 0) : 0;
    for (const i of evidence) weight += (values[i] ?? 0) * (weights[i] ?? 0);
    for (const i of asked) weight += shares[i] ?? 0;
    return weight === 0 ? [] : [{ name, weight, text: sentence(name, weight > 0, track, facts) }];
  });
}

/** What its first minutes have more than the later ones, as a share of its step, is told from here on. */
const settles = 0.15;

function sentence(name: string, isFor: boolean, track: Track, facts: Facts): Text {
  const percent = (part: number) => Math.round((100 * part) / track.sizeW);
  const { ageMin, clock, nights } = facts;
  switch (name) {
    case 'hour':
      return { zh: `${clock}开始`, en: `begins ${clock}` };
    case 'size':
      return { zh: `阶跃${Math.round(track.sizeW)}瓦`, en: `step +${Math.round(track.sizeW)} W` };
    case 'duration':
      return { zh: `已持续${spell(ageMin).zh}`, en: `for ${spell(ageMin).en}` };
    case 'rise': {
      const rise = percent(track.riseW);
      const like = isFor && rise > 0 ? [`，像电池充电`, ', as batteries do'] : ['', ''];
      return rise >= 0
        ? { zh: `缓升${rise}%${like[0]}`, en: `rising ${rise} %${like[1]}` }
        : { zh: `起初缓降${-rise}%`, en: `falling ${-rise} % at first` };
    }
    case 'fall': {
      const fall = percent(track.fallenW);
      if (fall < 20)
        return ageMin < 300
          ? { zh: '尚未下降', en: 'no fall so far' }
          : { zh: '数小时未见下降', en: 'no fall after hours' };
      const like = isFor ? ['，像充满', ', as when full'] : ['', ''];
      return { zh: `已缓降${fall}%${like[0]}`, en: `fell slowly by ${fall} %${like[1]}` };
    }
    case 'restless': {
      if (track.restlessW === null)
        return { zh: '平稳与否无从判断', en: 'whether it is smooth cannot be told' };
      const moves = Number(((100 * track.restlessW) / track.sizeW).toFixed(1));
      return isFor
        ? { zh: '用电平稳', en: 'smooth' }
        : {
            zh: `跳动${moves}%，更像电脑或电视`,
            en: `moves by ${moves} %: rather a computer or a screen`,
          };
    }
    case 'powerFactor': {
      const shown = (track.powerFactor ?? 0).toFixed(2);
      return { zh: `功率因数${shown}`, en: `PF ${shown}` };
    }
    case 'harmonics': {
      // Within seconds little else is switched: the jump tells more than the minutes do.
      const ratio = track.edge.ratio ?? track.harmonicRatio ?? 0;
      if (ratio < 0) return { zh: '谐波与功率对不上', en: 'harmonics without watts' };
      const shown = ratio.toFixed(2);
      return isFor
        ? { zh: `谐波很强（${shown}）`, en: `strong harmonics (${shown})` }
        : { zh: `谐波比例${shown}`, en: `harmonics ${shown} of the power` };
    }
    case 'edge':
      if (isFor) return { zh: '一下子接通', en: 'switched on at once' };
      return (track.edge.early ?? 0) > settles
        ? { zh: '开头更高、随后回落，更像空调', en: 'higher at first: rather an air conditioner' }
        : { zh: '接通时混有其他负荷', en: 'its start is blurred by other loads' };
    case 'repeats':
      if (track.repeats === 0)
        return { zh: '四小时内仅此一次', en: 'the only one of its size in 4 h' };
      return {
        zh: `四小时内同样大小${track.repeats + 1}次，更像压缩机`,
        en: `the same size ${track.repeats + 1} times in 4 h: rather a compressor`,
      };
    case 'others':
      if (!facts.isBusy)
        return { zh: '同时少有其他负荷投切', en: 'little else is switched beside it' };
      return { zh: '同时有其他负荷投切', en: 'other loads are switched beside it' };
    case 'end':
      if (!facts.isOver) return { zh: '仍在用电', en: 'still on' };
      return track.fallenW < 0.2 * track.sizeW
        ? { zh: '一下子断开', en: 'switched off at once' }
        : { zh: '缓降后结束', en: 'ended after a slow fall' };
    case 'nights':
      return { zh: `近7天同一时段${nights}晚`, en: `${nights} of the last 7 nights` };
    default:
      return { zh: '起始', en: 'prior' };
  }
}

/** Minutes as people say them. */
export function spell(minutes: number): Text {
  const hours = Math.floor(minutes / 60);
  const rest = Math.round(minutes % 60);
  if (hours === 0) return { zh: `${rest}分钟`, en: `${rest} min` };
  return { zh: `${hours}小时${rest}分钟`, en: `${hours} h ${rest} min` };
}

/** What else it could be, the likeliest first. */
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
