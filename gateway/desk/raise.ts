import type { Finding, Severity } from '../../rules/finding.ts';
import type { Site } from '../../rules/site.ts';
import { type AlertRow, addEvent, alertRow, type Tx, updateAlert } from './alert-row.ts';
import type { DeskContext } from './context.ts';
import { flapCycles, flapWindowMs, quietReason } from './decide.ts';
import { keyOf, messageIdOf } from './kinds.ts';
import { recipientsAt, setTimer, startLadder } from './ladder.ts';
import { dutyAt } from './people.ts';
import type { Quiet } from './quiet.ts';
import { nextReference } from './reference.ts';
import { rank } from './severity.ts';
import { clearStorm, countIn, mergeWaiting } from './storm.ts';
import { subjectOf, titleOf } from './subject.ts';
import {
  hasSms,
  holdBack,
  noteTold,
  stepOf,
  tellGroups,
  tellPeople,
  tellPlatform,
} from './tell.ts';

/** A lone device that goes silent may be the first of hundreds: its message waits this long to be merged. */
const gatherMs = 60_000;
const summaryMs = 2 * 3_600_000;

/** Opens an alert, or the one that cleared a moment ago again, and tells whom it concerns. */
export async function openAlert(
  tx: Tx,
  context: DeskContext,
  finding: Finding,
  nowMs: number,
): Promise<AlertRow> {
  const key = keyOf(finding);
  const before = await tx.get<AlertRow>(
    `SELECT * FROM alerts WHERE key = ? AND cleared_ms > ? AND closed_ms IS NULL ORDER BY id DESC LIMIT 1`,
    [key, nowMs - flapWindowMs],
  );
  const row = before
    ? await reopen(tx, before, finding, nowMs)
    : await insert(tx, context.site, key, finding, nowMs);
  await addEvent(tx, row.id, { atMs: nowMs, what: 'raised', who: 'rule', note: row.severity });
  if (!before && row.severity !== 'info' && row.shadow === 0 && !row.rule.startsWith('notice.')) {
    const storm = await countIn(tx, nowMs);
    if (storm.began) {
      await mergeWaiting(tx, nowMs);
      // The one before may be over by the clock and not yet by a tick: one alert for each key.
      await clearStorm(tx, nowMs);
      await openAlert(tx, context, stormFinding(storm, nowMs), nowMs);
    }
  }
  return announce(tx, context, row, nowMs);
}

async function insert(
  tx: Tx,
  site: Site,
  key: string,
  finding: Finding,
  nowMs: number,
): Promise<AlertRow> {
  const [kind, subject] = subjectOf(finding);
  const { lastId } = await tx.run(
    `INSERT INTO alerts (reference, key, rule, finding_id, subject_kind, subject, subject_title, phase,
       severity, level, condition, work, raised_ms, since_ms, last_ms, count, cycles, window_ms, evidence,
       text_zh, text_en, shadow)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'active', 'open', ?, ?, ?, 1, 1, ?, ?, ?, ?, ?)`,
    [
      await nextReference(tx, nowMs),
      key,
      finding.rule,
      finding.id,
      kind,
      subject,
      titleOf(site, finding.rule, kind, subject),
      finding.phase ?? null,
      finding.severity,
      finding.level ?? null,
      nowMs,
      finding.sinceMs,
      finding.atMs,
      nowMs,
      JSON.stringify(finding.evidence),
      finding.text.zh,
      finding.text.en,
      finding.shadow ? 1 : 0,
    ],
  );
  return alertRow(tx, lastId);
}

/** The same thing again within half an hour is the same alert; often enough, it is flapping. */
async function reopen(tx: Tx, row: AlertRow, finding: Finding, nowMs: number): Promise<AlertRow> {
  const within = nowMs - row.window_ms <= flapWindowMs;
  const flapping = row.cycles >= flapCycles;
  const done = row.work === 'handled' || row.work === 'false_alarm';
  return updateAlert(tx, row.id, {
    condition: 'active',
    cleared_ms: null,
    finding_id: finding.id,
    severity: finding.severity,
    level: finding.level ?? null,
    ...(done ? { work: 'open', ack_ms: null, ack_by: null } : {}),
    // A new incident after work was done is told like the first.
    told_severity: done ? null : row.told_severity,
    last_ms: finding.atMs,
    count: row.count + 1,
    cycles: within || flapping ? row.cycles + 1 : 1,
    window_ms: within || flapping ? row.window_ms : nowMs,
    evidence: JSON.stringify(finding.evidence),
    text_zh: finding.text.zh,
    text_en: finding.text.en,
  });
}

