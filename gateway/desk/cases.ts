import type { Sqlite } from '../store/sqlite.ts';
import { type AlertRow, alertRow, type Tx } from './alert-row.ts';
import type { Case, CaseState } from './contract.ts';
import { addDays, atLocal, localTime } from './local-time.ts';
import { withoutPersons } from './note.ts';

/** What people call the states. */
export const caseStateNames: Readonly<Record<CaseState, string>> = {
  suspected: '疑似',
  verified: '已核实',
  rejected: '误报',
  notified: '已告知',
  rectifying: '整改中',
  rechecked_ok: '复查合格',
  rechecked_bad: '复查不合格',
  reported: '已上报',
  handed_over: '已移交',
  closed: '销号',
};

export type { Case, CaseState };

/** From which state to which; a suspicion becomes a fact only by a person on site. */
const next: Readonly<Record<CaseState, readonly CaseState[]>> = {
  suspected: ['verified', 'rejected'],
  verified: ['notified'],
  rejected: [],
  notified: ['rectifying', 'rechecked_ok', 'rechecked_bad'],
  rectifying: ['rechecked_ok', 'rechecked_bad'],
  rechecked_ok: ['closed'],
  rechecked_bad: ['reported', 'rectifying'],
  reported: ['handed_over'],
  handed_over: ['closed'],
  closed: [],
};

/** Who may take a step; the platform's word comes with the role `platform`. */
const roles: Readonly<Record<CaseState, readonly string[]>> = {
  suspected: ['rule'],
  verified: ['duty', 'grid', 'chair'],
  rejected: ['duty', 'grid', 'chair'],
  notified: ['duty', 'chair'],
  rectifying: ['duty', 'chair'],
  rechecked_ok: ['duty', 'chair'],
  rechecked_bad: ['duty', 'chair'],
  reported: ['grid', 'chair'],
  handed_over: ['platform', 'grid'],
  closed: ['duty', 'chair', 'platform', 'grid'],
};

/** The steps that a role may take from a state. */
export const stepsFrom = (state: CaseState, role: string): readonly CaseState[] =>
  next[state].filter((to) => roles[to].includes(role));

export interface CaseStep {
  readonly atMs: number;
  readonly state: CaseState;
  /** Duty number, role or `rule`. */
  readonly who: string;
  readonly note?: string;
}

interface Row {
  readonly id: number;
  readonly alert_id: number | null;
  readonly rule: string;
  readonly place: string;
  readonly state: CaseState;
  readonly due_ms: number | null;
  readonly opened_ms: number;
  readonly changed_ms: number;
  readonly grid_number: string | null;
}

/** A step that may not be taken; said to the person as it is. */
export class CaseRefused extends Error {
  override readonly name = 'CaseRefused';
}

const toCase = (row: Row): Case => ({
  id: row.id,
  alertId: row.alert_id,
  rule: row.rule,
  place: row.place,
  state: row.state,
  ...(row.due_ms === null ? {} : { dueMs: row.due_ms }),
  openedAtMs: row.opened_ms,
  changedAtMs: row.changed_ms,
  ...(row.grid_number === null ? {} : { gridNumber: row.grid_number }),
});

const dayMs = 86_400_000;
const longestNote = 500;

/** When the step after `state` is due: same night for a verdict on a major one, a day else; the promised date plus one. */
function dueAfter(
  state: CaseState,
  of: { readonly severity: AlertRow['severity']; readonly promisedMs?: number | undefined },
  nowMs: number,
  zone: string,
): number | null {
  const { day, minute } = localTime(nowMs, zone);
  const morning = atLocal(minute < 8 * 60 ? day : addDays(day, 1), 8 * 60, zone);
  switch (state) {
    case 'suspected':
      return of.severity === 'minor' ? nowMs + dayMs : morning;
    case 'verified':
      return nowMs; // the notice is served on the spot
    case 'notified':
      return nowMs + dayMs; // a flying wire goes at once, at the latest within a day
    case 'rectifying':
      return (of.promisedMs ?? nowMs + 7 * dayMs) + dayMs;
    case 'rechecked_bad':
      return atLocal(addDays(day, 1), 0, zone);
    default:
      return null;
  }
}

/** Opens the case of an alert; the same alert never has two. */
export async function openCase(
  gate: Sqlite,
  alertId: number,
  nowMs: number,
  zone: string,
): Promise<Case> {
  return gate.transaction(async (tx) => {
    const known = await tx.get<Row>('SELECT * FROM cases WHERE alert_id = ?', [alertId]);
    if (known) return toCase(known);
    const alert = await alertRow(tx, alertId);
    const { lastId } = await tx.run(
      `INSERT INTO cases (alert_id, rule, place, state, due_ms, opened_ms, changed_ms)
       VALUES (?, ?, ?, 'suspected', ?, ?, ?)`,
      [
        alertId,
        alert.rule,
        alert.subject_title,
        dueAfter('suspected', alert, nowMs, zone),
        nowMs,
        nowMs,
      ],
    );
    await addStep(tx, lastId, { atMs: nowMs, state: 'suspected', who: 'rule' });
    return toCase(await caseRow(tx, lastId));
  });
}

