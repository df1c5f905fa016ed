import { expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { type Charge, chargedS, chargeW, pluggedInS, randomCharge } from './charger.ts';

/** 48V20Ah lead-acid: three hours of constant current to 195 W, tau 35 min growing over 90 min. */
const charge: Charge = {
  endW: 195,
  rise: 0.13,
  constantS: 10_800,
  tau0S: 2100,
  growS: 5400,
  cutW: 20,
  floatW: 5,
};

for (const [s, watt] of [
  [5400, 182.33],
  [10_799, 195],
  [10_800 + 3600, 52.4],
  [10_800 + 7200, 22.1],
] as const) {
  test(`a 48V20Ah charger draws ${watt} W after ${s} s`, () =>
    expect(chargeW(charge, s)).toBeCloseTo(watt, 1));
}

test('it starts within seconds, and floats after its end', () => {
  expect(chargeW(charge, 2)).toBeCloseTo(169.65, 0);
  expect(chargeW(charge, chargedS(charge) + 1)).toBe(5);
});

test('charges are as different as batteries are, and never negative', () => {
  const random = createRandom(5);
  for (let i = 0; i < 200; i += 1) {
    const run = randomCharge(random, pluggedInS(random));
    const hours = (run.toS - run.fromS) / 3600;
    expect(hours).toBeGreaterThan(0.1);
    expect(hours).toBeLessThan(20);
    expect(run.powerW(60)).toBeGreaterThan(60);
    expect(run.powerW(60)).toBeLessThan(520);
    expect(run.powerW((run.toS - run.fromS) / 2)).toBeGreaterThanOrEqual(0);
  }
});
