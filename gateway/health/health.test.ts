import { expect, test } from 'vitest';
import type { CatchingUp } from '../engine/engine.ts';
import type { JournalStats } from '../journal/contract.ts';
import { healthOf } from './health.ts';

const clock = { nowMs: () => 0, monoMs: () => 0, trusted: () => true };
const rulesOf = (catchingUp: CatchingUp | null, behind = 0) => {
  const health = healthOf({
    journal: { stats: () => ({ healthy: true }) as JournalStats },
    engine: { behind: () => behind, catchingUp: () => catchingUp },
    outbound: { smsDownSinceMs: () => null },
    clock,
  });
  return { boxOk: health.ok, ...health.parts.find(({ name }) => name === 'rules') };
};

test('rules that catch up say so in Chinese and English, and how far they have come', () => {
  const rules = rulesOf({ groups: 3700, percent: 63, forMs: 15_000 });
  expect(rules).toMatchObject({ boxOk: true, ok: true, caughtUpPercent: 63 });
  expect(rules.note).toBe('正在补算已保存的记录 63% / catching up with what was kept, 63 %');
  expect(rulesOf(null)).toEqual({ boxOk: true, name: 'rules', ok: true });
});

test('a box whose rules catch up for more than two minutes is ill: nobody is told in time', () => {
  expect(rulesOf({ groups: 9000, percent: 5, forMs: 119_000 }).ok).toBe(true);
  expect(rulesOf({ groups: 9000, percent: 5, forMs: 120_000 })).toMatchObject({
    boxOk: false,
    ok: false,
  });
});

test('a hundred groups of findings that wait for the desk make the box ill', () => {
  expect(rulesOf(null, 99)).toMatchObject({ ok: true, note: '99 groups behind' });
  expect(rulesOf(null, 100)).toMatchObject({ boxOk: false, ok: false });
});
