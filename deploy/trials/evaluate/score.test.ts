import { expect, test } from 'vitest';
import type { Finding } from '../../../rules/finding.ts';
import { bestF1, judge, qualityAt } from './score.ts';

const session = {
  meter: 'h',
  phase: 0,
  room: 1,
  charger: 'x',
  corrected: false,
  fromMs: 1_000_000,
  toMs: 9_000_000,
};
const finding = (sinceMs: number, score: number, more: Partial<Finding> = {}): Finding => ({
  id: `load.ebike/h/${sinceMs}`,
  rule: 'load.ebike',
  point: 'h',
  change: 'raised',
  severity: 'info',
  level: 'probable',
  score,
  atMs: sinceMs + 3_600_000,
  sinceMs,
  evidence: {},
  text: { zh: '', en: '' },
  ...more,
});

test('a suspicion within ten minutes of a charge is right, another is wrong, a charge counts once', () => {
  const day = judge(
    [finding(1_300_000, 2), finding(1_400_000, 1), finding(5_000_000, 3)],
    [session],
  );
  expect(day.suspicions.map(({ truth }) => truth !== null)).toEqual([true, false, false]);
  expect(qualityAt([day], 0)).toEqual({ precision: 1 / 3, recall: 1, f1: 0.5 });
});

test('the best threshold is looked for', () => {
  const day = judge([finding(1_000_000, 3), finding(5_000_000, 1)], [session]);
  expect(bestF1([day])).toBe(1);
});
