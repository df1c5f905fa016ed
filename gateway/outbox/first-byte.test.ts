import { afterEach, expect, test } from 'vitest';
import { startModem } from '../../simulators/modem/modem.ts';
import { createTrial, noon, overloadAt } from '../desk/trial.ts';
import { createLog } from '../log.ts';
import { startOutbound } from './outbound.ts';

/** Findings that are timed; each 99th percentile needs a hundred of them. */
const findings = process.env.GATEHOUSE_FULL ? 400 : 100;
const backlog = 10_000;
const dayMs = 86_400_000;
/** In a day of simulated time nobody gets more than 30. */
const perDay = 25;

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  while (undo.length > 0) await undo.pop()?.();
});

const at = (sorted: readonly number[], percent: number) =>
  sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN;

test('from the finding to the first byte at the modem: 99 of 100 within a second, with 10,000 messages waiting before it', async () => {
  const trial = await createTrial({ config: { robots: [], upstream: undefined } });
  undo.push(trial.close);
  const { gate, clock, apply } = trial;
  const lastMs = noon + 400 * dayMs;
  await gate.exec(`
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${backlog})
    INSERT INTO outbox (channel, recipient, message_id, text, priority, created_ms, next_ms, expires_ms)
    SELECT 'sms', 'p4', 'x', 'backlog', 1, ${noon - 2 * dayMs} + i, ${noon}, ${lastMs} FROM n;`);
  const begun = new Map<string, number>();
  const sim = await startModem({
    nowMs: clock.nowMs,
    onSent: ({ text, begunMs }) => {
      const house = /(\d+)号楼/.exec(text)?.[1];
      if (house !== undefined) begun.set(house, begunMs);
    },
  });
  undo.push(sim.stop);
  const outbound = await startOutbound({
    gate,
    desk: trial.desk,
    config: trial.config,
    baseDir: '.',
    keys: trial.keys,
    clock,
    log: createLog('silent'),
    simulatedModem: sim.path,
  });
  undo.push(outbound.stop);
  await expect.poll(() => outbound.modem()?.state).toBe('ready');
  const waits: number[] = [];
  for (let n = 1; n <= findings; n += 1) {
    if (n % perDay === 0) clock.pass(dayMs);
    // At any moment of what the modem is doing, not always just after a message.
    await new Promise((later) => setTimeout(later, (n * 7) % 23));
    const startedMs = performance.now();
    await apply(overloadAt(`b${String(n).padStart(3, '0')}`, 3, clock.nowMs()));
    await expect.poll(() => begun.has(String(n)), { interval: 2, timeout: 10_000 }).toBe(true);
    waits.push((begun.get(String(n)) ?? 0) - startedMs);
  }
  const waiting = await gate.get<{ n: number }>(
    "SELECT COUNT(*) AS n FROM outbox WHERE message_id = 'x' AND state = 'waiting'",
  );
  waits.sort((a, b) => a - b);
  const shown = [50, 90, 99, 100].map(
    (percent) => `p${percent} ${at(waits, percent).toFixed(0)} ms`,
  );
  console.log(
    `finding to first byte, ${findings} findings, ${waiting?.n} still waiting: ${shown.join(', ')}`,
  );
  expect(waiting?.n, 'the backlog is still there').toBeGreaterThan(backlog / 2);
  expect(at(waits, 99)).toBeLessThanOrEqual(1000);
}, 300_000);
