/**
 * Morphological opening over 30 minutes: the lowest of the next 30, then the highest of the last 30 of those.
 * Everything that is on for less than half an hour vanishes: kettles, hobs, compressors. What rises or falls
 * slowly passes unchanged. The value of a minute is known 29 minutes later. Plain JSON.
 */
export interface Opening {
  /** The last values, newest last. */
  values: number[];
  /** Their running minima, newest last. */
  lows: number[];
}

export const openingMin = 30;
export const latencyMin = openingMin - 1;

/** Filled as if `value` had been there before: after a start or a gap nothing is held back for an hour. */
export const newOpening = (value: number): Opening => ({
  values: new Array<number>(openingMin).fill(value),
  lows: new Array<number>(openingMin).fill(value),
});

/** Takes the value of a minute; returns the opened value of the minute 29 before. */
export function open({ values, lows }: Opening, value: number): number {
  values.push(value);
  values.shift();
  let low = value;
  for (const one of values) if (one < low) low = one;
  lows.push(low);
  lows.shift();
  let high = low;
  for (const one of lows) if (one > high) high = one;
  return high;
}
