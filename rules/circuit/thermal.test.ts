import { expect, test } from 'vitest';
import { cooling, heat, secondsTo } from './thermal.ts';

/** overload tests of IEC 60255-149: tau, kIb, I, preload, seconds to trip. */
const vectors = [
  [600, 42, 63, 0, 352.7],
  [600, 42, 63, 30, 198.4],
  [300, 36.4, 50, 25, 140.2],
] as const;

for (const [tauS, limitA, currentA, preloadA, seconds] of vectors) {
  test(`${currentA} A on ${limitA} A after ${preloadA} A trips in ${seconds} s`, () => {
    const before = (preloadA / limitA) ** 2;
    expect(secondsTo(1, before, currentA / limitA, tauS)).toBeCloseTo(seconds, 1);
    expect(heat(before, currentA / limitA, cooling(seconds, tauS))).toBeCloseTo(1, 3);
  });
}

test('41 A on 42 A never trips', () => expect(secondsTo(1, 0, 41 / 42, 600)).toBeNull());

test('the heat does not depend on how often it is computed', () => {
  let inSteps = 0;
  for (let s = 0; s < 300; s += 10) inSteps = heat(inSteps, 1.5, cooling(10, 600));
  expect(inSteps).toBeCloseTo(heat(0, 1.5, cooling(300, 600)), 10);
});
