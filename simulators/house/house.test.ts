import { expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { createHouse, meterReading } from './house.ts';
import { corrected, heater, rectifier } from './load.ts';

const house = (seed: number, season: 'mild' | 'summer' | 'winter' = 'mild', phases: 1 | 3 = 3) =>
  createHouse(createRandom(seed), { rooms: 10, phases, season, chargesPerNight: 2 });

test('the same seed is the same house, second by second', () => {
  const [one, two] = [house(1), house(1)];
  for (let s = 0; s < 86_400; s += 5000) expect(one.at(s)).toEqual(two.at(s));
  expect(one.sessions()).toEqual(two.sessions());
});

test('physics holds: no phase draws more than volts times amperes, and rooms add up to their phase', () => {
  const one = house(2);
  for (let s = 64_800; s < 86_400; s += 60) {
    const phases = one.at(s);
    for (const { powerW, voltageV, currentA, powerFactor } of phases) {
      expect(powerW).toBeLessThanOrEqual(voltageV * currentA + 1e-6);
      expect(powerFactor).toBeLessThanOrEqual(1);
      expect(voltageV).toBeGreaterThan(205);
      expect(voltageV).toBeLessThan(240);
    }
  }
  const rooms = Array.from({ length: 10 }, (_, i) => one.room(i, 86_000).powerW);
  const total = one.at(86_000).reduce((sum, { powerW }) => sum + powerW, 0);
  // Noise is drawn at each question: a few watts of a thousand.
  expect(Math.abs(rooms.reduce((sum, watt) => sum + watt, 0) - total)).toBeLessThan(20);
});

test('a cheap charger has a power factor near 0.6 and a THD over 100 %, a kettle neither', () => {
  const empty = createHouse(createRandom(3), {
    rooms: 0,
    phases: 1,
    season: 'mild',
    chargesPerNight: 0,
  });
  empty.plug(0, {
    name: 'charger',
    nature: rectifier(1.27),
    fromS: 10,
    toS: 100,
    powerW: () => 200,
  });
  const charger = empty.at(50)[0];
  expect(charger?.powerFactor).toBeGreaterThan(0.55);
  expect(charger?.powerFactor).toBeLessThan(0.68);
  expect(charger?.thdPercent).toBeGreaterThan(100);
  empty.plug(0, { name: 'kettle', nature: heater, fromS: 200, toS: 300, powerW: () => 1800 });
  expect(empty.at(250)[0]?.powerFactor).toBeGreaterThan(0.99);
  empty.plug(0, { name: 'tv', nature: corrected, fromS: 400, toS: 500, powerW: () => 120 });
  expect(empty.at(450)[0]?.powerFactor).toBeGreaterThan(0.95);
});

test('an evening of ten rooms has hundreds of edges over 35 W, as real ones do', () => {
  let edges = 0;
  for (let seed = 0; seed < 5; seed += 1) {
    const one = house(10 + seed, 'mild', 1);
    let before = 0;
    for (let s = 0; s < 86_400; s += 10) {
      const now = one.at(s)[0]?.powerW ?? 0;
      if (Math.abs(now - before) > 35) edges += 1;
      before = now;
    }
  }
  expect(edges / 5).toBeGreaterThan(500);
});

test('cold nights draw more than mild ones', () => {
  const peak = (season: 'mild' | 'winter') => {
    let highest = 0;
    for (let seed = 0; seed < 4; seed += 1) {
      const one = house(30 + seed, season);
      for (let s = 64_800; s < 82_000; s += 120)
        highest = Math.max(
          highest,
          one.at(s).reduce((sum, { powerW }) => sum + powerW, 0),
        );
    }
    return highest;
  };
  expect(peak('winter')).toBeGreaterThan(peak('mild'));
});

test('a meter says what it measures and no more', () => {
  const phases = house(4).at(70_000);
  expect(meterReading('m', 1, phases, 'P').phases).toBeUndefined();
  expect(meterReading('m', 1, phases, 'PF').phases?.[0]?.thdPercent).toBeUndefined();
  expect(meterReading('m', 1, phases, 'THD').phases).toHaveLength(3);
});
