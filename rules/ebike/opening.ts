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

export const newOpening = (): Opening => ({ values: [], lows: [] });

/** Takes the value of a minute; returns the opened value of the minute 29 before, null while it fills. */
export function open(state: Opening, value: number): number | null {
  state.values.push(value);
  if (state.values.length > openingMin) state.values.shift();
  if (state.values.length < openingMin) return null;
  let low = Number.POSITIVE_INFINITY;
  for (const one of state.values) if (one < low) low = one;
  state.lows.push(low);
  if (state.lows.length > openingMin) state.lows.shift();
  let high = Number.NEGATIVE_INFINITY;
  for (const one of state.lows) if (one > high) high = one;
  return high;
}
