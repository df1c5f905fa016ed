import { expect, test } from 'vitest';
import type { DeviceState } from '../wires/intake.ts';
import { boxFindings } from './box-findings.ts';
import { privacyWatches } from './privacy-watches.ts';

const dayMs = 86_400_000;
/** 23:30 of the last day of the term, in Shanghai. */
const eveningMs = Date.parse('2026-12-31T23:30:00+08:00');

function bench() {
  const state = {
    nowMs: eveningMs,
    trusted: true,
    overdue: 0,
    due: null as { count: number; days: number } | null,
    tooMuchMs: undefined as number | undefined,
  };
  const clock = { nowMs: () => state.nowMs, monoMs: () => 0, trusted: () => state.trusted };
  const device = (): DeviceState => ({
    device: 'face-1',
    driver: 'mqtt-face',
    messages: 1,
    perMinute: 1,
    readings: 0,
    rejected: 1,
    ...(state.tooMuchMs === undefined ? {} : { tooMuchMs: state.tooMuchMs }),
  });
  const box = boxFindings({
    clock,
    health: () => ({ ok: true, parts: [] }),
    notices: [],
    damaged: () => 0,
    lastKeptMs: undefined,
    outbound: { smsDownSinceMs: () => null, cloudTrouble: () => null },
    journal: { stats: () => ({ healthy: true, freeBytes: 1e12 }) as never },
    more: privacyWatches({
      clock,
      utcOffsetMs: 8 * 3_600_000,
      reviewBy: '2026-12-31',
      overdueRows: () => state.overdue,
      requestsDue: () => state.due,
      devices: () => [device()],
    }),
  });
  return {
    state,
    look: () =>
      box
        .look()
        .filter(({ rule }) => rule.startsWith('privacy.'))
        .map(({ rule, change, text }) => `${rule} ${change}: ${text.en}`),
  };
}

test('an assessment is overdue from the day after, at the site and by a clock that is trusted', () => {
  const { state, look } = bench();
  expect(look()).toEqual([]);
  state.nowMs += 3_600_000;
  state.trusted = false;
  expect(look()).toEqual([]);
  state.trusted = true;
  expect([look(), look()]).toEqual([
    [expect.stringMatching(/^privacy\.review raised: .*2026-12-31/)],
    [],
  ]);
});

test('a device that sends pictures is told once, and for a day', () => {
  const { state, look } = bench();
  state.tooMuchMs = state.nowMs;
  expect([look(), look()]).toEqual([
    [expect.stringMatching(/^privacy\.payload_rejected raised: face-1 sent pictures/)],
    [],
  ]);
  state.trusted = false;
  state.nowMs += dayMs;
  expect(look()).toEqual(['privacy.payload_rejected cleared: The box is well again.']);
});

test('a purge that is a day behind is an alert until it has caught up', () => {
  const { state, look } = bench();
  state.overdue = 3;
  expect(look()).toEqual([expect.stringMatching(/^privacy\.retention raised: 3 rows/)]);
  state.overdue = 0;
  expect(look()).toEqual(['privacy.retention cleared: The box is well again.']);
});

test('a request that is due is told until it is answered', () => {
  const { state, look } = bench();
  state.due = { count: 2, days: 3 };
  expect(look()).toEqual([
    'privacy.request_due raised: 2 requests of persons are due within 3 days: answer them.',
  ]);
  state.due = null;
  expect(look()).toEqual(['privacy.request_due cleared: The box is well again.']);
});
