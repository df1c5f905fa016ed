import { figures } from './figures.ts';

/**
 * Morphological opening over 30 minutes: the lowest of the next 30, then the highest of the last 30 of those.
 * Everything that is on for less than half an hour vanishes: kettles, hobs, compressors. What rises or falls
 * slowly passes unchanged. The value of a minute is known 29 minutes later. Plain JSON.
 */
export interface Opening {
  /** The last values, newest last. */
  readonly values: number[];
  /** Their running minima, newest last. */
  readonly lows: number[];
  /** The highest of these. */
  high: number;
}

export const openingMin = 30;
export const latencyMin = openingMin - 1;

/** Filled as if `value` had been there before: after a start or a gap nothing is held back for an hour. */
export const newOpening = (value: number): Opening => ({
  values: figures(openingMin, value),
  lows: figures(openingMin, value),
  high: value,
});

/**
 * Takes the value of a minute; returns the opened value of the minute 29 before. Moved by hand and searched on the way:
 * push and shift would give every value back in a box of its own.
 */
export function open(state: Opening, value: number): number {
  const { values, lows } = state;
  const newest = openingMin - 1;
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
