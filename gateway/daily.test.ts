import { afterEach, expect, test, vi } from 'vitest';
import { dueDate, startDaily } from './daily.ts';

afterEach(() => void vi.useRealTimers());

const hourMs = 3_600_000;
const shanghaiMs = 8 * hourMs;
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

for (const [what, stepMs] of [
  ['an hour back', -hourMs],
  ['150 days back', -150 * 24 * hourMs],
  ['150 days forward', 150 * 24 * hourMs],
] as const) {
  test(`a clock that jumps ${what}: the next run comes at 08:00 of the new time, and no slot in between is made up for`, async () => {
    // The real node-cron, on time that the test makes: a jump moves the wall clock and no timer.
    vi.useFakeTimers({ now: at('2026-03-16T09:00:00') });
    const runs: string[] = [];
    let last: string | undefined = '2026-03-16';
    const daily = startDaily({
      at: '08:00',
      timeZone: 'Asia/Shanghai',
      utcOffsetMs: shanghaiMs,
      clock: { nowMs: () => Date.now(), monoMs: () => performance.now(), trusted: () => true },
      log: { debug() {}, info() {}, warn() {}, error() {} },
      lastRun: async () => last,
      run: async (date) => {
        runs.push(`${date} at ${new Date(Date.now() + shanghaiMs).toISOString().slice(0, 16)}`);
        last = date;
      },
    });
    await vi.advanceTimersByTimeAsync(5000);
    vi.setSystemTime(Date.now() + stepMs);
    await vi.advanceTimersByTimeAsync(5000);
    const jumped = new Date(Date.now() + shanghaiMs).toISOString().slice(0, 10);
    // Forward a day's run is due at once; what was in between is nobody's report.
    expect(runs).toHaveLength(stepMs > 0 ? 1 : 0);
    runs.length = 0;
    last = jumped;
    await vi.advanceTimersByTimeAsync(24 * hourMs);
    const next = new Date(Date.parse(jumped) + 24 * hourMs).toISOString().slice(0, 10);
    expect(runs).toEqual([`${next} at ${next}T08:00`]);
    daily.stop();
  });
}
