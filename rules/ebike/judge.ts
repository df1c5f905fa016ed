import type { Level, Severity } from '../finding.ts';
import type { Config } from './config.ts';
import { measure, names } from './evidence.ts';
import { fittedFor, judged, judgedFrom } from './fitted.ts';
import { kindOf } from './follow.ts';
import { mayAlert, togetherFrom } from './metering.ts';
import { isMoved, keepGone } from './moved.ts';
import { alternativesOf, type Reason, reasonsOf, spell } from './reasons.ts';
import { type Season, seasonOf } from './season.ts';
import { shapeNames, shapeOf } from './shape.ts';
import type { ChannelState, Emit, Place, State } from './state.ts';
import { countOf, type EndKind, type Track } from './tracks.ts';
import { chargingText, endedText } from './words.ts';

const levels: readonly Level[] = ['possible', 'probable', 'confirmed'];
const maxNights = 24;
const dayMin = 1440;

/** Evidence of the track that is being looked at; filled anew each time. */
const values = new Float64Array(names.length);
const shape = new Float64Array(shapeNames.length);

/** What a track is looked at with. `at`: minute up to which the signal is known; `now`: the last minute. */
export interface Look {
  readonly at: number;
  readonly now: number;
  readonly ended: EndKind | null;
}

/** What a track is held against, its evidence left in `values` and its shape in `shape`. */
function assess(
  state: State,
  channel: ChannelState,
  track: Track,
  { at, ended }: Look,
  place: Place,
  config: Config,
) {
  const local = track.minute + place.utcOffsetMin;
  const localMinute = ((local % dayMin) + dayMin) % dayMin;
  const day = Math.floor(local / dayMin);
  const nights = nightsAt(state, day, localMinute);
  const fitted = fittedFor(place.behind, kindOf(channel), seasonAt(track.minute, place, config));
  const company = channel.ledger.tracks.length - (ended === 'step' ? 0 : 1);
  const circumstances = { minute: at, localMinute, nights, company, ended };
  measure(track, circumstances, values);
  shapeOf(track, circumstances, shape);
  return { day, localMinute, nights, fitted, company };
}

/** Tells of a track when its level, or what may be done with it, has risen. */
export function judge(
  state: State,
  channel: ChannelState,
  track: Track,
  look: Look,
  place: Place,
  config: Config,
  emit: Emit,
): void {
  const { now } = look;
  if (now - track.minute < config.leastMin) return;
  const seen = assess(state, channel, track, look, place, config);
  const { day, localMinute, nights, fitted, company } = seen;
  const possible = config.possible ?? fitted.possible;
  const probable = config.probable ?? fitted.probable;
  const confirmed = config.confirmed ?? fitted.confirmed;
  // Below this its level does not rise: its score is then wanted only where what may be done with it has.
  const least =
    track.told === 0
      ? Math.min(possible, probable, confirmed)
      : track.told === 1
        ? Math.min(probable, confirmed)
        : confirmed;
  const high = track.told === 3 ? null : judgedFrom(values, shape, fitted, least);
  const moved = isMoved(state.gone, track, place.phase);
  if (high === null && (moved || !maySeverityRise(channel, track, nights, now, place, config)))
    return;
  const score = high ?? judged(values, shape, fitted);
  const reached = score >= confirmed ? 3 : score >= probable ? 2 : score >= possible ? 1 : 0;
  const level = levels[Math.max(reached, track.told) - 1];
  if (level === undefined) return;
  if (reached >= 2 && track.told < 2) remember(state, day, localMinute);
  const before = track.told;
  // First: it counts among those that are suspected at once.
  if (reached > before) track.told = reached as Track['told'];
  const severity = moved ? 'info' : severityOf(channel, level, nights, now, place, config);
  if (reached <= before && (rank(severity) <= rank(track.severity) || before === 0)) return;
  const change = before === 0 ? 'raised' : 'changed';
  track.severity = severity;
  const sizeW = Math.round(track.sizeW);
  const count = countOf(track.sizeW);
  const clock = clockOf(localMinute);
  const reasons = reasonsOf({ values, shape }, fitted, track, {
    ageMin: now - track.minute,
    clock,
    nights,
    isBusy: track.busy > 0 || company > 0,
    isOver: look.ended !== null,
  });
  emit({
    change,
    severity,
    level,
    score: Number(score.toFixed(2)),
    ...(place.phase ? { phase: place.phase } : {}),
    atMs: (now + 1) * 60_000,
    sinceMs: track.minute * 60_000,
    evidence: evidenceOf(track, score, reasons, {
      sizeW,
      count,
      nights,
      minutes: now - track.minute,
      simultaneous: suspects(channel),
    }),
    text: chargingText({
      title: place.title,
      level,
      clock,
      sizeW,
      lasted: spell(now - track.minute),
      count,
      behind: place.behind,
      reasons,
      alternatives: sharesOf(track, score),
    }),
  });
}

/** True where a track that stays at its level may be told of again. */
function maySeverityRise(
  channel: ChannelState,
  track: Track,
  nights: number,
  now: number,
  place: Place,
  config: Config,
): boolean {
  const level = levels[track.told - 1];
  if (level === undefined) return false;
  return rank(severityOf(channel, level, nights, now, place, config)) > rank(track.severity);
}

