import { expect, test } from 'vitest';
import { ebike } from '../ebike.ts';
import { ebikeWatch } from '../ebike-watch.ts';
import { overload } from '../overload.ts';
import type { Input } from '../rule.ts';
import { run, testSite } from '../run.ts';

/** One house of 40 A, 8.36 kW at a power factor of 0.95, that says its energy every 15 minutes. */
const site = {
  ...testSite,
  devices: [{ id: 'm1', point: 'b1', kinds: ['power' as const], intervalS: 900 }],
};
const limitW = 40 * 220 * 0.95;

/** Shares of the limit, one a quarter of an hour; `spoil` changes what the counter says. */
function energies(
  shares: readonly number[],
  spoil = (energyWh: number, _i: number) => energyWh,
): Input[] {
  let energyWh = 5_000_000;
  return shares.map((share, i) => {
    energyWh += (share * limitW) / 4;
    // What it draws at the moment says nothing: it is low here all the time.
    return {
      kind: 'power',
      device: 'm1',
      atMs: i * 900_000,
      powerW: 300,
      energyWh: spoil(energyWh, i),
    };
  });
}
const told = (shares: readonly number[], spoil?: (energyWh: number, i: number) => number) =>
  run(overload, {}, energies(shares, spoil), site).map(({ stage, change, sinceMs }) => [
    stage,
    change,
    sinceMs / 60_000,
  ]);

test('a quarter of an hour at 0.82 of the limit warns, for it hides peaks, and 0.6 ends it', () =>
  expect(told([0.3, 0.3, 0.82, 0.75, 0.6])).toEqual([
    [1, 'raised', 15],
    [0, 'cleared', 15],
  ]));

test('a mean above the limit is an alarm, above 1.13 critical, since the quarter began', () => {
  expect(told([0.3, 1.02])).toEqual([[2, 'raised', 0]]);
  expect(told([0.3, 0.3, 1.2])).toEqual([[3, 'raised', 15]]);
});

test('a counter that wraps, runs back or jumps by a megawatt-hour alerts nobody', () => {
  expect(told([0.3, 0.3, 0.3, 0.3], (wh, i) => (i >= 2 ? wh - 5_000_000 : wh))).toEqual([]);
  expect(told([0.3, 0.3, 0.3, 0.3], (wh, i) => (i === 2 ? wh - 40 : wh))).toEqual([]);
  expect(told([0.3, 0.3, 0.3, 0.3], (wh, i) => (i >= 2 ? wh + 1_000_000 : wh))).toEqual([]);
});

test('an hour of silence is no mean: nothing is raised from it', () => {
  const late = energies([0.3, 0.3]).map((one, i) =>
    i === 1 ? { ...one, atMs: 4 * 3_600_000 } : one,
  );
  expect(run(overload, {}, late, site)).toEqual([]);
});

/** The same house on three phases, whose meter also says what flows at that moment. */
const onThree = (shares: readonly number[], momentA: readonly number[]) =>
  run(
    overload,
    {},
    energies(shares).map((one) => ({ ...one, phases: momentA.map((currentA) => ({ currentA })) })),
    site,
  ).map(({ stage, change, phase, evidence }) => [stage, change, phase, evidence.currentA]);

test('three phases share the mean: twice what one may carry is no overload of three, thrice and more is', () => {
  expect(onThree([0.3, 2, 2], [27, 26, 27])).toEqual([]);
  expect(onThree([0.3, 3.03], [40, 41, 40]).map(([stage, change]) => [stage, change])).toEqual([
    [2, 'raised'],
  ]);
});

test('as they share what flows at the moment, unless that is next to nothing', () => {
  expect(onThree([0.3, 1.5], [45, 8, 7])).toEqual([[2, 'raised', 'l1', 45]]);
  expect(onThree([0.3, 1.5], [0.9, 0, 0])).toEqual([]);
});

test('single charges are not looked for in quarters of an hour; nights are ranked', () => {
  const subject = {
    scope: 'point',
    id: 'b1',
    point: site.points[0],
    devices: site.devices,
    site,
  } as never;
  expect(ebike.applies?.(subject, {})).toBe(false);
  expect(ebikeWatch.applies?.({ scope: 'site', id: 'site', site }, {})).toBe(true);
});
