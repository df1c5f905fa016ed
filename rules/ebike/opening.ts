import { figures } from '../figures.ts';

/**
 * Morphological opening over as many minutes as it holds: the lowest of the next ones, then the highest of the last of those.
 * Everything that is on for less vanishes: kettles, hobs, compressors. What rises or falls slowly passes unchanged.
 * The value of a minute is known `latencyOf` minutes later. Plain JSON.
 */
export interface Opening {
  /** The last values, written over in turn, and their running minima. */
  readonly values: number[];
  readonly lows: number[];
  /** Where the oldest of both are. */
  oldest: number;
  /** The highest of the minima. */
  high: number;
}

/**
 * How long, min. Of watts: a fridge runs for up to 22 minutes at a time. Of harmonics: few short loads make any, and what else goes in the
 * half hour after a charger came on no longer hides its step.
 */
export const openingMin = { power: 24, nonActive: 30, harmonic: 6 } as const;

/** Filled as if `value` had been there before: after a start or a gap nothing is held back for an hour. */
export const newOpening = (value: number, minutes: number): Opening => ({
  values: figures(minutes, value),
  lows: figures(minutes, value),
  oldest: 0,
  high: value,
});

/** How many minutes later a value is known. */
export const latencyOf = ({ values }: Opening): number => values.length - 1;

/** The last values, newest last. */
export const valuesOf = ({ values, oldest }: Opening): number[] => [
  ...values.slice(oldest),
  ...values.slice(0, oldest),
];

/**
 * Takes the value of a minute; returns the opened value of the minute `latencyOf` before. All values are looked at only where the one that
 * leaves was the lowest: of a village's few megabytes of them little is touched in a minute.
 */
export function open(state: Opening, value: number): number {
  const { values, lows, oldest } = state;
  const newest = oldest === 0 ? latencyOf(state) : oldest - 1;
  let low = lows[newest] ?? value;
  const leaves = values[oldest] ?? value;
  values[oldest] = value;
  if (value <= low) low = value;
  else if (leaves <= low) low = lowestOf(values);
  const leavesLow = lows[oldest] ?? low;
  lows[oldest] = low;
  if (low >= state.high) state.high = low;
  else if (leavesLow >= state.high) state.high = highestOf(lows);
  state.oldest = oldest === latencyOf(state) ? 0 : oldest + 1;
  return state.high;
}

function lowestOf(values: readonly number[]): number {
  let low = Number.POSITIVE_INFINITY;
  for (let i = 0; i < values.length; i += 1) {
    const one = values[i] as number;
    if (one < low) low = one;
  }
  return low;
}

function highestOf(values: readonly number[]): number {
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i += 1) {
    const one = values[i] as number;
    if (one > high) high = one;
  }
  return high;
}
