import type { Severity } from '../../rules/finding.ts';
import type { AlertRow, Tx } from './alert-row.ts';
import type { Channel } from './contract.ts';
import type { TemplateValues } from './messages.ts';

/** How long a message is worth sending, ms: a critical one that comes tomorrow misleads. */
const worthMs = { critical: 3_600_000, other: 24 * 3_600_000, upstream: 30 * 86_400_000 } as const;
const priorities: Readonly<Record<Severity, number>> = { critical: 0, major: 1, minor: 2, info: 3 };
/** Rows from this priority on hold no alert: that one is acknowledged, cleared, a drill. */
export const infoPriority = priorities.info;

/** A message to be sent. */
export interface Outgoing {
  /** Two rows with the same `once` are one: same alert, same person, same state, one message. */
  readonly once: string;
  readonly alert: Pick<AlertRow, 'id'> | null;
  readonly channel: Channel;
  /** Id of a person, name of a robot or of the platform. */
  readonly to: string;
  readonly messageId: string;
  readonly text: string;
  readonly severity: Severity;
  /** Not before, ms from now: what may still be merged waits. */
  readonly delayMs?: number;
  /** For a provider's template. */
  readonly params?: TemplateValues;
  /** Id of the row of the same message over the modem. */
  readonly twin?: number;
}

/** Puts a row into the outbox, in the transaction of its cause. True when it is new. */
export async function enqueue(tx: Tx, out: Outgoing, nowMs: number): Promise<boolean> {
  const worth =
    out.channel === 'upstream'
      ? worthMs.upstream
      : out.severity === 'critical'
        ? worthMs.critical
        : worthMs.other;
  const { changes } = await tx.run(
    `INSERT OR IGNORE INTO outbox
       (once, alert_id, channel, recipient, message_id, text, priority, created_ms, next_ms, expires_ms, params, twin)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      out.once,
      out.alert?.id ?? null,
      out.channel,
      out.to,
      out.messageId,
      out.text,
      priorities[out.severity],
      nowMs,
      nowMs + (out.delayMs ?? 0),
      nowMs + worth,
      out.params === undefined ? null : JSON.stringify(out.params),
      out.twin ?? null,
    ],
  );
  return changes > 0;
}

/** Takes back what has not left: an acknowledged or merged alert needs no more words. */
export async function cancelWaiting(
  tx: Tx,
  alertId: number,
  nowMs: number,
  reason: string,
): Promise<void> {
  await tx.run(
    `UPDATE outbox SET state = 'cancelled', done_ms = ?, reason = ?
     WHERE alert_id = ? AND state = 'waiting' AND attempts = 0 AND channel <> 'upstream'
       AND message_id <> 'notice.acked'`,
    [nowMs, reason, alertId],
  );
}

const dayMs = 86_400_000;
/** Of a person's daily SMS so many are kept for critical alerts. */
export const criticalReserve = 10;

/** True when one more SMS to this person is within the budget of any 24 hours, over modem and provider together. */
export async function withinBudget(
  tx: Tx,
  person: string,
  severity: Severity,
  daily: number,
  nowMs: number,
): Promise<boolean> {
  const row = await tx.get<{ n: number }>(
    `SELECT COALESCE(SUM(1 + again), 0) AS n FROM outbox
     WHERE channel IN ('sms', 'cloud') AND recipient = ? AND created_ms > ? AND state NOT IN ('cancelled', 'expired')
       AND NOT (twin IS NOT NULL AND priority > 0 AND state = 'waiting')`,
    [person, nowMs - dayMs],
  );
  const most = severity === 'critical' ? daily : daily - criticalReserve;
  return (row?.n ?? 0) < most;
}
