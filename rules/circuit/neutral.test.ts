import { expect, test } from 'vitest';
import { fundamentalNeutralA, neutralA } from './neutral.ts';

const vectors = [
  [40, 20, 10, 26.46],
  [30, 30, 30, 0],
  [30, 30, 0, 30],
  [45, 15, 15, 30],
] as const;

for (const [l1, l2, l3, expected] of vectors) {
  test(`${l1}/${l2}/${l3} A leave ${expected} A in the neutral`, () => {
    expect(fundamentalNeutralA(l1, l2, l3)).toBeCloseTo(expected, 2);
  });
}

test('third harmonics of a balanced load add in the neutral', () => {
  // 20 A of fundamental with 6 A of third harmonic each: THD 37.5 % of which 30 points are the third.
  const phase = { currentA: Math.hypot(20, 7.5), thdPercent: 37.5 };
  expect(neutralA([phase, phase, phase])).toBeCloseTo(18, 1);
});

test('a phase that is not measured leaves the neutral unknown', () => {
  expect(neutralA([{ currentA: 1 }, {}, { currentA: 1 }])).toBeNull();
  expect(neutralA([{ currentA: 1 }])).toBeNull();
});
