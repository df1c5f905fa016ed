import { writeAudit } from '../privacy/audit.ts';
import type { Sqlite } from '../store/sqlite.ts';
import type { Tx } from './alert-row.ts';

/** Who changes something, for the audit. */
export interface Editor {
  readonly who: string;
  readonly role: string;
  readonly nowMs: number;
}

/** A change that cannot be made; said to the person as it is. */
export class StaffRefused extends Error {
  override readonly name = 'StaffRefused';
}

/** A change and its line in the audit, together or not at all. */
export async function changing<T>(
  gate: Sqlite,
  editor: Editor,
  action: string,
  object: string,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  return gate.transaction(async (tx) => {
    const result = await work(tx);
    const { who, role, nowMs } = editor;
    await writeAudit(tx, { atMs: nowMs, who, role, action, object, purpose: 'roster', n: 1 });
    return result;
  });
}
