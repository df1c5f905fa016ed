import type { Sqlite, SqlValue } from '../store/sqlite.ts';
import type { Alert, AlertEvent, Delivery } from './contract.ts';

/** What works inside one transaction. */
export type Tx = Pick<Sqlite, 'run' | 'get' | 'all'>;

/** A row of `alerts`. */
export interface AlertRow {
  readonly id: number;
  readonly reference: string;
  readonly key: string;
  readonly rule: string;
  readonly finding_id: string;
  readonly subject_kind: Alert['subjectKind'];
  readonly subject: string;
  readonly subject_title: string;
  readonly phase: Alert['phase'] | null;
  readonly severity: Alert['severity'];
  readonly told_severity: Alert['severity'] | null;
  readonly level: Alert['level'] | null;
  readonly condition: Alert['condition'];
  readonly work: Alert['work'];
  readonly raised_ms: number;
  readonly since_ms: number;
  readonly last_ms: number;
  readonly cleared_ms: number | null;
  readonly ack_ms: number | null;
  readonly ack_by: string | null;
  readonly closed_ms: number | null;
  readonly count: number;
  /** Raises within the flapping window that began at `window_ms`. */
  readonly cycles: number;
  readonly window_ms: number;
  readonly evidence: string;
  readonly text_zh: string;
  readonly text_en: string;
  readonly shadow: number;
  readonly quiet: string | null;
}

/** The alert as others see it. */
export function toAlert(row: AlertRow): Alert {
  return {
    id: row.id,
    reference: row.reference,
    key: row.key,
    rule: row.rule,
    findingId: row.finding_id,
    subjectKind: row.subject_kind,
    subject: row.subject,
    subjectTitle: row.subject_title,
    ...(row.phase ? { phase: row.phase } : {}),
    severity: row.severity,
    ...(row.level ? { level: row.level } : {}),
    condition: row.condition,
    work: row.work,
    raisedAtMs: row.raised_ms,
    sinceMs: row.since_ms,
    lastSeenAtMs: row.last_ms,
    ...(row.cleared_ms === null ? {} : { clearedAtMs: row.cleared_ms }),
    ...(row.ack_ms === null ? {} : { acknowledgedAtMs: row.ack_ms }),
    ...(row.ack_by === null ? {} : { acknowledgedBy: row.ack_by }),
    count: row.count,
    evidence: JSON.parse(row.evidence),
    text: { zh: row.text_zh, en: row.text_en },
    shadow: row.shadow === 1,
    ...(row.quiet === null ? {} : { quiet: row.quiet }),
  };
}

/** The alert with this id; throws when there is none. */
export async function alertRow(tx: Tx, id: number): Promise<AlertRow> {
  const row = await tx.get<AlertRow>('SELECT * FROM alerts WHERE id = ?', [id]);
  if (!row) throw new Error(`No alert ${id}`);
  return row;
}

/** Writes some columns of an alert and gives the row as it is then. */
export async function updateAlert(
  tx: Tx,
  id: number,
  columns: Readonly<Record<string, SqlValue>>,
): Promise<AlertRow> {
  const names = Object.keys(columns);
  const set = names.map((name) => `${name} = ?`).join(', ');
  await tx.run(`UPDATE alerts SET ${set} WHERE id = ?`, [...Object.values(columns), id]);
  return alertRow(tx, id);
}

/** One more line of an alert's story. */
export async function addEvent(
  tx: Tx,
  alertId: number,
  event: {
    readonly atMs: number;
    readonly what: string;
    readonly who: string;
    readonly note?: string;
  },
): Promise<void> {
  await tx.run(
    'INSERT INTO alert_events (alert_id, at_ms, what, who, note) VALUES (?, ?, ?, ?, ?)',
    [alertId, event.atMs, event.what, event.who, event.note ?? null],
  );
}

interface EventRow {
  readonly at_ms: number;
  readonly what: string;
  readonly who: string;
  readonly note: string | null;
}

/** The story of an alert, oldest first; at most 500 lines. */
export async function eventsOf(tx: Tx, alertId: number): Promise<readonly AlertEvent[]> {
  const rows = await tx.all<EventRow>(
    'SELECT at_ms, what, who, note FROM alert_events WHERE alert_id = ? ORDER BY id LIMIT 500',
    [alertId],
  );
  return rows.map(({ at_ms: atMs, what, who, note }) => ({
    atMs,
    what,
    who,
    ...(note === null ? {} : { note }),
  }));
}

/** A row of `outbox`. */
export interface OutboxRow {
  readonly id: number;
  readonly once: string | null;
  readonly alert_id: number | null;
  readonly channel: Delivery['channel'];
  readonly recipient: string;
  readonly message_id: string;
  readonly text: string;
  readonly state: Delivery['state'];
  readonly priority: number;
  readonly attempts: number;
  /** How often it went out although an earlier try may have arrived. */
  readonly again: number;
  readonly created_ms: number;
  readonly next_ms: number;
  readonly expires_ms: number;
  readonly sent_ms: number | null;
  readonly done_ms: number | null;
  readonly reason: string | null;
  readonly reference: string | null;
  /** JSON of the values for a provider's template, in the order of the Chinese text. */
  readonly params: string | null;
  /** Row of the same message over the modem: where that one left, this one need not. */
  readonly twin: number | null;
}

/** The delivery as others see it; `title` is how people call the recipient. */
export function toDelivery(row: OutboxRow, title: string): Delivery {
  return {
    id: row.id,
    alertId: row.alert_id,
    channel: row.channel,
    to: title,
    messageId: row.message_id,
    text: row.text,
    state: row.state,
    attempts: row.attempts,
    createdAtMs: row.created_ms,
    ...(row.sent_ms === null ? {} : { sentAtMs: row.sent_ms }),
    ...(row.done_ms === null ? {} : { doneAtMs: row.done_ms }),
    ...(row.reason === null ? {} : { reason: row.reason }),
  };
}
