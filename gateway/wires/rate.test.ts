import { expect, test } from 'vitest';
import { createRate } from './rate.ts';

test('a device that speaks every ten seconds speaks six times a minute, from its first minute on', () => {
  let nowMs = 0;
  const rate = createRate(() => nowMs);
  expect(rate.perMinute()).toBe(0);
  for (; nowMs < 60_000; nowMs += 10_000) rate.note();
  expect(rate.perMinute()).toBe(6);
  for (; nowMs < 3_600_000; nowMs += 10_000) rate.note();
  expect(rate.perMinute()).toBeCloseTo(6, 0);
});

test('what has been silent for ten minutes has no rate any more', () => {
  let nowMs = 0;
  const rate = createRate(() => nowMs);
  for (let i = 0; i < 100; i += 1) rate.note();
  nowMs = 600_000;
  expect(rate.perMinute()).toBe(0);
});

test('one message in a quarter of an hour is not lost in the digits at once', () => {
  let nowMs = 0;
  const rate = createRate(() => nowMs);
  nowMs = 899_000;
  rate.note();
  nowMs = 900_500;
  expect(rate.perMinute()).toBeGreaterThan(0);
});
