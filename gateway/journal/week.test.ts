import { expect, test } from 'vitest';
import { highestByHour } from './week.ts';

const utcOffsetMs = 8 * 3_600_000;
/** Shanghai's time on a day of March 2026; the 16th is a Monday. */
const at = (day: number, hour: number, minute = 0) =>
  Date.UTC(2026, 2, day, hour, minute) - utcOffsetMs;
const column = (...entries: readonly [atMs: number, max: number][]) => ({
  atMs: Float64Array.from(entries, ([atMs]) => atMs),
  max: Float64Array.from(entries, ([, max]) => max),
});

test('each hour of the week has the highest of its quarters over the weeks, Monday first', () => {
  const hours = highestByHour(
    [
      column([at(16, 0), 5], [at(16, 0, 45), 7], [at(16, 19, 15), 40]),
      column([at(23, 0, 15), 6], [at(22, 23, 45), 12.5]),
    ],
    utcOffsetMs,
  );
  expect(hours).toHaveLength(168);
  expect([hours[0], hours[19], hours[167]]).toEqual([7, 40, 12.5]);
  expect(hours.filter((value) => value !== null)).toHaveLength(3);
});

test('a week of which nothing is known has no figures, and what feeds back stays below zero', () => {
  expect(highestByHour([], utcOffsetMs).every((value) => value === null)).toBe(true);
  expect(highestByHour([column([at(17, 12), -300])], utcOffsetMs)[36]).toBe(-300);
});
