import type { Sqlite } from '../store/sqlite.ts';

/** One class of what is stored: how much, since when. */
export interface Kept {
  readonly zh: string;
  readonly en: string;
  readonly rows: number;
  readonly oldestMs: number | null;
}

const classes = [
  ['通行记录', 'passages', "FROM event WHERE kind = 'passage'", 'at_ms'],
  ['可读车牌（加密）', 'plates, sealed', 'FROM event WHERE plate IS NOT NULL', 'at_ms'],
  ['车牌假名', 'plates as keyed hashes', 'FROM event WHERE plate_hash IS NOT NULL', 'at_ms'],
  ['限制处理的通行', 'passages, restricted', 'FROM restricted_event', 'at_ms'],
  ['道闸、地感、状态', 'barriers, loops, states', "FROM event WHERE kind <> 'passage'", 'at_ms'],
  ['未识别的消息', 'unread messages', 'FROM quarantine', 'at_ms'],
  ['同意登记', 'steps of consents', 'FROM consent', 'at_ms'],
  ['访问审计', 'audit entries', 'FROM audit', 'at_ms'],
] as const;

/** What gate.db holds, by class: for the page about privacy, and for the day on which somebody has to be told (PR-36, PR-38). */
export async function inventory(
  gate: Pick<Sqlite, 'get'>,
  /** What was there in this time alone, ms. */
  window: { readonly fromMs: number; readonly toMs: number } = {
    fromMs: 0,
    toMs: Number.MAX_SAFE_INTEGER,
  },
): Promise<readonly Kept[]> {
  const found: Kept[] = [];
  for (const [zh, en, from, at] of classes) {
    const row = await gate.get<{ rows: number; oldestMs: number | null }>(
      `SELECT count(*) AS rows, min(${at}) AS oldestMs ${from} ${from.includes('WHERE') ? 'AND' : 'WHERE'} ${at} BETWEEN ? AND ?`,
      [window.fromMs, window.toMs],
    );
    found.push({ zh, en, rows: row?.rows ?? 0, oldestMs: row?.oldestMs ?? null });
  }
  return found;
}
