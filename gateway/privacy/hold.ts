import type { Sqlite } from '../store/sqlite.ts';
import { writeAudit } from './audit.ts';

/** A time window of gate records that nobody may delete for a while (PR-18). It blocks deletion, nothing else. */
export interface Hold {
  readonly id: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Why, and the number of the paper; no person. */
  readonly reason: string;
  readonly document: string;
  readonly askedBy: string;
  readonly askedRole: string;
  readonly askedAtMs: number;
  /** Absent: it waits for a second role and holds nothing yet. */
  readonly approvedBy?: string;
  readonly approvedRole?: string;
  readonly approvedAtMs?: number;
  /** It ends by itself. */
  readonly endsMs: number;
  readonly liftedAtMs?: number;
}

/** Widest window, and longest hold, ms. */
export const maxWindowMs = 24 * 3_600_000;
export const maxHoldMs = 90 * 24 * 3_600_000;
/** So many windows may be held or asked for at a time. */
export const maxHolds = 50;

/** A step that may not be taken; said to the person as it is. */
export class HoldRefused extends Error {
  override readonly name = 'HoldRefused';
}

interface Row {
  readonly id: number;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly reason: string;
  readonly document: string;
  readonly asked_by: string;
  readonly asked_role: string;
  readonly asked_ms: number;
  readonly approved_by: string | null;
  readonly approved_role: string | null;
  readonly approved_ms: number | null;
  readonly ends_ms: number;
  readonly lifted_ms: number | null;
}

const toHold = (row: Row): Hold => ({
  id: row.id,
  fromMs: row.from_ms,
  toMs: row.to_ms,
  reason: row.reason,
  document: row.document,
  askedBy: row.asked_by,
  askedRole: row.asked_role,
  askedAtMs: row.asked_ms,
  ...(row.approved_by === null ? {} : { approvedBy: row.approved_by }),
  ...(row.approved_role === null ? {} : { approvedRole: row.approved_role }),
  ...(row.approved_ms === null ? {} : { approvedAtMs: row.approved_ms }),
  endsMs: row.ends_ms,
  ...(row.lifted_ms === null ? {} : { liftedAtMs: row.lifted_ms }),
});

/** Who takes a step, and when. */
export interface HoldActor {
  readonly who: string;
  readonly role: string;
  readonly nowMs: number;
}

/** Asks for a hold; it holds nothing before a second role has approved it. */
export async function askHold(
  gate: Sqlite,
  of: Pick<Hold, 'fromMs' | 'toMs' | 'reason' | 'document' | 'endsMs'>,
  by: HoldActor,
): Promise<Hold> {
  if (!(of.toMs > of.fromMs) || of.toMs - of.fromMs > maxWindowMs)
    throw new HoldRefused('保全的时间段最长24小时');
  if (of.fromMs > by.nowMs) throw new HoldRefused('时间段还没有开始');
  if (!(of.endsMs > by.nowMs) || of.endsMs - by.nowMs > maxHoldMs)
    throw new HoldRefused('保全最长90天');
  return gate.transaction(async (tx) => {
    const open = await tx.get<{ n: number }>(
      'SELECT COUNT(*) AS n FROM hold WHERE lifted_ms IS NULL AND ends_ms > ?',
      [by.nowMs],
    );
    if ((open?.n ?? 0) >= maxHolds) throw new HoldRefused(`同时最多保全${maxHolds}段`);
    const { lastId } = await tx.run(
      `INSERT INTO hold (from_ms, to_ms, reason, document, asked_by, asked_role, asked_ms, ends_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      [of.fromMs, of.toMs, of.reason, of.document, by.who, by.role, by.nowMs, of.endsMs],
    );
    await note(tx, 'hold.ask', lastId, by);
    return holdOf(tx, lastId);
  });
}

/** The second role, and the second person: from now on nothing in the window is deleted. */
export async function approveHold(
  gate: Sqlite,
  id: number,
  by: HoldActor,
  /** Says so to whom it concerns, in the same transaction. */
  tell: (tx: Tx, hold: Hold) => Promise<void> = async () => {},
): Promise<Hold> {
  return gate.transaction(async (tx) => {
    const hold = await holdOf(tx, id);
    if (hold.approvedAtMs !== undefined) throw new HoldRefused('已经批准');
    if (hold.liftedAtMs !== undefined || hold.endsMs <= by.nowMs) throw new HoldRefused('已经结束');
    if (hold.askedRole === by.role || hold.askedBy === by.who)
      throw new HoldRefused('须由另一角色的另一人批准');
    await tx.run(
      'UPDATE hold SET approved_by = ?, approved_role = ?, approved_ms = ? WHERE id = ?',
      [by.who, by.role, by.nowMs, id],
    );
    await note(tx, 'hold.approve', id, by);
    const held = await holdOf(tx, id);
    await tell(tx, held);
    return held;
  });
}

/** Ends a hold early; what is past its time goes with the next purge. */
export async function liftHold(gate: Sqlite, id: number, by: HoldActor): Promise<Hold> {
  return gate.transaction(async (tx) => {
    const hold = await holdOf(tx, id);
    if (hold.liftedAtMs !== undefined || hold.endsMs <= by.nowMs) throw new HoldRefused('已经结束');
    await tx.run('UPDATE hold SET lifted_ms = ? WHERE id = ?', [by.nowMs, id]);
    await note(tx, 'hold.lift', id, by);
    return holdOf(tx, id);
  });
}

/** The newest first. */
export const listHolds = async (gate: Pick<Sqlite, 'all'>): Promise<readonly Hold[]> =>
  (await gate.all<Row>('SELECT * FROM hold ORDER BY id DESC LIMIT 200')).map(toHold);

type Tx = Parameters<Parameters<Sqlite['transaction']>[0]>[0];

async function holdOf(tx: Tx, id: number): Promise<Hold> {
  const row = await tx.get<Row>('SELECT * FROM hold WHERE id = ?', [id]);
  if (!row) throw new HoldRefused('没有这条保全');
  return toHold(row);
}

const note = (tx: Tx, action: string, id: number, { who, role, nowMs }: HoldActor) =>
  writeAudit(tx, { atMs: nowMs, who, role, action, object: `hold ${id}`, purpose: 'hold', n: 1 });