const seasonAt = (minute: number, place: Place, config: Config): Season =>
  seasonOf(minute * 60_000, place.utcOffsetMin * 60_000, config);

function evidenceOf(
  track: Track,
  score: number,
  reasons: readonly Reason[],
  more: Record<string, number>,
): Record<string, unknown> {
  const { powerFactor, harmonicRatio, riseW, fallenW, sizeW } = track;
  return {
    ...more,
    risePercent: Math.round((100 * riseW) / sizeW),
    fallPercent: Math.round((100 * fallenW) / sizeW),
    nowW: Math.max(0, Math.round(sizeW + Math.max(0, riseW) - fallenW)),
    ...(track.restlessW === null ? {} : { restlessW: Number(track.restlessW.toFixed(1)) }),
    ...(powerFactor === null ? {} : { powerFactor: Number(powerFactor.toFixed(2)) }),
    ...(harmonicRatio === null ? {} : { harmonicRatio: Number(harmonicRatio.toFixed(2)) }),
    reasons: reasons.map(({ name, weight: w, text }) => ({
      name,
      weight: Number(w.toFixed(2)),
      zh: text.zh,
      en: text.en,
    })),
    alternatives: sharesOf(track, score).map(({ text, share }) => ({
      zh: text.zh,
      en: text.en,
      share,
    })),
  };
}

/** What the rest of the probability goes to. */
function sharesOf(track: Track, score: number) {
  const rest = 1 / (1 + Math.exp(score));
  const others = alternativesOf(track).slice(0, 2);
  const total = others.reduce((sum, one) => sum + one.weight, 0) + 0.2;
  return others.map(({ text, weight: w }) => ({
    text,
    share: Number(((rest * w) / total).toFixed(2)),
  }));
}

const suspects = (channel: ChannelState): number =>
  channel.ledger.tracks.filter(({ told }) => told >= 2).length;

function severityOf(
  channel: ChannelState,
  level: Level,
  nights: number,
  now: number,
  place: Place,
  config: Config,
): Severity {
  const allowed = mayAlert(place.behind, kindOf(channel));
  if (allowed === null || nights < allowed.nights) return 'info';
  const together = suspects(channel) >= togetherFrom;
  const least = together ? 'probable' : allowed.level;
  if (levels.indexOf(level) < levels.indexOf(least)) return 'info';
  const hour = ((((now + place.utcOffsetMin) % dayMin) + dayMin) % dayMin) / 60;
  const night = hour >= config.nightFromH || hour < config.nightToH;
  return night || together ? 'major' : 'minor';
}

const severities = ['', 'info', 'minor', 'major', 'critical'];
const rank = (severity: string): number => severities.indexOf(severity);

/** Tells that a track is over, where it was told of; with its last score, for that knows most. */
export function end(
  state: State,
  channel: ChannelState,
  track: Track,
  look: Look & { readonly ended: EndKind },
  place: Place,
  config: Config,
  emit: Emit,
): void {
  const { at, now, ended } = look;
  const level = levels[track.told - 1];
  if (level === undefined) return;
  const { fitted } = assess(state, channel, track, look, place, config);
  if (ended === 'step' && rank(track.severity) > rank('info')) {
    const sizeW = track.sizeW * (track.endRatio ?? 1);
    keepGone(state.gone, { minute: at, sizeW, phase: place.phase ?? null });
  }
  const why = ended === 'step' ? (track.fallenW > 0.4 * track.sizeW ? 'full' : 'off') : ended;
  emit({
    change: 'cleared',
    severity: 'info',
    level,
    score: Number(judged(values, shape, fitted).toFixed(2)),
    ...(place.phase ? { phase: place.phase } : {}),
    atMs: (now + 1) * 60_000,
    sinceMs: track.minute * 60_000,
    evidence: {
      minutes: at - track.minute,
      end: why,
      sizeW: Math.round(track.sizeW),
      endedMs: at * 60_000,
    },
    text: endedText(place.title, spell(at - track.minute), why),
  });
}

/** On how many of the seven days before `day` something was suspected at this time of the day. */
function nightsAt({ nights }: State, day: number, minuteOfDay: number): number {
  if (nights.length === 0) return 0;
  // A bit for each day: it counts once, however often it was suspected.
  let days = 0;
  for (const [at, minuteThen] of nights) {
    const apart = Math.abs(minuteThen - minuteOfDay);
    if (at < day && day - at <= 7 && Math.min(apart, dayMin - apart) <= 90) days |= 1 << (day - at);
  }
  let count = 0;
  for (; days !== 0; days >>= 1) count += days & 1;
  return count;
}

function remember(state: State, day: number, minuteOfDay: number): void {
  state.nights.push([day, minuteOfDay]);
  if (state.nights.length > maxNights) state.nights.shift();
}

const clockOf = (minuteOfDay: number): string =>
  `${String(Math.floor(minuteOfDay / 60)).padStart(2, '0')}:${String(Math.floor(minuteOfDay % 60)).padStart(2, '0')}`;
