import { type AlertRow, alertRow, type Tx } from './alert-row.ts';
import type { DeskContext } from './context.ts';
import { dutyAt, listPeople, type Person } from './people.ts';
import { isQuiet, type QuietContext, quietEnd } from './quiet-hours.ts';
import { noteTold, stepOf, tellGroups, tellPeople, tellPlatform } from './tell.ts';

export type Level = 'L2' | 'L3' | 'L4';

const minuteMs = 60_000;
/** Minor alerts are said once more after this. */
const resendMs = 120 * minuteMs;

/** When each step of the ladder is due, ms after the raise; `morning` waits for 07:00. */
export function ladderOf(
  severity: AlertRow['severity'],
  night: boolean,
): readonly (readonly [Level | 'resend', number | 'morning'])[] {
  switch (severity) {
    case 'critical':
      return [
        ['L2', 3 * minuteMs],
        ['L3', 8 * minuteMs],
        ['L4', 15 * minuteMs],
      ];
    case 'major':
      return night
        ? [
            ['L2', 30 * minuteMs],
            ['L3', 'morning'],
          ]
        : [
            ['L2', 15 * minuteMs],
            ['L3', 45 * minuteMs],
          ];
    case 'minor':
      return [['resend', resendMs]];
    default:
      return [];
  }
}

/** Starts the ladder of an alert anew; `now` levels are due at once (nobody is on duty). */
export async function startLadder(
  tx: Tx,
  context: DeskContext,
  alert: AlertRow,
  nowMs: number,
  atOnce: readonly Level[] = [],
): Promise<void> {
  await stopLadder(tx, alert.id);
  for (const [kind, after] of ladderOf(alert.severity, await isQuiet(tx, context, nowMs))) {
    const dueMs =
      after === 'morning'
        ? await quietEnd(tx, context, nowMs)
        : nowMs + (atOnce.some((level) => level === kind) ? 0 : after);
    await setTimer(tx, alert.id, kind, dueMs);
  }
}

export async function setTimer(
  tx: Tx,
  alertId: number,
  kind: string,
  dueMs: number,
): Promise<void> {
  await tx.run(
    `INSERT INTO timers (alert_id, kind, due_ms) VALUES (?, ?, ?)
     ON CONFLICT (alert_id, kind) DO UPDATE SET due_ms = excluded.due_ms`,
    [alertId, kind, dueMs],
  );
}

/** Somebody has taken it, or it is over: nobody else is woken. */
export async function stopLadder(tx: Tx, alertId: number): Promise<void> {
  await tx.run("DELETE FROM timers WHERE alert_id = ? AND kind IN ('L2', 'L3', 'L4', 'resend')", [
    alertId,
  ]);
}

/** Who is told at a level, the duty member first: L1 hears at each level that others were called. */
export async function recipientsAt(
  tx: Tx,
  context: QuietContext,
  alert: Pick<AlertRow, 'severity' | 'rule'>,
  level: 'L1' | Level,
  nowMs: number,
): Promise<readonly Person[]> {
  const duty = await dutyAt(tx, nowMs, context.zone);
  const people = await listPeople(tx);
  const withRole = (role: Person['role']) => people.filter((person) => person.role === role);
  const quiet = alert.severity === 'major' && (await isQuiet(tx, context, nowMs));
  const own = alert.rule.startsWith('system.') ? withRole('maintainer') : [];
  const more: Readonly<Record<'L1' | Level, readonly (Person | undefined)[]>> = {
    L1: own,
    L2: quiet ? [duty.deputy] : [duty.deputy, ...withRole('property')],
    L3: withRole('chair'),
    L4: withRole('grid'),
  };
  const all = [duty.member, ...more[level]].filter((person) => person !== undefined);
  return [...new Map(all.map((person) => [person.id, person])).values()];
}

/** One step up: more people hear that nobody has acknowledged. */
export async function climb(
  tx: Tx,
  context: DeskContext,
  alertId: number,
  level: Level,
  nowMs: number,
): Promise<void> {
  const alert = await alertRow(tx, alertId);
  if (alert.work !== 'open' || alert.condition !== 'active' || alert.shadow === 1) return;
  const minutes = Math.round((nowMs - alert.raised_ms) / minuteMs);
  const to = await recipientsAt(tx, context, alert, level, nowMs);
  const step = `${level}-${stepOf(alert)}`;
  const told = await tellPeople(tx, context, alert, {
    messageId: 'notice.escalated',
    step,
    to,
    severity: alert.severity,
    // Before the clock is right the raise may lie ahead: then the minutes are left out.
    variables: { m: minutes > 0 ? minutes : undefined },
    wantsReply: true,
    nowMs,
  });
  const headline = context.language === 'en' ? `ESCALATED ${level}` : `升级${level}`;
  await tellGroups(tx, context, alert, { step, headline, told: told.people, nowMs });
  if (level === 'L4') await tellPlatform(tx, context, alert, 'unacknowledged', nowMs);
  await noteTold(tx, alert, `escalated-${level}`, told, nowMs);
}
