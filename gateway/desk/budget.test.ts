import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { Finding, Severity } from '../../rules/finding.ts';
import { createTrial, type Trial } from './trial.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A year in the full run, a week in the short one. */
const days = process.env.GATEHOUSE_FULL ? 365 : 7;
const rules = ['load.overload', 'load.ebike', 'load.lost', 'elec.leakage', 'device.offline'];
const severities: readonly Severity[] = ['info', 'minor', 'major', 'critical'];

/** A small generator of its own: the same village in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('in a bad village nobody gets more than 30 SMS in any 24 hours, and nothing is said twice', async () => {
  const now = await createTrial();
  trial = now;
  const { desk, clock, gate } = now;
  // How it survives a power cut is not the question here, and a year has 40,000 commits.
  await gate.exec('PRAGMA synchronous = OFF');
  const next = random(7);
  const active: Finding[] = [];
  let seq = 0;
  for (let hour = 0; hour < days * 24; hour += 1) {
    const findings: Finding[] = [];
    // A bad day every third: far more than anybody could be told.
    const many = hour % 72 < 12 ? 12 : 2;
    for (let n = 0; n < many; n += 1) {
      const rule = rules[Math.floor(next() * rules.length)] ?? '';
      const severity = severities[Math.floor(next() * 4)] ?? 'minor';
      const point = `b${String(1 + Math.floor(next() * 60)).padStart(3, '0')}`;
      const atMs = clock.nowMs();
      const finding: Finding = {
        id: `${rule}/${point}/${atMs}/${n}`,
        rule,
        point,
        change: 'raised',
        severity,
        atMs,
        sinceMs: atMs,
        evidence: { currentA: next() * 100 },
        text: { zh: '试', en: 'test' },
      };
      findings.push(finding);
      active.push(finding);
    }
    while (active.length > 20) {
      const [old] = active.splice(Math.floor(next() * active.length), 1);
      if (old) findings.push({ ...old, change: 'cleared', severity: 'info', atMs: clock.nowMs() });
    }
    seq += 1;
    await desk.apply(findings, seq, clock.nowMs());
    if (next() < 0.5) {
      const open = await desk.openAlerts();
      const one = open[Math.floor(next() * open.length)];
      if (one && one.work === 'open') {
        await desk.act(one.id, 'acknowledge', { who: '3号', via: 'console' });
      }
    }
    for (let quarter = 0; quarter < 4; quarter += 1) {
      clock.pass(hourMs / 4);
      await desk.tick(clock.nowMs());
      await gate.run(
        "UPDATE outbox SET state = 'delivered', sent_ms = ?, done_ms = ? WHERE state = 'waiting' AND channel = 'sms' AND next_ms <= ?",
        [clock.nowMs(), clock.nowMs(), clock.nowMs()],
      );
    }
  }
  const rows = await gate.all<{ recipient: string; created_ms: number }>(
    "SELECT recipient, created_ms FROM outbox WHERE channel = 'sms' AND state <> 'cancelled' ORDER BY created_ms",
  );
  const byPerson = new Map<string, number[]>();
  for (const { recipient, created_ms: atMs } of rows) {
    byPerson.set(recipient, [...(byPerson.get(recipient) ?? []), atMs]);
  }
  let most = 0;
  for (const times of byPerson.values()) {
    for (const [index, atMs] of times.entries()) {
      const within = times.slice(index).filter((other) => other < atMs + dayMs).length;
      most = Math.max(most, within);
    }
  }
  expect(rows.length).toBeGreaterThan(days * 10);
  expect(most).toBeLessThanOrEqual(30);
  const keys = await gate.all<{ n: number }>(
    "SELECT COUNT(*) AS n FROM alerts WHERE condition = 'active' GROUP BY key HAVING n > 1",
  );
  expect(keys).toEqual([]);
}, 1_800_000);

test('same alert, same person, same state: one message, whatever the triggers are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })), {
        minLength: 1,
        maxLength: 25,
      }),
      async (steps) => {
        const now = await createTrial();
        try {
          for (const [stage, building] of steps) {
            const atMs = now.clock.nowMs();
            await now.apply({
              id: `load.overload/b00${building}`,
              rule: 'load.overload',
              point: `b00${building}`,
              change: stage === 0 ? 'cleared' : 'changed',
              severity: severities[stage] ?? 'info',
              atMs,
              sinceMs: atMs,
              evidence: {},
              text: { zh: '试', en: 'test' },
            });
            now.clock.pass(1000);
          }
          const rows = await now.rows('sms');
          const keys = rows.map(({ once }) => once);
          expect(new Set(keys).size).toBe(keys.length);
          // Told once for each severity of each raise, and at most four raises before it is summed up.
          for (const building of [0, 1, 2, 3]) {
            const own = rows.filter(({ text }) => text.includes(`${building}号楼`));
            expect(own.length).toBeLessThanOrEqual(4 * 3 + 2);
          }
        } finally {
          await now.close();
        }
      },
    ),
    { numRuns: 25 },
  );
});
