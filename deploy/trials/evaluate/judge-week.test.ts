import { expect, test } from 'vitest';
import type { Finding } from '../../../rules/finding.ts';
import type { TrueSession } from '../../../simulators/house/compose.ts';
import { judgeWeek, sumOfWeeks, weekOf } from './judge-week.ts';

/** 21:00 in Shanghai on 16 March 2026, `days` later. */
const eveningMs = (days: number) => Date.UTC(2026, 2, 16 + days, 13);
const charge = (meter: string, days: number): TrueSession => ({
  meter,
  phase: 0,
  room: 0,
  charger: 'x',
  corrected: false,
  fromMs: eveningMs(days),
  toMs: eveningMs(days) + 3 * 3_600_000,
});
const repeat = (point: string, severity: Finding['severity'], ...nights: string[]): Finding => ({
  id: `load.ebike.repeat/${point}/0`,
  rule: 'load.ebike.repeat',
  point,
  change: 'raised',
  severity,
  atMs: 0,
  sinceMs: 0,
  evidence: { list: nights.map((night) => ({ night, level: 2 })) },
  text: { zh: '', en: '' },
});

test('a finding is right where somebody charged on two of its nights, and who charged on three should be told of', () => {
  const truth = [0, 1, 3].map((days) => charge('r1', days)).concat(charge('r2', 0));
  const meters = ['r1', 'r2', 'r3'];
  expect(weekOf([], truth, meters)).toMatchObject({ repeaters: 1, told: 0, findings: 0 });
  const findings = [
    repeat('r1', 'major', '03-16', '03-17', '03-18'),
    repeat('r2', 'major', '03-16', '03-17', '03-18'),
    repeat('r3', 'info', '03-16', '03-17', '03-18'),
  ];
  expect(weekOf(findings, truth, meters)).toEqual({
    repeaters: 1,
    told: 1,
    findings: 3,
    wrong: 2,
    alerts: 2,
    wrongAlerts: 1,
  });
});

test('a night is named by the day on which its suspicion began, which may be that after the charge did', () => {
  const late = { ...charge('r1', 0), fromMs: eveningMs(0) + 2.9 * 3_600_000 };
  const found = repeat('r1', 'info', '03-17', '03-18', '03-19');
  expect(weekOf([found], [late, charge('r1', 2)], ['r1']).wrong).toBe(0);
  expect(weekOf([found], [late], ['r1']).wrong).toBe(1);
});

test('a week of houses whose riders and computers stay: riders are told, nobody is alerted for nothing', {
  timeout: 120_000,
}, () => {
  const weeks = [5000, 5001, 5002].map((seed) => {
    const week = judgeWeek('phase', 'mild', seed, 1, ['THD']).get('THD');
    if (!week) throw new Error('not measured');
    return week;
  });
  const { repeaters, told, wrongAlerts } = sumOfWeeks(weeks);
  expect(repeaters).toBeGreaterThan(0);
  expect(told).toBeGreaterThanOrEqual(repeaters / 2);
  expect(wrongAlerts).toBe(0);
});
