import { type AlertRow, addEvent, alertRow, type Tx, updateAlert } from './alert-row.ts';
import { clearUnsaid, releaseHeld } from './apply.ts';
import type { DeskContext } from './context.ts';
import { quietReason } from './decide.ts';
import { morningDigest } from './digest.ts';
import { stepDrill } from './drill.ts';
import { messageIdOf } from './kinds.ts';
import { climb, type Level, recipientsAt } from './ladder.ts';
import { quietEnd } from './quiet-hours.ts';
import { announce, summarizeFlapping } from './raise.ts';
import { clearStorm, stormEnded } from './storm.ts';
import { noteTold, stepOf, tellPeople } from './tell.ts';

const hourMs = 3_600_000;
/** Closed without a person: for the record after a day, minor ones three days after clearing. */
const autoClose = { info: 24 * hourMs, minor: 72 * hourMs } as const;

/** True when a tick has something to do: most have not, and write nothing. */
export async function isDue(tx: Tx, nowMs: number): Promise<boolean> {
  const row = await tx.get(
    `SELECT 1 WHERE EXISTS (SELECT 1 FROM timers WHERE due_ms <= ?)
       OR EXISTS (SELECT 1 FROM alert_findings WHERE held_until_ms <= ?)
       OR EXISTS (SELECT 1 FROM desk_state WHERE name = 'storm' AND value > 0 AND value + 0 <= ?)`,
    [nowMs, nowMs, nowMs],
  );
  return row !== undefined;
}

/** Everything whose time has come. Each timer goes in the same transaction as what it caused. */
export async function runDue(
  tx: Tx,
  context: DeskContext,
  nowMs: number,
): Promise<readonly number[]> {
  const touched: number[] = [];
  for (const { id } of await releaseHeld(tx, context, nowMs)) touched.push(id);
  if (await stormEnded(tx, nowMs)) touched.push(...(await clearStorm(tx, nowMs)));
  const due = await tx.all<{ id: number; alert_id: number; kind: string }>(
    'SELECT id, alert_id, kind FROM timers WHERE due_ms <= ? ORDER BY due_ms, id LIMIT 200',
    [nowMs],
  );
  for (const timer of due) {
    await tx.run('DELETE FROM timers WHERE id = ?', [timer.id]);
    await run(tx, context, await alertRow(tx, timer.alert_id), timer.kind, nowMs);
    touched.push(timer.alert_id);
  }
  await morningDigest(tx, context, nowMs);
  return touched;
}

async function run(
  tx: Tx,
  context: DeskContext,
  alert: AlertRow,
  kind: string,
  nowMs: number,
): Promise<void> {
  if (kind === 'flapping') {
    // It has calmed down when nothing came since the last summary.
    if (alert.last_ms < nowMs - 2 * hourMs) await updateAlert(tx, alert.id, { cycles: 0 });
    else await summarizeFlapping(tx, context, alert, nowMs);
  } else if (kind === 'own') await clearUnsaid(tx, context, alert, nowMs);
  else if (kind.startsWith('drill-')) await stepDrill(tx, context, alert, kind, nowMs);
  else if (kind === 'resend') await resend(tx, context, alert, nowMs);
  else await climb(tx, context, alert.id, kind as Level, nowMs);
}

/** A minor alert that nobody took is said once more. */
async function resend(tx: Tx, context: DeskContext, alert: AlertRow, nowMs: number): Promise<void> {
  const messageId = messageIdOf(alert.rule, alert.severity);
  if (alert.work !== 'open' || alert.condition !== 'active' || !messageId) return;
  const told = await tellPeople(tx, context, alert, {
    messageId,
    step: `resend-${stepOf(alert)}`,
    to: await recipientsAt(tx, context, alert, 'L1', nowMs),
    severity: alert.severity,
    wantsReply: true,
    nowMs,
  });
  await noteTold(tx, alert, 'resent', told, nowMs);
}

