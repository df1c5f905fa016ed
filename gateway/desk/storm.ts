import { addEvent, type Tx, updateAlert } from './alert-row.ts';
import { remember, remembered } from './desk-state.ts';
import { kindName } from './kinds.ts';

/** More new alerts than this within the window are a storm. */
export const stormAlerts = 10;
export const stormWindowMs = 5 * 60_000;
/** It ends after so long without a new one. */
export const stormQuietMs = 10 * 60_000;

const endOf = async (tx: Tx): Promise<number> => Number((await remembered(tx, 'storm')) ?? 0);

/** True while a storm runs: only critical alerts get messages of their own. */
export const isStorm = async (tx: Tx, nowMs: number): Promise<boolean> => (await endOf(tx)) > nowMs;

/** What a new alert did to the weather. */
export interface Storm {
  readonly began: boolean;
  /** New alerts of the window, and how many of them critical. */
  readonly count: number;
  readonly critical: number;
}

/** Counts a new alert; a running storm lasts on. */
export async function countIn(tx: Tx, nowMs: number): Promise<Storm> {
  const row = await tx.get<{ n: number; critical: number | null }>(
    `SELECT COUNT(*) AS n, SUM(severity = 'critical') AS critical FROM alerts
     WHERE raised_ms > ? AND severity <> 'info' AND shadow = 0 AND rule NOT LIKE 'notice.%'`,
    [nowMs - stormWindowMs],
  );
  const count = row?.n ?? 0;
  const storm = { count, critical: row?.critical ?? 0 };
  const running = await isStorm(tx, nowMs);
  if (!running && count <= stormAlerts) return { began: false, ...storm };
  await remember(tx, 'storm', nowMs + stormQuietMs);
  return { began: !running, ...storm };
}

/** True once, when a storm has ended. */
export async function stormEnded(tx: Tx, nowMs: number): Promise<boolean> {
  const end = await endOf(tx);
  if (end === 0 || end > nowMs) return false;
  await remember(tx, 'storm', 0);
  return true;
}

/** Takes back what the storm's one message replaces: messages of its alerts that have not left. */
export async function mergeWaiting(tx: Tx, nowMs: number): Promise<void> {
  const merged = `SELECT id FROM alerts WHERE raised_ms > ? AND severity <> 'critical' AND rule NOT LIKE 'notice.%'`;
  await tx.run(
    `UPDATE outbox SET state = 'cancelled', done_ms = ?, reason = 'storm'
     WHERE state = 'waiting' AND attempts = 0 AND channel IN ('sms', 'cloud', 'robot', 'mail') AND alert_id IN (${merged})`,
    [nowMs, nowMs - stormWindowMs],
  );
  await tx.run(
    `UPDATE alerts SET quiet = 'storm', told_severity = NULL WHERE raised_ms > ? AND severity <> 'critical'
       AND rule NOT LIKE 'notice.%' AND quiet IS NULL
       AND NOT EXISTS (SELECT 1 FROM outbox WHERE alert_id = alerts.id AND channel IN ('sms', 'cloud') AND state <> 'cancelled')`,
    [nowMs - stormWindowMs],
  );
  await tx.run(`DELETE FROM timers WHERE kind IN ('L2', 'L3', 'L4', 'resend') AND alert_id IN
      (SELECT id FROM alerts WHERE quiet = 'storm')`);
}

/** Ends the alert of a storm that is over; its id, if there is one. */
export async function clearStorm(tx: Tx, nowMs: number): Promise<readonly number[]> {
  const storm = await tx.get<{ id: number }>(
    "SELECT id FROM alerts WHERE key = 'notice.storm/site' AND condition = 'active'",
  );
  if (!storm) return [];
  await updateAlert(tx, storm.id, { condition: 'cleared', cleared_ms: nowMs });
  await tx.run('DELETE FROM timers WHERE alert_id = ?', [storm.id]);
  await tx.run('DELETE FROM alert_findings WHERE alert_id = ?', [storm.id]);
  const note = kindName('notice.storm').zh;
  await addEvent(tx, storm.id, { atMs: nowMs, what: 'cleared', who: 'system', note });
  return [storm.id];
}
