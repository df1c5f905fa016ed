import type { Finding } from '../../rules/finding.ts';
import { type AlertRow, addEvent, alertRow, type Tx, updateAlert } from './alert-row.ts';
import type { DeskContext } from './context.ts';
import { flapCycles } from './decide.ts';
import { drillDueRule } from './drill.ts';
import { cancelWaiting } from './enqueue.ts';
import { keyOf } from './kinds.ts';
import { setTimer, stopLadder } from './ladder.ts';
import { weighOffline } from './offline-share.ts';
import { listPeople, type Person } from './people.ts';
import { isQuiet } from './quiet-hours.ts';
import { announce, openAlert } from './raise.ts';
import { highest, rank } from './severity.ts';
import { noteTold, stepOf, tellGroups, tellPeople, tellPlatform } from './tell.ts';

/** Readings older than this are history: they raise nothing. */
export const lateMs = 10 * 60_000;
/** A late finding that nothing has cleared after this much live time is no history any more. */
export const holdMs = 5 * 60_000;

/** What one finding does to the alerts; the alert it changed, if any. */
export async function applyFinding(
  tx: Tx,
  context: DeskContext,
  found: Finding,
  nowMs: number,
): Promise<AlertRow | undefined> {
  const finding = await weighOffline(tx, context.site, found);
  const key = keyOf(finding);
  const active = await tx.get<AlertRow>(
    "SELECT * FROM alerts WHERE key = ? AND condition = 'active'",
    [key],
  );
  if (finding.change === 'cleared') return clear(tx, context, finding, active, nowMs);
  const late = context.clock.trusted() && nowMs - finding.atMs > lateMs;
  if (late && !active) {
    await keepFinding(tx, finding, key, null, nowMs + holdMs);
    return undefined;
  }
  if (!active) {
    const row = await openAlert(tx, context, finding, nowMs);
    await keepFinding(tx, finding, key, row.id, null);
    return row;
  }
  await keepFinding(tx, finding, key, active.id, null);
  return merge(tx, context, active, finding, nowMs);
}

/** Raises late findings that are still true after their time. */
export async function releaseHeld(
  tx: Tx,
  context: DeskContext,
  nowMs: number,
): Promise<readonly AlertRow[]> {
  const due = await tx.all<{ body: string }>(
    'SELECT body FROM alert_findings WHERE held_until_ms <= ? ORDER BY held_until_ms LIMIT 100',
    [nowMs],
  );
  const rows: AlertRow[] = [];
  for (const { body } of due) {
    const finding: Finding = JSON.parse(body);
    const row = await applyFinding(tx, context, { ...finding, atMs: nowMs }, nowMs);
    if (row) rows.push(row);
  }
  return rows;
}

async function keepFinding(
  tx: Tx,
  finding: Finding,
  key: string,
  alertId: number | null,
  heldUntilMs: number | null,
): Promise<void> {
  await tx.run(
    `INSERT INTO alert_findings (finding_id, key, alert_id, severity, held_until_ms, body)
     VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (finding_id) DO UPDATE SET alert_id = excluded.alert_id, severity = excluded.severity,
       held_until_ms = COALESCE(held_until_ms, excluded.held_until_ms), body = excluded.body
       WHERE alert_findings.alert_id IS NULL OR excluded.alert_id IS NOT NULL`,
    [finding.id, key, alertId, finding.severity, heldUntilMs, JSON.stringify(finding)],
  );
  if (alertId !== null) {
    await tx.run('UPDATE alert_findings SET held_until_ms = NULL WHERE finding_id = ?', [
      finding.id,
    ]);
  }
}

/** A repeat raises a counter and the last-seen time; only a rise in severity is told again. */
async function merge(
  tx: Tx,
  context: DeskContext,
  alert: AlertRow,
  finding: Finding,
  nowMs: number,
): Promise<AlertRow> {
  const findings = await tx.all<{ severity: AlertRow['severity'] }>(
    'SELECT severity FROM alert_findings WHERE alert_id = ?',
    [alert.id],
  );
  const severity = highest(findings.map((one) => one.severity));
  // A rule that went live while its alert was open on trial: nobody has been told yet.
  const live = alert.shadow === 1 && !finding.shadow;
  const before = live
    ? alert.told_severity
    : highest([alert.told_severity ?? 'info', alert.severity]);
  const rises = rank(severity) > rank(before);
  const leads = rank(finding.severity) >= rank(severity);
  const reopened = rises && alert.work !== 'open';
  const row = await updateAlert(tx, alert.id, {
    severity,
    shadow: finding.shadow ? 1 : 0,
    level: leads ? (finding.level ?? null) : (alert.level ?? null),
    last_ms: Math.max(alert.last_ms, finding.atMs),
    count: finding.change === 'raised' ? alert.count + 1 : alert.count,
    ...(leads
      ? {
          evidence: JSON.stringify(finding.evidence),
          text_zh: finding.text.zh,
          text_en: finding.text.en,
        }
      : {}),
    ...(reopened ? { work: 'open', ack_ms: null, ack_by: null } : {}),
  });
  if (severity !== alert.severity) {
    await addEvent(tx, alert.id, { atMs: nowMs, what: 'severity', who: 'rule', note: severity });
  }
  if (rises) return announce(tx, context, row, nowMs);
  if (severity !== alert.severity) await tellPlatform(tx, context, row, 'changed', nowMs);
  return alert.quiet === null ? updateAlert(tx, alert.id, { quiet: 'no-rise' }) : row;
}

