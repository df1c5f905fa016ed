import { expect, test } from 'vitest';
import { tripBand } from './breaker.ts';

/** rated A, curve, A, earliest s, latest s: computed from the standard's tests by hand. */
const vectors = [
  [40, 'C', 40, null, null],
  [40, 'C', 45.2, null, null],
  [40, 'C', 52, 878.9, null],
  [40, 'C', 64, 108.8, 1989.4],
  [40, 'C', 80, 11.5, 518.6],
  [40, 'C', 120, 0.6, 85.9],
  [40, 'C', 240, 0, 30],
  [40, 'C', 440, 0, 0.1],
  [32, 'C', 64, 11.5, 349.4],
  [16, 'C', 40.8, 1, 60],
  [63, 'C', 91.35, 292.9, 3600],
  [10, 'B', 40, 0, 45],
] as const;

for (const [ratedA, curve, currentA, earliestS, latestS] of vectors) {
  test(`${curve}${ratedA} at ${currentA} A trips between ${earliestS} and ${latestS} s`, () => {
    const band = tripBand({ ratedA, curve }, currentA);
    if (earliestS === null) expect(band.earliestS).toBeNull();
    else expect(band.earliestS).toBeCloseTo(earliestS, 1);
    if (latestS === null) expect(band.latestS).toBeNull();
    else expect(band.latestS).toBeCloseTo(latestS, 1);
  });
}
