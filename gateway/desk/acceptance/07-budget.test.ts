import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Finding } from '../../../rules/finding.ts';
import { createTrial } from '../trial.ts';
import { findingOf, kinds, minuteMs, pass } from './story.ts';

/** Acceptance 7: whatever happens, nobody gets more than the budget in any 24 hours. */

const dayMs = 24 * 3_600_000;
const daily = 14;

interface Step {
  readonly kind: number;
  readonly house: number;
  readonly change: Finding['change'];
  readonly severity: number;
  readonly restMin: number;
  readonly acknowledges: boolean;
}
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.nat(kinds.length - 1),
  house: fc.integer({ min: 1, max: 40 }),
  change: fc.constantFrom(
    'raised' as const,
    'raised' as const,
    'changed' as const,
    'cleared' as const,
  ),
  severity: fc.nat(2),
  restMin: fc.constantFrom(0, 0, 1, 5, 20, 90, 400),
  acknowledges: fc.boolean(),
});

const isFull = Boolean(process.env.GATEHOUSE_FULL);
// What hangs is ended; how fast the machine is does not matter here.
vi.setConfig({ testTimeout: isFull ? 3_600_000 : 600_000 });

/** Forty houses, one after the other, and nobody answers. */
const worst: Step[] = Array.from({ length: 40 }, (_, n) => ({
  kind: kinds.findIndex(({ rule }) => rule === 'load.overload'),
  house: n + 1,
  change: 'raised',
  severity: 2,
  restMin: 5,
  acknowledges: false,
}));

test('any findings at any pace, answered or not: at most the budget for each person in any 24 hours', async () => {
  let most = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const trial = await createTrial({
        config: { sms: { simulated: true, dailyPerPerson: daily } },
      });
      // How it survives a power cut is not the question here, and there are hundreds of evenings.
      await trial.gate.exec('PRAGMA synchronous = OFF');
      try {
        for (const { kind, house, change, severity, restMin, acknowledges } of steps) {
          const one = kinds[kind];
          if (!one) continue;
          const point = `b${String(house).padStart(3, '0')}`;
          const about = one.about.point ? { point } : one.about;
          const atMs = trial.clock.nowMs();
          const grave = one.severities[Math.min(severity, one.severities.length - 1)] ?? 'minor';
          await trial.apply(
            findingOf({ ...one, about }, change, change === 'cleared' ? 'info' : grave, {
              atMs,
              sinceMs: atMs - (atMs % (3 * 3_600_000)),
            }),
          );
          const [open] = await trial.desk.openAlerts();
          if (acknowledges && open?.work === 'open') {
            await trial.desk.act(open.id, 'acknowledge', { who: '3号', via: 'console' });
          }
          await pass(trial, restMin * minuteMs);
        }
        const rows = (await trial.rows('sms')).filter(({ state }) => state !== 'cancelled');
        for (const { recipient, created_ms: atMs } of rows) {
          const within = rows.filter(
            (other) =>
              other.recipient === recipient &&
              other.created_ms >= atMs &&
              other.created_ms < atMs + dayMs,
          );
          most = Math.max(most, within.length);
          expect(within.length).toBeLessThanOrEqual(daily);
        }
      } finally {
        await trial.close();
      }
    }),
    { numRuns: isFull ? 300 : 15, examples: [[worst]] },
  );
  // The limit was met, not merely never reached.
  expect(most).toBe(daily);
});
