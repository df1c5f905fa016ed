import type { Tx } from './alert-row.ts';
import type { DeskContext } from './context.ts';
import { remember, remembered } from './desk-state.ts';
import { withinBudget } from './enqueue.ts';
import { localTime } from './local-time.ts';
import { isQuiet } from './quiet-hours.ts';
import { enqueueSms, hasSms } from './tell.ts';

/** At 07:00, or when the calendar ends the night: one line to each person for whom something was held back since the last time. */
export async function morningDigest(tx: Tx, context: DeskContext, nowMs: number): Promise<boolean> {
  const { day } = localTime(nowMs, context.zone);
  // A box that was off at 07:00 makes up for it, but not at night.
  if ((await remembered(tx, 'digest')) === day || (await isQuiet(tx, context, nowMs))) return false;
  await remember(tx, 'digest', day);
  const rows = await tx.all<{ person: string; n: number; major: number }>(
    `SELECT person, COUNT(*) AS n, SUM(severity IN ('major', 'critical')) AS major
     FROM held_back JOIN alerts ON alerts.id = held_back.alert_id GROUP BY person ORDER BY person`,
  );
  const { config } = context;
  for (const { person, n, major } of hasSms(context) ? rows : []) {
    // The summary may use the reserve, but never the last word of the budget: it waits another day then.
    if (!(await withinBudget(tx, person, 'critical', config.sms.dailyPerPerson, nowMs))) continue;
    await tx.run('DELETE FROM held_back WHERE person = ?', [person]);
    const variables = { n, ...(major > 0 ? { c: major } : {}) };
    const once = `digest/${day}/${person}`;
    const messageId = 'notice.digest';
    const sms = { once, alert: null, to: person, messageId, variables, severity: 'minor' } as const;
    await enqueueSms(tx, context, sms, nowMs);
  }
  if (!hasSms(context)) await tx.run('DELETE FROM held_back');
  return rows.length > 0;
}
