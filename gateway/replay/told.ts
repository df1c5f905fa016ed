import type { Tx } from '../desk/alert-row.ts';
import { localTime } from '../desk/local-time.ts';
import type { ReplayResult } from './run.ts';

/** What became of a thing when it happened. */
export type Was = 'told' | 'quiet' | 'shadow' | 'false_alarm';

/** What the box really did in the days of a replay. */
export interface ReallyTold {
  /** Alerts (not mere notes, not on trial) by local day. */
  readonly days: Readonly<Record<string, number>>;
  readonly alerts: number;
  /** People were told of so many of them. */
  readonly told: number;
  readonly falseAlarms: number;
  /** By finding id of the replay; absent: then nothing was said. */
  readonly was: Readonly<Record<string, { readonly alertId: number; readonly was: Was }>>;
  /** Alerts of those days that the replay would not raise; null where it found more than it lists. */
  readonly gone: number | null;
}

interface Row {
  readonly id: number;
  readonly finding_id: string;
  readonly subject: string;
  readonly phase: string | null;
  readonly severity: string;
  readonly told_severity: string | null;
  readonly work: string;
  readonly shadow: number;
  readonly since_ms: number;
  readonly raised_ms: number;
  readonly cleared_ms: number | null;
}

/** Alerts of one rule that are compared; a rule with more has other troubles. */
const mostRows = 5000;

/** Sets what a rule would have said beside what it really said: the same finding, or the same subject at the same time. */
export async function reallyTold(
  tx: Pick<Tx, 'all'>,
  rule: string,
  { fromMs, toMs, found, left }: ReplayResult,
  zone: string,
): Promise<ReallyTold> {
  const rows = await tx.all<Row>(
    `SELECT id, finding_id, subject, phase, severity, told_severity, work, shadow, since_ms, raised_ms, cleared_ms
     FROM alerts WHERE rule = ? AND raised_ms BETWEEN ? AND ? ORDER BY raised_ms LIMIT ${mostRows}`,
    [rule, fromMs, toMs],
  );
  const was: Record<string, { alertId: number; was: Was }> = {};
  const again = new Set<number>();
  for (const { id, subject, phase, sinceMs, clearedMs = toMs } of found) {
    const meets = (one: Row) =>
      one.subject === subject && one.since_ms <= clearedMs && (one.cleared_ms ?? toMs) >= sinceMs;
    // The same phase first; a rule that names the worst of three may have named another then.
    const row =
      rows.find((one) => one.finding_id === id) ??
      rows.find((one) => meets(one) && one.phase === (phase ?? null)) ??
      rows.find((one) => meets(one) && !again.has(one.id));
    if (!row) continue;
    again.add(row.id);
    was[id] = { alertId: row.id, was: wasOf(row) };
  }
  const real = rows.filter(({ severity, shadow }) => severity !== 'info' && shadow === 0);
  const days: Record<string, number> = {};
  for (const { raised_ms: atMs } of real) {
    const { day } = localTime(atMs, zone);
    days[day] = (days[day] ?? 0) + 1;
  }
  return {
    days,
    alerts: real.length,
    told: real.filter((row) => row.told_severity !== null).length,
    falseAlarms: real.filter(({ work }) => work === 'false_alarm').length,
    was,
    gone: left > 0 ? null : real.filter(({ id }) => !again.has(id)).length,
  };
}

function wasOf({ work, shadow, told_severity: told }: Row): Was {
  if (work === 'false_alarm') return 'false_alarm';
  if (shadow === 1) return 'shadow';
  return told === null ? 'quiet' : 'told';
}
