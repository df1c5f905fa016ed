import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { composeHouse, composeHouseDay, type HouseDayPlan } from './compose.ts';
import { recordedRun } from './traces.ts';

const plan: HouseDayPlan = {
  seed: 1,
  season: 'mild',
  rooms: 10,
  chargers: 3,
  metering: 'THD',
  place: 'phase',
  intervalS: 10,
};

test('the same seed composes the same day, readings and truth', () => {
  expect(composeHouseDay(plan)).toEqual(composeHouseDay(plan));
  expect(composeHouseDay({ ...plan, seed: 2 }).truth).not.toEqual(composeHouseDay(plan).truth);
});

test('meters lose readings, and never more than a few hours of a day', () => {
  let count = 0;
  for (let seed = 0; seed < 4; seed += 1) {
    const { readings } = composeHouseDay({ ...plan, seed, intervalS: 30 });
    count += readings.get('h')?.length ?? 0;
  }
  expect(count).toBeLessThan(4 * 2880);
  expect(count).toBeGreaterThan(0.85 * 4 * 2880);
});

test('a meter of active power tells phases apart only where it sits on each', () => {
  const first = (place: 'house' | 'phase') =>
    composeHouse({ ...plan, metering: 'P', place })
      .readings()
      .next().value;
  expect(first('house')?.phases).toBeUndefined();
  expect(first('phase')?.phases).toHaveLength(3);
});

test('every true session lies in a room that its meter measures', () => {
  const { truth, readings } = composeHouseDay({ ...plan, place: 'room', intervalS: 60 });
  expect(truth.length).toBeGreaterThan(0);
  for (const { meter, room, fromMs, toMs } of truth) {
    expect(meter).toBe(`r${room + 1}`);
    expect(readings.has(meter)).toBe(true);
    expect(toMs).toBeGreaterThan(fromMs);
  }
});

test('a recorded charge is seen by the meter of its room, and is part of the truth', () => {
  const csv = readFileSync(
    new URL(
      '../../drivers/samples/power/traces/ebike_bosch_single500wh_to90pct.csv',
      import.meta.url,
    ),
    'utf8',
  );
  const run = recordedRun(csv, { name: 'bosch', fromS: 20 * 3600 });
  const base = {
    ...plan,
    rooms: 1,
    chargers: 0,
    place: 'room' as const,
    plugs: [{ room: 0, run }],
  };
  const { readings, truth } = composeHouseDay(base);
  expect(truth).toHaveLength(1);
  const energyWh = (from: number, to: number) =>
    (readings.get('r1') ?? [])
      .filter(({ atMs }) => atMs >= from && atMs < to)
      .reduce((sum, { powerW }) => sum + powerW / 360, 0);
  const one = truth[0];
  expect(energyWh(one?.fromMs ?? 0, one?.toMs ?? 0)).toBeGreaterThan(300);
});
