import type { Sqlite } from '../store/sqlite.ts';
import { type AlertRow, addEvent, alertRow, type Tx, updateAlert } from './alert-row.ts';
import type { DeskContext } from './context.ts';
import { StaffRefused } from './edit.ts';
import { type Level, recipientsAt, setTimer } from './ladder.ts';
import { addDays, atLocal, localTime } from './local-time.ts';
import { listPeople } from './people.ts';
import { isQuiet } from './quiet-hours.ts';
import { tellPeople } from './tell.ts';

/**
 * The monthly drill (演练): each level of the critical ladder gets the text of the drill at its time, and who answers is
 * noted with the minutes. It is an alert of its own kind, for the record only: it is on no board, in no key figure,
 * goes to no platform, and each of its messages begins with 演练.
 */
export const drillRule = 'notice.drill';
/** Said of a month in which none was held. */
export const drillDueRule = 'notice.drill_due';

const minuteMs = 60_000;
/** The steps of the critical ladder, ms after the start; its end is when nobody is waited for any more. */
const steps = [
  ['L2', 3 * minuteMs],
  ['L3', 8 * minuteMs],
  ['L4', 15 * minuteMs],
  ['end', 30 * minuteMs],
] as const;
export const drillLengthMs = 30 * minuteMs;
/** From this day of the month on somebody is reminded that none was held. */
export const remindFromDay = 25;

/** Starts a drill, now. Not at night, not while somebody is needed, not twice at a time. */
export async function startDrill(
  tx: Tx,
  context: DeskContext,
  insert: (tx: Tx) => Promise<AlertRow>,
  who: string,
  nowMs: number,
): Promise<AlertRow> {
  if (await runningDrill(tx)) throw new StaffRefused('A drill is running');
  // Nor one whose last levels would be called at night.
  for (const atMs of [nowMs, nowMs + drillLengthMs])
    if (await isQuiet(tx, context, atMs)) throw new StaffRefused('No drill in the quiet hours');
  const needed = await tx.get(
    `SELECT 1 FROM alerts WHERE work = 'open' AND condition = 'active' AND shadow = 0
       AND severity IN ('critical', 'major')`,
  );
  if (needed) throw new StaffRefused('No drill while an alert waits for somebody');
  const row = await insert(tx);
  await addEvent(tx, row.id, { atMs: nowMs, what: 'drill-started', who });
  for (const [step, afterMs] of steps) await setTimer(tx, row.id, `drill-${step}`, nowMs + afterMs);
  await tellLevel(tx, context, row, 'L1', nowMs);
  return row;
}

/** The drill that runs, if any. */
export const runningDrill = (tx: Tx): Promise<AlertRow | undefined> =>
  tx.get<AlertRow>("SELECT * FROM alerts WHERE rule = ? AND condition = 'active'", [drillRule]);

/** A timer of a drill is due: the next level hears, or it is over. */
export async function stepDrill(
  tx: Tx,
  context: DeskContext,
  drill: AlertRow,
  step: string,
  nowMs: number,
): Promise<void> {
  if (drill.condition !== 'active') return;
  if (step === 'drill-end') await endDrill(tx, drill, 'system', nowMs);
  else await tellLevel(tx, context, drill, step.slice('drill-'.length) as Level, nowMs);
}

async function tellLevel(
  tx: Tx,
  context: DeskContext,
  drill: AlertRow,
  level: 'L1' | Level,
  nowMs: number,
): Promise<void> {
  const heard = new Set((await told(tx, drill.id)).map(({ recipient }) => recipient));
  const ladder = { severity: 'critical', rule: drillRule } as const;
  const to = (await recipientsAt(tx, context, ladder, level, nowMs)).filter(
    ({ id }) => !heard.has(id),
  );
  const minutes = Math.max(1, Math.round((drill.raised_ms + drillLengthMs - nowMs) / minuteMs));
  const sent = await tellPeople(tx, context, drill, {
    messageId: drillRule,
    step: level,
    to,
    severity: 'info',
    variables: { m: minutes },
    wantsReply: true,
    nowMs,
  });
  const note = [...sent.people, ...sent.held].map(({ title }) => title).join('、');
  await addEvent(tx, drill.id, { atMs: nowMs, what: `drill-${level}`, who: 'system', note });
}

const told = (tx: Tx, drill: number) =>
  tx.all<{ recipient: string; created_ms: number; sent_ms: number | null }>(
    `SELECT recipient, MIN(created_ms) AS created_ms, MIN(sent_ms) AS sent_ms FROM outbox
     WHERE alert_id = ? AND channel IN ('sms', 'cloud') GROUP BY recipient ORDER BY MIN(id)`,
    [drill],
  );

