import { expect, test } from 'vitest';
import type { Finding } from '../../rules/finding.ts';
import { createTally, mostAlerts, mostNotes, mostOpen } from './tally.ts';

const zone = 'Asia/Shanghai';
const hourMs = 3_600_000;
/** Midnight in Shanghai, 17 March 2026. */
const midnightMs = Date.UTC(2026, 2, 16, 16);
const finding = (n: number, more: Partial<Finding> = {}): Finding => ({
  id: `load.ebike/b1/${n}`,
  rule: 'load.ebike',
  point: 'b1',
  change: 'raised',
  severity: 'info',
  level: 'possible',
  atMs: midnightMs - hourMs,
  sinceMs: midnightMs - 2 * hourMs,
  evidence: {},
  text: { zh: '可能', en: 'possible' },
  ...more,
});
const tallyOf = (...findings: Finding[]) => {
  const tally = createTally(midnightMs - 24 * hourMs, midnightMs + 24 * hourMs, zone);
  for (const one of findings) tally.take(one);
  return tally.result();
};

test('a suspicion that grows counts once, at its gravest, on the local day on which it would be told', () => {
  const { days, levels, alerts, alertsADay, found } = tallyOf(
    finding(1),
    finding(1, { change: 'changed', severity: 'minor', level: 'confirmed', atMs: midnightMs + 1 }),
    finding(1, { change: 'changed', severity: 'info', level: 'possible', atMs: midnightMs + 2 }),
    finding(1, { change: 'cleared', atMs: midnightMs + hourMs }),
  );
  expect(days.filter(({ alerts: n, notes }) => n + notes > 0)).toEqual([
    { day: '2026-03-17', alerts: 1, notes: 0 },
  ]);
  expect(levels).toEqual([{ severity: 'minor', level: 'confirmed', n: 1 }]);
  expect([alerts, alertsADay]).toEqual([1, 0.5]);
  expect(found).toMatchObject([
    { level: 'confirmed', raisedMs: midnightMs - hourMs, clearedMs: midnightMs + hourMs },
  ]);
});

test('days on which nothing is said are there too', () => {
  expect(tallyOf().days.map(({ day }) => day)).toEqual(['2026-03-16', '2026-03-17', '2026-03-18']);
});

test('however much is found, a bounded list of the newest is kept and the rest is counted', () => {
  const many = Array.from({ length: 3 * mostOpen }, (_, n) =>
    finding(n, { severity: n % 2 === 0 ? 'info' : 'minor' }),
  );
  const { found, left, alerts } = tallyOf(...many);
  expect(found).toHaveLength(mostAlerts + mostNotes);
  expect(found.length + left).toBe(many.length);
  expect(alerts).toBe(many.length / 2);
  expect(found[0]?.id).toBe(many.at(-1)?.id);
});

test('what was raised before the days that are asked for is not counted when it changes in them', () => {
  const { alerts, found } = tallyOf(finding(1, { change: 'changed', severity: 'minor' }));
  expect([alerts, found.length]).toEqual([0, 0]);
});
