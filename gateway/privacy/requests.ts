import type { Sqlite } from '../store/sqlite.ts';
import { writeAudit } from './audit.ts';

/** What somebody may ask for (PIPL arts. 44 to 47). */
export const requestKinds = ['export', 'correct', 'restrict', 'delete', 'withdraw'] as const;
export type RequestKind = (typeof requestKinds)[number];
/** How a request may end; a refusal has one of these reasons, nothing else. */
export const requestResults = ['done', 'not-identified', 'nothing-kept', 'held-by-law'] as const;
export type RequestResult = (typeof requestResults)[number];

/** A request by its number in the committee's register; who asks stands there alone (PR-21). */
export interface PersonRequest {
  readonly id: number;
  readonly number: string;
  readonly kind: RequestKind;
  readonly receivedMs: number;
  readonly dueMs: number;
  readonly result?: RequestResult;
  readonly closedMs?: number;
}

const dayMs = 86_400_000;
/** Answered within so many days; never more than the longest, also where somebody gives himself longer. */
export const usualDays = 15;
export const longestDays = 30;
/** Somebody is told so long before, ms. */
export const remindMs = 3 * dayMs;
/** Open at a time. */
export const maxOpen = 200;

/** A step that may not be taken; said to the person as it is. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
}

interface Row {
  readonly id: number;
  readonly number: string;
  readonly kind: RequestKind;
  readonly received_ms: number;
  readonly due_ms: number;
  readonly result: RequestResult | null;
  readonly closed_ms: number | null;
}

const toRequest = (row: Row): PersonRequest => ({
  id: row.id,
  number: row.number,
  kind: row.kind,
  receivedMs: row.received_ms,
  dueMs: row.due_ms,
  ...(row.result === null ? {} : { result: row.result }),
  ...(row.closed_ms === null ? {} : { closedMs: row.closed_ms }),
});

/** Who takes a step, and when. */
export interface Actor {
  readonly who: string;
  readonly role: string;
  readonly nowMs: number;
}

export interface NewRequest {
  readonly number: string;
  readonly kind: RequestKind;
  readonly days?: number | undefined;
}

/** Takes a request in; its clock runs from now. */
export const openRequest = (gate: Sqlite, of: NewRequest, by: Actor): Promise<PersonRequest> =>
  gate.transaction((tx) => openRequestIn(tx, of, by));

/** The same in the transaction of what brings it about. */
export async function openRequestIn(
  tx: Tx,
  { number, kind, days = usualDays }: NewRequest,
  by: Actor,
): Promise<PersonRequest> {
  if (!(days >= 1 && days <= longestDays)) throw new RequestRefused(`最长${longestDays}天`);
  const open = await tx.get<{ n: number }>(
    'SELECT COUNT(*) AS n FROM person_request WHERE closed_ms IS NULL',
  );
  if ((open?.n ?? 0) >= maxOpen) throw new RequestRefused(`同时最多${maxOpen}件`);
  const known = await tx.get('SELECT 1 FROM person_request WHERE number = ?', [number]);
  if (known) throw new RequestRefused('这个编号已经登记');
  const { lastId } = await tx.run(
    'INSERT INTO person_request (number, kind, received_ms, due_ms) VALUES (?, ?, ?, ?)',
    [number, kind, by.nowMs, by.nowMs + days * dayMs],
  );
  await note(tx, 'request.open', number, by);
  const row = await tx.get<Row>('SELECT * FROM person_request WHERE id = ?', [lastId]);
  if (!row) throw new RequestRefused('没有这件申请');
  return toRequest(row);
}

/** Closes a request with what came of it. */
export async function closeRequest(
  gate: Sqlite,
  id: number,
  result: RequestResult,
  by: Actor,
): Promise<void> {
  await gate.transaction(async (tx) => {
    const row = await tx.get<Row>('SELECT * FROM person_request WHERE id = ?', [id]);
    if (!row) throw new RequestRefused('没有这件申请');
    if (row.closed_ms !== null) throw new RequestRefused('已经办结');
    await tx.run('UPDATE person_request SET result = ?, closed_ms = ? WHERE id = ?', [
      result,
      by.nowMs,
      id,
    ]);
    await note(tx, 'request.close', `${row.number}: ${result}`, by);
  });
}

/** Open ones first, by their date; then the newest. */
export const listRequests = async (gate: Pick<Sqlite, 'all'>): Promise<readonly PersonRequest[]> =>
  (
    await gate.all<Row>(
      'SELECT * FROM person_request ORDER BY closed_ms IS NOT NULL, CASE WHEN closed_ms IS NULL THEN due_ms ELSE -id END LIMIT 200',
    )
  ).map(toRequest);

/** Open requests that are due in three days or have been, and the days that the first of them still has. */
export async function requestsDue(
  gate: Pick<Sqlite, 'get'>,
  nowMs: number,
): Promise<{ readonly count: number; readonly days: number } | null> {
  const row = await gate.get<{ n: number; due_ms: number | null }>(
    'SELECT COUNT(*) AS n, MIN(due_ms) AS due_ms FROM person_request WHERE closed_ms IS NULL AND due_ms <= ?',
    [nowMs + remindMs],
  );
  if (!row || row.n === 0 || row.due_ms === null) return null;
  return { count: row.n, days: Math.ceil((row.due_ms - nowMs) / dayMs) };
}

type Tx = Parameters<Parameters<Sqlite['transaction']>[0]>[0];
const note = (tx: Tx, action: string, object: string, { who, role, nowMs }: Actor) =>
  writeAudit(tx, {
    atMs: nowMs,
    who,
    role,
    action,
    object: `request ${object}`,
    purpose: 'rights',
    n: 1,
  });
