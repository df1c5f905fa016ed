import type { Tx } from './alert-row.ts';

const dayMs = 86_400_000;
/** How long what the desk keeps is kept: messages 180 days, alerts, cases, reports and audit three years. */
export const deskRetention = { messagesMs: 180 * dayMs, alertsMs: 3 * 365 * dayMs } as const;
const batch = 2000;

/** Deletes what is past its term, at most 2,000 rows a table and run; open alerts and cases stay. Rows deleted. */
export async function purgeDesk(tx: Tx, nowMs: number): Promise<number> {
  const messages = nowMs - deskRetention.messagesMs;
  const alerts = nowMs - deskRetention.alertsMs;
  const old = `SELECT id FROM alerts WHERE raised_ms < ? AND work = 'closed' LIMIT ${batch}`;
  const steps: readonly (readonly [string, number])[] = [
    [
      `DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE created_ms < ?
         AND state NOT IN ('waiting', 'sending') LIMIT ${batch})`,
      messages,
    ],
    [`DELETE FROM silences WHERE until_ms < ?`, messages],
    [`DELETE FROM maintenance WHERE until_ms < ?`, alerts],
    [`DELETE FROM alert_events WHERE alert_id IN (${old})`, alerts],
    [`DELETE FROM timers WHERE alert_id IN (${old})`, alerts],
    [`DELETE FROM alerts WHERE id IN (${old})`, alerts],
    [
      `DELETE FROM case_steps WHERE case_id IN
         (SELECT id FROM cases WHERE changed_ms < ? AND state IN ('closed', 'rejected') LIMIT ${batch})`,
      alerts,
    ],
    [
      `DELETE FROM cases WHERE id IN
         (SELECT id FROM cases WHERE changed_ms < ? AND state IN ('closed', 'rejected') LIMIT ${batch})`,
      alerts,
    ],
    [`DELETE FROM reports WHERE made_ms < ?`, alerts],
    [
      `DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at_ms < ? ORDER BY id LIMIT ${batch})`,
      alerts,
    ],
  ];
  let deleted = 0;
  for (const [sql, beforeMs] of steps) deleted += (await tx.run(sql, [beforeMs])).changes;
  return deleted;
}