/** Closes what needs no person; major and critical alerts never close by themselves. */
export async function closeOld(tx: Tx, nowMs: number): Promise<readonly number[]> {
  const rows = await tx.all<{ id: number }>(
    `SELECT id FROM alerts WHERE work <> 'closed' AND condition = 'cleared' AND (
       (severity = 'info' AND cleared_ms < ?) OR (severity = 'minor' AND cleared_ms < ?)) LIMIT 500`,
    [nowMs - autoClose.info, nowMs - autoClose.minor],
  );
  for (const { id } of rows) {
    await updateAlert(tx, id, { work: 'closed', closed_ms: nowMs });
    await addEvent(tx, id, { atMs: nowMs, what: 'closed', who: 'system' });
  }
  return rows.map(({ id }) => id);
}

/** What a silence, announced works or a lost feeder held back is told when that is over and the thing itself is not. */
export async function tellAfterSilence(
  tx: Tx,
  context: DeskContext,
  nowMs: number,
): Promise<readonly number[]> {
  const rows = await tx.all<AlertRow>(
    `SELECT * FROM alerts WHERE condition = 'active' AND work = 'open'
       AND quiet IN ('silenced', 'maintenance', 'inhibited') LIMIT 200`,
  );
  const touched: number[] = [];
  for (const row of rows) {
    if ((await quietReason(tx, context, row, nowMs)) === row.quiet) continue;
    await announce(tx, context, row, nowMs);
    touched.push(row.id);
  }
  return touched;
}

/** The newest rows at a start: what is younger was written by this run's clock. */
export interface StartMarks {
  readonly timer: number;
  readonly row: number;
}

export async function marksOf(tx: Tx): Promise<StartMarks> {
  const marks = await tx.get<StartMarks>(
    'SELECT COALESCE((SELECT MAX(id) FROM timers), 0) AS timer, COALESCE((SELECT MAX(id) FROM outbox), 0) AS row',
  );
  return marks ?? { timer: 0, row: 0 };
}

/**
 * The wall clock was set: what was to come in ten minutes still comes in ten minutes, not at once or never. With `since`
 * only what this run has written moves: a box without a clock of its own starts with a wrong time, and what it wrote
 * before the power went was right. When the box looks at what it said of itself is set anew at each start.
 */
export async function shiftTimers(tx: Tx, stepMs: number, since?: StartMarks): Promise<void> {
  const { timer = 0, row = 0 } = since ?? {};
  await tx.run("UPDATE timers SET due_ms = due_ms + ? WHERE id > ? OR kind = 'own'", [
    stepMs,
    timer,
  ]);
  await tx.run('UPDATE alert_findings SET held_until_ms = held_until_ms + ?', [stepMs]);
  await tx.run(
    `UPDATE outbox SET next_ms = next_ms + ?, expires_ms = expires_ms + ?
     WHERE state IN ('waiting', 'sending', 'sent') AND id > ?`,
    [stepMs, stepMs, row],
  );
}

/** The time is known again: what was to wait for the end of a doubtful night waits for the morning, if that is sooner. */
export async function knowMorning(tx: Tx, context: DeskContext, nowMs: number): Promise<void> {
  const morningMs = await quietEnd(tx, context, nowMs);
  await tx.run(
    `UPDATE timers SET due_ms = ? WHERE kind = 'L3' AND due_ms > ?
       AND alert_id IN (SELECT id FROM alerts WHERE severity = 'major')`,
    [morningMs, morningMs],
  );
}

const minuteMs = 60_000;

/** A step of a ladder that lies further ahead than any ladder is long was set by another clock: it comes soon. */
export async function pullIn(tx: Tx, nowMs: number): Promise<void> {
  const steps = [
    ['L2', 60, 3],
    // The calendar may keep quiet from noon to noon.
    ['L3', 24 * 60, 8],
    ['L4', 60, 15],
    ['resend', 180, 60],
  ] as const;
  for (const [kind, longestMin, thenMin] of steps) {
    await tx.run('UPDATE timers SET due_ms = ? WHERE kind = ? AND due_ms > ?', [
      nowMs + thenMin * minuteMs,
      kind,
      nowMs + longestMin * minuteMs,
    ]);
  }
}
