import { pruneEvents, type Retention } from '../journal/retention.ts';
import type { Sqlite } from '../store/sqlite.ts';
import { audit } from './audit.ts';
import { bringBack, deleteBefore, setAside } from './person.ts';
import { provePurge } from './proof.ts';
import type { Tombstone } from './tombstones.ts';

/** How many rows went again. */
export interface Forgotten {
  readonly purged: number;
  readonly deleted: number;
  readonly restricted: number;
  /** Requests whose correction has to be made again by hand. */
  readonly toCorrect: readonly string[];
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
  let [deleted, restricted] = [0, 0];
  for (const { hash, atMs, what } of parts.tombstones) {
    if (what === undefined) deleted += await deleteBefore(gate, hash, atMs);
    else if (what === 'restrict') restricted += await setAside(gate, hash, atMs);
    else if (what === 'lift') restricted -= await bringBack(gate, hash);
  }
  const toCorrect = parts.tombstones.flatMap(({ what, request }) =>
    what === 'correct' && request !== undefined ? [request] : [],
  );
  await audit(gate, {
    atMs: nowMs,
    who: 'box',
    role: '',
    action: 'restore.forget',
    object: `${parts.tombstones.length} acts`,
    purpose: 'rights',
    n: deleted,
  });
  const purged = Object.values(gone).reduce((sum, n) => sum + n, 0);
  return { purged, deleted, restricted, toCorrect };
}