/** Ends a drill: by its time, by who started it, or because somebody is needed for something real. */
export async function endDrill(tx: Tx, drill: AlertRow, who: string, nowMs: number): Promise<void> {
  await updateAlert(tx, drill.id, {
    condition: 'cleared',
    cleared_ms: nowMs,
    work: 'closed',
    closed_ms: nowMs,
  });
  await addEvent(tx, drill.id, { atMs: nowMs, what: 'drill-ended', who });
  await tx.run('DELETE FROM timers WHERE alert_id = ?', [drill.id]);
  await tx.run('DELETE FROM alert_findings WHERE alert_id = ?', [drill.id]);
  await tx.run(
    `UPDATE outbox SET state = 'cancelled', done_ms = ?, reason = 'the drill is over'
     WHERE alert_id = ? AND state = 'waiting' AND attempts = 0`,
    [nowMs, drill.id],
  );
}

/** Something real: nobody shall take its message for part of a drill, or the other way round. */
export async function endDrillFor(tx: Tx, alert: AlertRow, nowMs: number): Promise<void> {
  if (alert.severity !== 'critical' && alert.severity !== 'major') return;
  const drill = await runningDrill(tx);
  if (drill) await endDrill(tx, drill, alert.reference, nowMs);
}

/** One who was called in a drill. */
export interface DrillLine {
  readonly title: string;
  readonly calledAtMs: number;
  readonly sent: boolean;
  /** Minutes from the call to the answer; absent where none came. */
  readonly answeredMin?: number;
}

/** What came of a drill. */
export interface DrillReport {
  readonly id: number;
  readonly reference: string;
  readonly atMs: number;
  readonly running: boolean;
  /** Who started it. */
  readonly by: string;
  /** The real alert that ended it, or who stopped it; absent when it ran its time. */
  readonly endedBy?: string;
  readonly lines: readonly DrillLine[];
}

/** Drills that began between two times, newest first. Duty numbers and roles only. */
export async function drillsBetween(
  tx: Tx,
  fromMs: number,
  toMs: number,
): Promise<readonly DrillReport[]> {
  const rows = await tx.all<AlertRow>(
    'SELECT * FROM alerts WHERE rule = ? AND raised_ms >= ? AND raised_ms < ? ORDER BY id DESC LIMIT 24',
    [drillRule, fromMs, toMs],
  );
  const titles = new Map((await listPeople(tx)).map(({ id, title }) => [id, title]));
  return Promise.all(rows.map((row) => reportOf(tx, row, titles)));
}

async function reportOf(
  tx: Tx,
  row: AlertRow,
  titles: ReadonlyMap<string, string>,
): Promise<DrillReport> {
  const events = await tx.all<{ at_ms: number; what: string; who: string }>(
    'SELECT at_ms, what, who FROM alert_events WHERE alert_id = ? ORDER BY id',
    [row.id],
  );
  const of = (what: string) => events.find((one) => one.what === what);
  const endedBy = of('drill-ended')?.who;
  const lines = (await told(tx, row.id)).map(({ recipient, created_ms, sent_ms }) => {
    const title = titles.get(recipient) ?? recipient;
    const answer = events.find((one) => one.what === 'drill-answered' && one.who === title);
    return {
      title,
      calledAtMs: sent_ms ?? created_ms,
      sent: sent_ms !== null,
      ...(answer ? { answeredMin: minutesBetween(sent_ms ?? created_ms, answer.at_ms) } : {}),
    };
  });
  // Who was not called by SMS may still answer, in the console.
  const called = new Set(lines.map(({ title }) => title));
  const others = events
    .filter(({ what, who }) => what === 'drill-answered' && !called.has(who))
    .map(({ who, at_ms: atMs }) => ({
      title: who,
      calledAtMs: row.raised_ms,
      sent: false,
      answeredMin: minutesBetween(row.raised_ms, atMs),
    }));
  return {
    id: row.id,
    reference: row.reference,
    atMs: row.raised_ms,
    running: row.condition === 'active',
    by: of('drill-started')?.who ?? '',
    ...(endedBy === undefined || endedBy === 'system' ? {} : { endedBy }),
    lines: [...lines, ...others],
  };
}

const minutesBetween = (fromMs: number, toMs: number): number =>
  Number(((toMs - fromMs) / minuteMs).toFixed(1));

/** Somebody answers a drill; each counts once. Null when it is over. */
export async function answerDrill(
  tx: Tx,
  id: number,
  who: string,
  nowMs: number,
): Promise<AlertRow | null> {
  const drill = await alertRow(tx, id);
  if (drill.condition !== 'active') return null;
  const before = await tx.get(
    "SELECT 1 FROM alert_events WHERE alert_id = ? AND what = 'drill-answered' AND who = ?",
    [id, who],
  );
  if (!before) await addEvent(tx, id, { atMs: nowMs, what: 'drill-answered', who });
  return drill;
}

/** The month whose drill is missing, late in it; null while there is time, or one was held. */
export async function drillMissing(
  gate: Pick<Sqlite, 'get'>,
  nowMs: number,
  zone: string,
): Promise<string | null> {
  const { day } = localTime(nowMs, zone);
  if (Number(day.slice(8)) < remindFromDay) return null;
  const fromMs = atLocal(addDays(day, 1 - Number(day.slice(8))), 0, zone);
  const held = await gate.get('SELECT 1 FROM alerts WHERE rule = ? AND raised_ms >= ?', [
    drillRule,
    fromMs,
  ]);
  return held ? null : day.slice(0, 7);
}
