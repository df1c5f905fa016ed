import { expect, test } from 'vitest';
import { channelCount, gather, newGathering, phaseOf, powerOf } from './bins.ts';

test('a minute is the median of its samples: a peak of ten seconds does not count', () => {
  const state = newGathering();
  const watts = [100, 101, 99, 1800, 100, 100];
  for (const [i, powerW] of watts.entries())
    expect(gather(state, i * 10_000, powerW, undefined, 3)).toBeNull();
  expect(gather(state, 60_000, 5, undefined, 3)).toMatchObject({
    minute: 0,
    powerW: 100,
    nonActiveVa: null,
    harmonicVa: null,
  });
});

test('a minute with too few samples is missing, not guessed', () => {
  const state = newGathering();
  gather(state, 0, 100, undefined, 3);
  expect(gather(state, 60_000, 100, undefined, 3)).toBeNull();
});

test('200 W at a power factor of 0.6 with a THD of 127 %: 267 VA are not active, 238 VA of them harmonics', () => {
  const state = newGathering();
  for (let s = 0; s < 60; s += 10)
    gather(
      state,
      s * 1000,
      200,
      { voltageV: 220, currentA: 1.515, powerFactor: 0.6, thdPercent: 127 },
      3,
    );
  const bin = gather(state, 60_000, 0, undefined, 3);
  expect(bin?.nonActiveVa).toBeCloseTo(266.5, 0);
  expect(bin?.harmonicVa).toBeCloseTo(261.9, 0);
});

test('a meter that speaks every second is thinned out, but never of its only THD', () => {
  const state = newGathering();
  for (let s = 0; s < 60; s += 1) {
    const thd = s === 30 ? { thdPercent: 100 } : {};
    gather(state, s * 1000, 200, { voltageV: 220, currentA: 1.5, ...thd }, 7);
  }
  expect(state.powers.length).toBeLessThanOrEqual(17);
  expect(gather(state, 60_000, 0, undefined, 7)?.harmonicVa).toBeCloseTo(233.3, 0);
});

test('three phases with their own power are three channels, one that is silent is none, anything else is one', () => {
  const reading = { kind: 'power', device: 'm', atMs: 0, powerW: 6 } as const;
  const three = { ...reading, phases: [{ powerW: 1 }, { powerW: 2 }, { powerW: 3 }] };
  expect(channelCount(three)).toBe(3);
  expect([0, 1, 2].map((i) => powerOf(three, 3, i))).toEqual([1, 2, 3]);
  const currents = { ...reading, phases: [{ currentA: 1 }, { currentA: 2 }, { currentA: 3 }] };
  expect(channelCount(currents)).toBe(1);
  expect([powerOf(currents, 1, 0), phaseOf(currents, 1, 0)]).toEqual([6, undefined]);
  expect(channelCount({ ...reading, phases: [{ powerW: 1 }, {}, { powerW: 3 }] })).toBe(0);
  expect(channelCount(reading)).toBe(1);
});
