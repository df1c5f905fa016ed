import { expect, test } from 'vitest';
import type { Reading } from '../drivers/reading.ts';
import { type Fault, withFault } from './fault.ts';
import { scenarios } from './scenarios/index.ts';
import { createVillage } from './village.ts';
import { createWorld } from './world.ts';

const said = (fault: Fault | null, seconds: readonly number[]) => {
  const sent: Reading[] = [];
  const say = withFault(fault);
  for (const s of seconds)
    say(s, sent, () => ({ kind: 'power', device: 'm', atMs: s * 1000, powerW: 1 }));
  return sent.map(({ atMs }) => atMs / 1000);
};

test('a sound device says everything once', () => {
  expect(said(null, [1, 2, 3])).toEqual([1, 2, 3]);
});

test('a device that keeps tells afterwards, oldest first, and forgets what is too much', () => {
  const silent = (s: number) => s > 1 && s < 6;
  expect(said({ silent, keeps: 3 }, [1, 2, 3, 4, 5, 6])).toEqual([1, 3, 4, 5, 6]);
  expect(said({ silent }, [1, 2, 3, 4, 5, 6])).toEqual([1, 6]);
});

test('a wrong clock moves what it says, a flood repeats it', () => {
  expect(said({ clockMs: () => -60_000 }, [100])).toEqual([40]);
  expect(said({ copies: () => 3 }, [5])).toEqual([5, 5, 5]);
});

const readingsOf = (name: string, hours: readonly [number, number]) => {
  const scenario = scenarios[name];
  if (!scenario) throw new Error(name);
  const village = createVillage();
  const small = { ...village, houses: village.houses.slice(0, 60) };
  const world = createWorld({
    village: small,
    scenario,
    seed: 1,
    midnightMs: 0,
    startS: hours[0] * 3600,
  });
  return world.until(hours[1] * 3600);
};

test('in an outage a dead feeder is silent, its neighbours are not', () => {
  const readings = readingsOf('outage', [20.1, 20.3]);
  const devices = new Set(readings.map(({ device }) => device));
  expect(devices.has('m016')).toBe(false);
  expect(devices.has('m017')).toBe(true);
});

test('in a flood one meter alone says more than all others', () => {
  const readings = readingsOf('flood', [19.7, 19.75]);
  const of50 = readings.filter(({ device }) => device === 'm050').length;
  expect(of50).toBeGreaterThan(readings.length / 4);
  expect(of50 % 200).toBe(0);
});

test('wrong clocks are far off, and only they', () => {
  const readings = readingsOf('wrong-clock', [19.7, 19.75]);
  const off = readings.filter(({ atMs }) => Math.abs(atMs - 19.725 * 3_600_000) > 600_000);
  expect(new Set(off.map(({ device }) => device))).toEqual(new Set(['m009']));
});
