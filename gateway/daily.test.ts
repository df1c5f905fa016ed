import { expect, test } from 'vitest';
import { dueDate, startDaily } from './daily.ts';

const shanghaiMs = 8 * 3_600_000;
const at = (text: string) => Date.parse(`${text}+08:00`);

test('the report of a day is due from 08:00 in Shanghai, once', () => {
  expect(dueDate(at('2026-03-16T07:59:59'), shanghaiMs, '08:00', undefined)).toBeNull();
  expect(dueDate(at('2026-03-16T08:00:00'), shanghaiMs, '08:00', '2026-03-15')).toBe('2026-03-16');
  expect(dueDate(at('2026-03-16T23:00:00'), shanghaiMs, '08:00', '2026-03-16')).toBeNull();
});

test('a box that was off at 08:00 makes it when it is back', () => {
  expect(dueDate(at('2026-03-16T14:10:00'), shanghaiMs, '08:00', '2026-03-14')).toBe('2026-03-16');
});

test('a clock that goes back by a day does not make it twice', () => {
  expect(dueDate(at('2026-03-15T09:00:00'), shanghaiMs, '08:00', '2026-03-16')).toBeNull();
});

test('while the clock is not trusted nothing runs; when it is, the run of the day is made', async () => {
  let trusted = false;
  let last: string | undefined;
  const daily = startDaily({
    at: '08:00',
    timeZone: 'Asia/Shanghai',
    utcOffsetMs: shanghaiMs,
    clock: { nowMs: () => at('2026-03-16T09:00:00'), monoMs: () => 0, trusted: () => trusted },
    log: { debug() {}, info() {}, warn() {}, error() {} },
    lastRun: async () => last,
    run: async (date) => {
      last = date;
    },
  });
  await daily.check();
  expect(last).toBeUndefined();
  trusted = true;
  await daily.check();
  expect(last).toBe('2026-03-16');
  daily.stop();
});
