import { missing } from '../missing.ts';

/** What is remembered of a point's nights. Plain JSON, a few hundred bytes. */
export interface Night {
  /** Local day on which the night that is being watched ends; null before the first. */
  day: number | null;
  lastMs: number;
  /** Lowest power of each quarter of an hour from 23:00 to 05:30, W; null where nothing was said. */
  lows: Array<number | null>;
  /** Ranks of the last nights: the day on which they ended, and W. */
  scores: Array<[day: number, watt: number]>;
  /** Of a meter that speaks too seldom for its power to say anything of the time between: its last energy, and when. */
  energy?: { wh: number; atMs: number };
}

const dayMs = 86_400_000;
const quarterMs = 15 * 60_000;
/** From 23:00 on: sixteen quarters to 03:00, then two of nothing, then eight from 03:30 to 05:30. */
const lateQuarters = 16;
const earlyFrom = 18;
const quarters = 26;
const keptNights = 7;

export const newNight = (): Night => ({
  day: null,
  lastMs: missing,
  lows: new Array<number | null>(quarters).fill(null),
  scores: [],
});

/** Takes a reading at local time `localMs`; late and repeated ones change nothing. */
export function seeMinute(night: Night, localMs: number, powerW: number): void {
  if (localMs <= night.lastMs) return;
  night.lastMs = localMs;
  // A night belongs to the day on which it ends: an hour is added, so that 23:00 is midnight.
  const shifted = localMs + 4 * quarterMs;
  const day = Math.floor(shifted / dayMs);
  if (day !== night.day) {
    close(night);
    night.day = day;
  }
  const quarter = Math.floor((shifted - day * dayMs) / quarterMs);
  if (quarter >= quarters) return;
  const low = night.lows[quarter];
  if (low === null || low === undefined || powerW < low) night.lows[quarter] = Math.round(powerW);
}

function close(night: Night): void {
  const score = scoreOf(night.lows);
  if (night.day !== null && score !== null) night.scores.push([night.day, score]);
  if (night.scores.length > keptNights) night.scores.shift();
  night.lows.fill(null);
}

/**
 * What was drawn from 23 to 3 more than from 3:30 to 5:30, as the medians of the quarters' lows, W. Null where a third
 * of the quarters is missing.
 */
export function scoreOf(lows: readonly (number | null)[]): number | null {
  const late = known(lows.slice(0, lateQuarters));
  const early = known(lows.slice(earlyFrom));
  if (late.length < (2 / 3) * lateQuarters || early.length < (2 / 3) * (quarters - earlyFrom))
    return null;
  return Math.max(0, middle(late) - middle(early));
}

/** Mean over the nights that ended within the last seven days up to `today`. */
export function rankOf(
  { day, lows, scores }: Night,
  today: number,
): { readonly meanW: number; readonly nights: number } | null {
  const open = day === today ? scoreOf(lows) : null;
  const values = scores.filter(([at]) => today - at < keptNights && at <= today).map(([, w]) => w);
  if (open !== null) values.push(open);
  if (values.length === 0) return null;
  const meanW = Math.round(values.reduce((sum, one) => sum + one, 0) / values.length);
  return { meanW, nights: values.length };
}

const known = (lows: readonly (number | null)[]): number[] => lows.filter((one) => one !== null);

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
