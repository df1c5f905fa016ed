import { expect, test } from 'vitest';
import type { Found } from './tally.ts';
import { reallyTold } from './told.ts';

const hourMs = 3_600_000;
/** 20:00 in Shanghai, 17 March 2026. */
const fromMs = Date.UTC(2026, 2, 17, 12);
const found = (id: string, phase: string, sinceMs: number): Found => ({
  id,
  kind: 'point',
  subject: 'b1',
  phase,
  severity: 'minor',
  sinceMs,
  raisedMs: sinceMs + hourMs,
  clearedMs: sinceMs + 2 * hourMs,
  text: { zh: '疑似', en: 'suspected' },
});
const row = (id: number, phase: string, work: string) => ({
  id,
  finding_id: `then/${id}`,
  subject: 'b1',
  phase,
  severity: 'minor',
  told_severity: 'minor',
  work,
  shadow: 0,
  since_ms: fromMs,
  raised_ms: fromMs + hourMs,
  cleared_ms: fromMs + 2 * hourMs,
});
const told = (rows: readonly object[], list: readonly Found[], left = 0) =>
  reallyTold(
    { all: async <T>() => rows as T[] },
    'load.ebike',
    {
      fromMs,
      toMs: fromMs + 24 * hourMs,
      readings: 0,
      days: [],
      alerts: 0,
      alertsADay: 0,
      levels: [],
      found: list,
      left,
    },
    'Asia/Shanghai',
  );

test('what was found on a phase is set beside what was told of that phase, not of its neighbour', async () => {
  const rows = [row(1, 'l1', 'false_alarm'), row(2, 'l2', 'done')];
  const { was, gone } = await told(rows, [found('now', 'l2', fromMs)]);
  expect(was).toEqual({ now: { alertId: 2, was: 'told' } });
  expect(gone).toBe(1);
});

test('an alert that named another phase then is found all the same, and stands for one only', async () => {
  const both = [found('a', 'l2', fromMs), found('b', 'l3', fromMs)];
  const { was } = await told([row(1, 'l1', 'open')], both);
  expect(was).toEqual({ a: { alertId: 1, was: 'told' } });
});

test('what would not come again is not counted where more was found than is listed', async () => {
  expect((await told([row(1, 'l1', 'open')], [], 3)).gone).toBeNull();
});
