import { expect, test } from 'vitest';
import { ageingRate, hotSpotC, settled, warm } from './transformer.ts';

/** load, hot spot °C, ageing at 20 °C around it. */
for (const [loadPu, spotC, ageing] of [
  [0.5, 55.0, 0.01],
  [0.8, 83.8, 0.19],
  [1.0, 107.6, 3.03],
  [1.2, 134.6, 68.94],
  [1.3, 149.3, 374.66],
] as const) {
  test(`at ${loadPu} of its rating the hot spot settles at ${spotC} °C`, () => {
    const spot = hotSpotC(settled(loadPu), 20);
    expect(spot).toBeCloseTo(spotC, 1);
    expect(ageingRate(spot) / ageing).toBeCloseTo(1, 0);
  });
}

for (const [minutes, spotC] of [
  [30, 96.6],
  [60, 105.3],
  [120, 117.8],
  [240, 133.1],
] as const) {
  test(`from half load to 1.3 it reaches ${spotC} °C after ${minutes} minutes`, () => {
    const heat = settled(0.5);
    warm(heat, 1.3, minutes);
    expect(hotSpotC(heat, 20)).toBeCloseTo(spotC, 1);
  });
}

test('a day at 100 °C is 1.26 days of ageing', () =>
  expect(ageingRate(100)).toBeCloseTo(1.2599, 4));
