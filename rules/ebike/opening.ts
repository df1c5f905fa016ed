import { figures } from './figures.ts';

/**
 * Morphological opening over as many minutes as it holds: the lowest of the next ones, then the highest of the last of those.
 * Everything that is on for less vanishes: kettles, hobs, compressors. What rises or falls slowly passes unchanged.
 * The value of a minute is known `latencyOf` minutes later. Plain JSON.
 */
export interface Opening {
  /** The last values, newest last. */
  readonly values: number[];
  /** Their running minima, newest last. */
  readonly lows: number[];
  /** The highest of these. */
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
  high: value,
});

/** How many minutes later a value is known. */
export const latencyOf = ({ values }: Opening): number => values.length - 1;

/**
 * Takes the value of a minute; returns the opened value of the minute `latencyOf` before. Moved by hand and searched on the way:
 * push and shift would give every value back in a box of its own.
 */
export function open(state: Opening, value: number): number {
  const { values, lows } = state;
  const newest = latencyOf(state);
  let low = value;
  for (let i = 0; i < newest; i += 1) {
    const one = values[i + 1] ?? value;
    values[i] = one;
    if (one < low) low = one;
  }
  values[newest] = value;
  let high = low;
  for (let i = 0; i < newest; i += 1) {
    const one = lows[i + 1] ?? low;
    lows[i] = one;
    if (one > high) high = one;
  }
  lows[newest] = low;
  state.high = high;
  return high;
}
