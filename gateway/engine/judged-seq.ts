import { remembered } from '../desk/desk-state.ts';
import type { Sqlite } from '../store/sqlite.ts';

/**
 * The last group that rules or desk have seen. A journal that had to begin anew (load.db lost or moved aside) goes on
 * behind it: groups with smaller numbers would be taken for such as were judged before, and nobody would be told.
 */
export async function judgedSeq(gate: Sqlite): Promise<number> {
  const kept = await gate.get<{ seq: number }>('SELECT seq FROM engine_checkpoint');
  return Math.max(kept?.seq ?? 0, Number((await remembered(gate, 'applied')) ?? 0));
}
