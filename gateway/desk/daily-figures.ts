import type { Severity } from '../../rules/finding.ts';
import type { AlertRow, Tx } from './alert-row.ts';
import { calendarBetween, dayKind } from './calendar.ts';
import { addDays, atLocal } from './local-time.ts';
import { type Maintenance, worksBetween } from './maintenance.ts';
import { dutyAt } from './people.ts';
import { highest } from './severity.ts';

/** One suspected charging of the night, by building. */
export interface NightLine {
  readonly reference: string;
  readonly place: string;
  readonly sinceMs: number;
  readonly level: string;
  readonly score: number | undefined;
  readonly outcome: AlertRow['work'];
  readonly condition: AlertRow['condition'];
  /** Why nobody was told, where nobody was. */
  readonly quiet: string | undefined;
}

/** What the desk knows of one reporting day: 08:00 to 08:00 local. No person in it. */
export interface DeskFigures {
  readonly bySeverity: Readonly<Record<Exclude<Severity, 'info'>, number>>;
  /** Acknowledged within the time of the first ladder step, of those that had one. */
  readonly inTime: { readonly n: number; readonly of: number };
  readonly falseAlarms: number;
  readonly open: number;
  /** The longest wait for an acknowledgement; undefined when nothing waited. */
  readonly longest: { readonly reference: string; readonly minutes: number } | undefined;
  readonly night: readonly NightLine[];
  readonly sms: { readonly sent: number; readonly delivered: number; readonly failed: number };
  readonly pendingUpstream: number;
  /** Announced works of the day. */
  readonly works: readonly Pick<Maintenance, 'title' | 'fromMs' | 'untilMs' | 'reason'>[];
  /** What the calendar says of the day that begins. */
  readonly calendar: readonly string[];
  readonly duty: { readonly member: string | undefined; readonly deputy: string | undefined };
}

const inTimeMs: Readonly<Record<'critical' | 'major', number>> = {
  critical: 3 * 60_000,
  major: 15 * 60_000,
};

/** Start and end of the reporting day that ends on the morning of `day` (`2026-05-02`), UTC ms. */
export function reportingDay(
  day: string,
  zone: string,
): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: atLocal(addDays(day, -1), 8 * 60, zone), toMs: atLocal(day, 8 * 60, zone) };
}

/** Reads the desk's figures of the day that ends on the morning of `day`. The same rows give the same figures. */
export async function deskFigures(tx: Tx, day: string, zone: string): Promise<DeskFigures> {
  const { fromMs, toMs } = reportingDay(day, zone);
  const alerts = await tx.all<AlertRow>(
    `SELECT * FROM alerts WHERE raised_ms >= ? AND raised_ms < ? AND shadow = 0 AND rule NOT LIKE 'notice.%'
     ORDER BY raised_ms, id`,
    [fromMs, toMs],
  );
  const bySeverity = { critical: 0, major: 0, minor: 0 };
  for (const { severity, told_severity: told } of alerts) {
    // As grave as it was told: a load that falls step by step is a minor one before it is none.
    const worst = told === null ? severity : highest([severity, told]);
    if (worst !== 'info') bySeverity[worst] += 1;
  }
  const waits = alerts
    .filter(({ told_severity: told }) => told === 'critical' || told === 'major')
    .map((alert) => ({
      alert,
      waitedMs: (alert.ack_ms ?? alert.cleared_ms ?? toMs) - alert.raised_ms,
      acked: alert.ack_ms !== null,
    }));
  const inTime = waits.filter(
    ({ alert, waitedMs, acked }) =>
      acked && waitedMs <= inTimeMs[alert.told_severity === 'critical' ? 'critical' : 'major'],
  ).length;
  const longest = waits.reduce<(typeof waits)[number] | undefined>(
    (most, one) => (most === undefined || one.waitedMs > most.waitedMs ? one : most),
    undefined,
  );
  const duty = await dutyAt(tx, toMs, zone);
  return {
    bySeverity,
    inTime: { n: inTime, of: waits.length },
    falseAlarms: alerts.filter(({ work }) => work === 'false_alarm').length,
    open: await count(
      tx,
      "SELECT COUNT(*) AS n FROM alerts WHERE work <> 'closed' AND severity <> 'info' AND shadow = 0 AND raised_ms < ?",
      [toMs],
    ),
    longest: longest && {
      reference: longest.alert.reference,
      minutes: Math.round(longest.waitedMs / 60_000),
    },
    night: alerts.filter(({ rule }) => rule === 'load.ebike').map(toNightLine),
    sms: await smsFigures(tx, fromMs, toMs),
    pendingUpstream: await count(
      tx,
      "SELECT COUNT(*) AS n FROM outbox WHERE channel = 'upstream' AND state IN ('waiting', 'sending', 'sent') AND created_ms < ?",
      [toMs],
    ),
    works: await worksBetween(tx, fromMs, toMs),
    calendar: dayKind(day, await calendarBetween(tx, day, day)).titles,
    duty: { member: duty.member?.title, deputy: duty.deputy?.title },
  };
}

function toNightLine(alert: AlertRow): NightLine {
  const evidence: Readonly<Record<string, unknown>> = JSON.parse(alert.evidence);
  const { score } = evidence;
  return {
    reference: alert.reference,
    place: alert.subject_title,
    sinceMs: alert.since_ms,
    level: alert.level ?? '',
    score: typeof score === 'number' ? score : undefined,
    outcome: alert.work,
    condition: alert.condition,
    quiet: alert.quiet ?? undefined,
  };
}

async function smsFigures(tx: Tx, fromMs: number, toMs: number): Promise<DeskFigures['sms']> {
  const row = await tx.get<{ sent: number; delivered: number; failed: number }>(
    `SELECT COUNT(sent_ms) AS sent, COALESCE(SUM(state = 'delivered'), 0) AS delivered,
       COALESCE(SUM(state IN ('failed', 'unknown', 'expired')), 0) AS failed
     FROM outbox WHERE channel = 'sms' AND message_id <> 'notice.drill' AND created_ms >= ? AND created_ms < ?`,
    [fromMs, toMs],
  );
  return row ?? { sent: 0, delivered: 0, failed: 0 };
}

async function count(tx: Tx, sql: string, params: readonly number[]): Promise<number> {
  return (await tx.get<{ n: number }>(sql, params))?.n ?? 0;
}
