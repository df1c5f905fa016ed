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
  values: new Array<number>(openingMin).fill(value),
  lows: new Array<number>(openingMin).fill(value),
  high: value,
});

/**
 * Takes the value of a minute; returns the opened value of the minute 29 before. Only where the extreme itself leaves its
 * window is the window searched.
 */
export function open(state: Opening, value: number): number {
  const { values, lows } = state;
  const before = lows[openingMin - 1] ?? value;
  values.push(value);
  const gone = values.shift() ?? value;
  let low = value;
  if (gone > before) low = Math.min(before, value);
  else for (const one of values) if (one < low) low = one;
  lows.push(low);
  const goneLow = lows.shift() ?? low;
  if (low >= state.high) state.high = low;
  else if (goneLow >= state.high) {
    let high = low;
    for (const one of lows) if (one > high) high = one;
    state.high = high;
  }
  return state.high;
}
