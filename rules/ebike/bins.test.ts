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
  expect(state.count).toBeLessThanOrEqual(17);
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

/** A minute of samples of watts and the harmonics' share of them. */
function minuteOf(samples: ReadonlyArray<readonly [powerW: number, thd: number]>) {
  const state = newGathering();
  for (const [i, [powerW, thd]] of samples.entries()) {
    const currentA = (powerW / 220) * Math.hypot(1, thd);
    gather(
      state,
      i * 10_000,
      powerW,
      { voltageV: 220, currentA, powerW, thdPercent: 100 * thd },
      3,
    );
  }
  return gather(state, 60_000, 0, undefined, 3);
}

test('a hob that switches every few seconds is no unrest of the harmonics, an old computer is', () => {
  const hob = minuteOf([2000, 100, 2000, 100, 2000, 100].map((powerW) => [powerW, 0.12]));
  expect(hob?.spreadW).toBeLessThan(2);
  const computer = minuteOf([200, 170, 210, 180, 220, 190].map((powerW) => [powerW, 1.1]));
  expect(computer?.spreadW).toBeGreaterThan(25);
});

test('the largest jump of a minute is told with the watts of that moment', () => {
  const bin = minuteOf([50, 50, 50, 250, 250, 250].map((powerW) => [powerW, 1.2]));
  // The corrected part of it, an eighth of the watts, is nobody's mark.
  expect(bin?.jump?.[0]).toBeCloseTo(1.2 * 200 - 0.13 * 200, 0);
  expect(bin?.jump?.[1]).toBe(200);
});