/** Tells the first level, or notes why not. Called when an alert is raised, and when its severity rises. */
export async function announce(
  tx: Tx,
  context: DeskContext,
  alert: AlertRow,
  nowMs: number,
): Promise<AlertRow> {
  const rises = rank(alert.severity) > rank(alert.told_severity);
  await tellPlatform(tx, context, alert, rises ? 'raised' : 'changed', nowMs);
  if (!rises && alert.work !== 'open') return keepQuiet(tx, alert, 'acknowledged', nowMs);
  const quiet = await quietReason(tx, context, alert, nowMs);
  // Whose single raises are told to nobody is not told to come and go either.
  if (quiet === 'flapping' && messageIdOf(alert.rule, alert.severity))
    await tellFlapping(tx, context, alert, nowMs);
  if (quiet) {
    await noteForDigest(tx, context, alert, quiet, nowMs);
    return keepQuiet(tx, alert, quiet, nowMs);
  }
  const messageId = messageIdOf(alert.rule, alert.severity);
  if (!messageId) return alert;
  const duty = await dutyAt(tx, nowMs, context.zone);
  const noDuty = hasSms(context) && !duty.member && alert.rule !== 'notice.roster';
  const step = stepOf(alert);
  const delayMs = alert.rule === 'device.offline' && alert.severity === 'minor' ? gatherMs : 0;
  const told = await tellPeople(tx, context, alert, {
    messageId,
    step,
    to: await recipientsAt(tx, context, alert, 'L1', nowMs),
    severity: alert.severity,
    wantsReply: true,
    delayMs,
    nowMs,
  });
  await tellGroups(tx, context, alert, { step, told: told.people, delayMs, nowMs });
  await noteTold(tx, alert, 'told', told, nowMs);
  // Cooldown counts sent messages only: what was held back starts no ladder, but the alert stays on the board.
  await startLadder(tx, context, alert, nowMs, noDuty ? ['L2'] : []);
  if (noDuty) await rosterEmpty(tx, context, nowMs);
  const reached = told.people.length > 0 || context.config.robots.length > 0;
  const silent = told.held.length > 0 ? 'budget' : 'nobody';
  return updateAlert(tx, alert.id, {
    told_severity: alert.severity,
    quiet: reached ? null : silent,
  });
}

async function keepQuiet(tx: Tx, alert: AlertRow, quiet: Quiet, nowMs: number): Promise<AlertRow> {
  if (alert.quiet !== quiet && quiet !== 'info') {
    await addEvent(tx, alert.id, { atMs: nowMs, what: 'quiet', who: 'system', note: quiet });
  }
  return updateAlert(tx, alert.id, { quiet });
}

/** What the night or the village's budget held back stands in somebody's morning summary. */
async function noteForDigest(
  tx: Tx,
  context: DeskContext,
  alert: AlertRow,
  quiet: Quiet,
  nowMs: number,
): Promise<void> {
  if (quiet !== 'night' && quiet !== 'charging-budget') return;
  const [first] = await recipientsAt(tx, context, alert, 'L1', nowMs);
  if (first) await holdBack(tx, first.id, alert.id, nowMs);
}

/** One message when it begins to flap; then a timer sums up every two hours. */
async function tellFlapping(
  tx: Tx,
  context: DeskContext,
  alert: AlertRow,
  nowMs: number,
): Promise<void> {
  if (alert.cycles !== flapCycles) return;
  await summarizeFlapping(tx, context, alert, nowMs);
}

export async function summarizeFlapping(
  tx: Tx,
  context: DeskContext,
  alert: AlertRow,
  nowMs: number,
): Promise<void> {
  const told = await tellPeople(tx, context, alert, {
    messageId: 'notice.flapping',
    step: stepOf(alert),
    to: await recipientsAt(tx, context, alert, 'L1', nowMs),
    severity: alert.severity,
    variables: { n: alert.cycles },
    nowMs,
  });
  await noteTold(tx, alert, 'flapping', told, nowMs);
  await setTimer(tx, alert.id, 'flapping', nowMs + summaryMs);
}

function stormFinding(
  storm: { readonly count: number; readonly critical: number },
  nowMs: number,
): Finding {
  const { count, critical } = storm;
  return notice(
    'notice.storm',
    'major',
    nowMs,
    { count, critical },
    {
      zh: `5分钟内出现${count}条告警，已合并提醒，其中紧急${critical}条。`,
      en: `${count} alerts in 5 min were merged into one message, ${critical} of them critical.`,
    },
  );
}

async function rosterEmpty(tx: Tx, context: DeskContext, nowMs: number): Promise<void> {
  const active = await tx.get(
    "SELECT 1 FROM alerts WHERE key = 'notice.roster/site' AND condition = 'active'",
  );
  if (active) return;
  const text = {
    zh: '今日未排值班委员，告警直接发给副班和物业。',
    en: 'No duty member is entered for today; alerts go to the deputy and the guard room.',
  };
  await openAlert(tx, context, notice('notice.roster', 'minor', nowMs, {}, text), nowMs);
}

/** A finding of the desk itself. */
export const notice = (
  rule: string,
  severity: Severity,
  nowMs: number,
  evidence: Finding['evidence'],
  text: Finding['text'],
): Finding => ({
  id: `${rule}/site/${nowMs}`,
  rule,
  change: 'raised',
  severity,
  atMs: nowMs,
  sinceMs: nowMs,
  evidence,
  text,
});
