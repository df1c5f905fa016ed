import { expect, test } from 'vitest';
import { seasonOf } from '../../../rules/ebike/season.ts';
import { asMetered, daysOf, seasons, utcOffsetMs } from './village.ts';

const phases = [1, 2, 3].map((n) => ({
  voltageV: 225,
  currentA: n,
  powerW: 100.4 * n,
  powerFactor: 0.9,
  thdPercent: 30,
}));
const reading = { kind: 'power' as const, device: 'h', atMs: 1, powerW: 602.4, phases };

test('a meter of less quality says less: no THD, or whole watts alone, each phase only where it sits on each', () => {
  expect(asMetered(reading, 'THD', 'house')).toBe(reading);
  expect(asMetered(reading, 'PF', 'phase').phases?.[0]).toEqual({
    voltageV: 225,
    currentA: 1,
    powerW: 100.4,
    powerFactor: 0.9,
  });
  expect(asMetered(reading, 'P', 'house')).toEqual({
    kind: 'power',
    device: 'h',
    atMs: 1,
    powerW: 602,
  });
  expect(asMetered(reading, 'P', 'phase').phases).toEqual([
    { powerW: 100 },
    { powerW: 201 },
    { powerW: 301 },
  ]);
});

test('only charges that begin in the window count, in days of the season that the calendar says', () => {
  for (const season of seasons) {
    const days = daysOf('house', season, 7, 1, { charges: 4 });
    let firstMs = Number.POSITIVE_INFINITY;
    let lastMs = 0;
    for (const { atMs } of days.readings)
      [firstMs, lastMs] = [Math.min(firstMs, atMs), Math.max(lastMs, atMs)];
    expect(days.toMs - days.fromMs).toBe(86_400_000);
    expect(Math.round((days.fromMs - firstMs) / 3_600_000)).toBe(2);
    expect(Math.round((lastMs - days.toMs) / 3_600_000)).toBe(10);
    for (const { fromMs } of days.truth()) {
      expect(fromMs).toBeGreaterThanOrEqual(days.fromMs);
      expect(fromMs).toBeLessThan(days.toMs);
    }
    expect(days.truth().length).toBeLessThan(days.everything().length);
    const months = { summerMonths: [6, 7, 8, 9], winterMonths: [12, 1, 2] };
    expect(seasonOf(days.fromMs, utcOffsetMs, months)).toBe(season);
  }
});