async function caseRow(tx: Tx, id: number): Promise<Row> {
  const row = await tx.get<Row>('SELECT * FROM cases WHERE id = ?', [id]);
  if (!row) throw new CaseRefused('There is no such case');
  return row;
}

async function addStep(tx: Tx, caseId: number, step: CaseStep): Promise<void> {
  await tx.run('INSERT INTO case_steps (case_id, at_ms, state, who, note) VALUES (?, ?, ?, ?, ?)', [
    caseId,
    step.atMs,
    step.state,
    step.who,
    step.note ?? null,
  ]);
}

/** Takes a case one step on. A report needs the grid's case number. `tell` goes into the same transaction. */
export async function advanceCase(
  gate: Sqlite,
  id: number,
  to: CaseState,
  by: {
    readonly who: string;
    readonly role: string;
    readonly nowMs: number;
    readonly zone: string;
    readonly note?: string;
    readonly promisedMs?: number;
    readonly gridNumber?: string;
  },
  tell?: (tx: Tx, of: Case) => Promise<void>,
): Promise<Case> {
  return gate.transaction(async (tx) => {
    const row = await caseRow(tx, id);
    const { nowMs, zone, note, promisedMs } = by;
    if (!next[row.state].includes(to)) {
      throw new CaseRefused(`${caseStateNames[row.state]}之后不能是${caseStateNames[to]}`);
    }
    if (!roles[to].includes(by.role)) throw new CaseRefused('该步骤不属于此角色');
    const gridNumber = by.gridNumber ?? row.grid_number;
    if (to === 'reported' && !gridNumber) throw new CaseRefused('上报需要网格案件编号');
    const severity = row.alert_id === null ? 'major' : (await alertRow(tx, row.alert_id)).severity;
    await tx.run(
      'UPDATE cases SET state = ?, due_ms = ?, changed_ms = ?, grid_number = ? WHERE id = ?',
      [to, dueAfter(to, { severity, promisedMs }, nowMs, zone), nowMs, gridNumber, id],
    );
    const kept = note === undefined ? undefined : withoutPersons(note).slice(0, longestNote);
    await addStep(tx, id, { atMs: nowMs, state: to, who: by.who, ...(kept ? { note: kept } : {}) });
    const advanced = toCase(await caseRow(tx, id));
    await tell?.(tx, advanced);
    return advanced;
  });
}

/** Cases that are not over, the most overdue first; or all of a time. */
export async function listCases(
  tx: Tx,
  query: { readonly openOnly?: boolean; readonly fromMs?: number; readonly limit?: number } = {},
): Promise<readonly Case[]> {
  const over = query.openOnly ? "AND state NOT IN ('closed', 'rejected')" : '';
  const rows = await tx.all<Row>(
    `SELECT * FROM cases WHERE opened_ms >= ? ${over} ORDER BY due_ms IS NULL, due_ms, id LIMIT ?`,
    [query.fromMs ?? 0, Math.min(query.limit ?? 500, 5000)],
  );
  return rows.map(toCase);
}

/** One case; undefined when there is none. */
export async function caseOf(tx: Tx, id: number): Promise<Case | undefined> {
  const row = await tx.get<Row>('SELECT * FROM cases WHERE id = ?', [id]);
  return row && toCase(row);
}

/** The story of a case, oldest step first. */
export async function caseSteps(tx: Tx, id: number): Promise<readonly CaseStep[]> {
  const rows = await tx.all<{ at_ms: number; state: CaseState; who: string; note: string | null }>(
    'SELECT at_ms, state, who, note FROM case_steps WHERE case_id = ? ORDER BY id',
    [id],
  );
  return rows.map(({ at_ms: atMs, note, ...rest }) => ({
    atMs,
    ...rest,
    ...(note ? { note } : {}),
  }));
}

/** What the printed notice is filled with. Names of landlord and tenant are written in by hand, on paper. */
export interface NoticeFields {
  readonly id: string;
  readonly place: string;
  readonly date: string;
  readonly time: string;
  readonly finding: string;
  readonly deadline: string;
  readonly recheck: string;
  /** The nearest public charging place. */
  readonly chargingPlace: string;
  /** Who seals it. */
  readonly committee: string;
}

/** The wording of the notice to landlord and tenant (告知单). */
export function noticeText(fields: NoticeFields): string {
  const { id, place, date, time, finding, deadline, recheck, chargingPlace, committee } = fields;
  return `告知单（编号${id}）：${place}户主及承租人：${date}${time}经现场核查，发现${finding}。按照《上海市非机动车安全管理条例》第二十九条，不得违反用电安全要求私拉电线和插座为电动自行车及其蓄电池充电，不得在居住建筑室内（按标准设置的集中充电场所除外）及楼道、安全出口等处停放、充电。请于${deadline}前整改，我们将于${recheck}复查。逾期未改的，将依法报告城管执法或消防部门。最近的集中充电点：${chargingPlace}。 — ${committee}（盖章）`;
}
