import { pruneEvents, type Retention } from '../journal/retention.ts';
import type { Sqlite } from '../store/sqlite.ts';
import { audit } from './audit.ts';
import { provePurge } from './proof.ts';
import type { Tombstone } from './tombstones.ts';

/** How many rows went again. */
export interface Forgotten {
  readonly purged: number;
  readonly deleted: number;
}

/** Deletes from a copy what was past its time, or was deleted at somebody's request, since the copy was made (PR-19). */
export async function forgetAgain(
  gate: Sqlite,
  parts: {
    readonly tombstones: readonly Tombstone[];
    readonly keep: Retention;
    readonly nowMs: number;
  },
): Promise<Forgotten> {
  const { keep, nowMs } = parts;
  const gone = await pruneEvents(gate, keep, nowMs);
  await provePurge(gate, gone, nowMs);
  let deleted = 0;
  for (const { hash, atMs } of parts.tombstones) {
    const { changes } = await gate.run('DELETE FROM event WHERE plate_hash = ? AND at_ms < ?', [
      hash,
      atMs,
    ]);
    deleted += changes;
  }
  await audit(gate, {
    atMs: nowMs,
    who: 'box',
    role: '',
    action: 'restore.forget',
    object: `${parts.tombstones.length} deletions`,
    purpose: 'rights',
    n: deleted,
  });
  return { purged: Object.values(gone).reduce((sum, n) => sum + n, 0), deleted };
}