async function clear(
  tx: Tx,
  context: DeskContext,
  finding: Finding,
  active: AlertRow | undefined,
  nowMs: number,
): Promise<AlertRow | undefined> {
  // What the box says of itself has no memory over a restart: its word on a key ends whatever was said before.
  if (isOwn(finding.rule))
    await tx.run('DELETE FROM alert_findings WHERE key = ?', [keyOf(finding)]);
  else await tx.run('DELETE FROM alert_findings WHERE finding_id = ?', [finding.id]);
  if (!active) return undefined;
  const rest = await tx.all<{ severity: AlertRow['severity'] }>(
    'SELECT severity FROM alert_findings WHERE alert_id = ?',
    [active.id],
  );
  if (rest.length > 0) {
    return updateAlert(tx, active.id, { severity: highest(rest.map(({ severity }) => severity)) });
  }
  return finish(tx, context, active, nowMs, finding.text.zh, finding.atMs);
}

async function finish(
  tx: Tx,
  context: DeskContext,
  alert: AlertRow,
  nowMs: number,
  note: string,
  lastMs = alert.last_ms,
): Promise<AlertRow> {
  const row = await updateAlert(tx, alert.id, {
    condition: 'cleared',
    cleared_ms: nowMs,
    last_ms: Math.max(alert.last_ms, lastMs),
  });
  await addEvent(tx, row.id, { atMs: nowMs, what: 'cleared', who: 'rule', note });
  await stopLadder(tx, row.id);
  await cancelWaiting(tx, row.id, nowMs, 'cleared');
  await tellPlatform(tx, context, row, 'cleared', nowMs);
  await tellCleared(tx, context, row, nowMs);
  return alertRow(tx, row.id);
}

/** Findings of the box about itself. */
const isOwn = (rule: string): boolean =>
  /^(system|security|privacy)\./.test(rule) || rule === drillDueRule;

/** Those of them that hang on the date. */
const isDated = (rule: string): boolean => rule.startsWith('privacy.') || rule === drillDueRule;

/** So long after a start the box has said again what is still wrong with it. */
const ownCheckMs = 10 * 60_000;

/** At a start: alerts about the box itself stay as they are until it had time to say them again. */
export async function doubtOwn(tx: Tx, nowMs: number): Promise<void> {
  const rows = await tx.all<{ id: number; rule: string }>(
    "SELECT id, rule FROM alerts WHERE condition = 'active'",
  );
  for (const { id, rule } of rows) {
    if (!isOwn(rule)) continue;
    await tx.run('DELETE FROM alert_findings WHERE alert_id = ?', [id]);
    await setTimer(tx, id, 'own', nowMs + ownCheckMs);
  }
}

/** Clears an alert about the box that nobody has said again since the start. */
export async function clearUnsaid(
  tx: Tx,
  context: DeskContext,
  alert: AlertRow,
  nowMs: number,
): Promise<void> {
  const said = await tx.get('SELECT 1 FROM alert_findings WHERE alert_id = ?', [alert.id]);
  if (said || alert.condition === 'cleared') return;
  // What hangs on a date is not said while nobody knows it, and is not over for that.
  if (isDated(alert.rule) && !context.clock.trusted()) {
    await setTimer(tx, alert.id, 'own', nowMs + ownCheckMs);
    return;
  }
  await finish(tx, context, alert, nowMs, '重启后未再出现');
}

/** Whoever never heard that it began need not hear that it ended; nobody is woken for it. */
async function tellCleared(
  tx: Tx,
  context: DeskContext,
  alert: AlertRow,
  nowMs: number,
): Promise<void> {
  const grave = alert.told_severity === 'critical';
  const quiet = alert.told_severity !== 'major' || (await isQuiet(tx, context, nowMs));
  if (alert.cycles >= flapCycles || (!grave && quiet)) return;
  const to = await toldPeople(tx, alert.id);
  if (to.length === 0) return;
  const lastedMs = nowMs - alert.since_ms;
  const minutes = lastedMs < 0 ? undefined : Math.max(1, Math.round(lastedMs / 60_000));
  const step = `cleared-${stepOf(alert)}`;
  const told = await tellPeople(tx, context, alert, {
    messageId: 'notice.resolved',
    step,
    to,
    severity: 'info',
    variables: { m: minutes },
    nowMs,
  });
  const headline = context.language === 'en' ? 'CLEARED' : '已恢复';
  await tellGroups(tx, context, alert, { step, headline, told: told.people, nowMs });
  await noteTold(tx, alert, 'told-cleared', told, nowMs);
}

/** Everybody to whom a message about this alert has left. */
export async function toldPeople(tx: Tx, alertId: number): Promise<readonly Person[]> {
  const rows = await tx.all<{ recipient: string }>(
    `SELECT DISTINCT recipient FROM outbox WHERE alert_id = ? AND channel IN ('sms', 'cloud')
       AND state NOT IN ('waiting', 'cancelled', 'expired', 'failed')`,
    [alertId],
  );
  const ids = new Set(rows.map(({ recipient }) => recipient));
  return (await listPeople(tx)).filter(({ id }) => ids.has(id));
}
