import { plateClass } from '../journal/events.ts';
import type { Sqlite, Statements } from '../store/sqlite.ts';
import { writeAudit } from './audit.ts';
import type { Keys } from './keys.ts';

/** Who acts for a person, and why: proof of identity is given outside of the box (PR-20). */
export interface OnBehalf {
  readonly who: string;
  readonly role: string;
  /** The request's number in the committee's register; no name. */
  readonly request: string;
  readonly atMs: number;
}

/** One passage of a vehicle, as its owner may see it. */
export interface OwnPassage {
  readonly atMs: number;
  readonly lane: string;
  readonly direction: string;
  readonly result: string;
}

interface Row {
  readonly body: string;
}

/** As a plate is typed: without spaces or the dot, letters large. */
export const plainPlate = (text: string): string => text.replaceAll(/[\s·.・-]/g, '').toUpperCase();

async function passagesOf(db: Statements, hash: string): Promise<OwnPassage[]> {
  const rows = await db.all<Row>('SELECT body FROM event WHERE plate_hash = ? ORDER BY at_ms', [
    hash,
  ]);
  return rows.map(({ body }) => {
    const { atMs, lane, direction, result } = JSON.parse(body);
    return { atMs, lane, direction, result };
  });
}

/** Everything that is kept of a vehicle. Written into the audit before it is given. */
export function exportVehicle(
  gate: Sqlite,
  keys: Keys,
  plate: string,
  on: OnBehalf,
): Promise<readonly OwnPassage[]> {
  return gate.transaction(async (tx) => {
    const passages = await passagesOf(tx, keys.pseudonym(plateClass, plainPlate(plate)));
    await note(tx, 'person.export', on, passages.length);
    return passages;
  });
}

/** Deletes everything that is kept of a vehicle, and leaves the receipt in the audit. Returns how many rows went. */
export function deleteVehicle(
  gate: Sqlite,
  keys: Keys,
  plate: string,
  on: OnBehalf,
): Promise<number> {
  return gate.transaction(async (tx) => {
    const hash = keys.pseudonym(plateClass, plainPlate(plate));
    const { changes } = await tx.run('DELETE FROM event WHERE plate_hash = ?', [hash]);
    await note(tx, 'person.delete', on, changes);
    return changes;
  });
}

const note = (tx: Statements, action: string, { who, role, request, atMs }: OnBehalf, n: number) =>
  writeAudit(tx, { atMs, who, role, action, object: `request ${request}`, purpose: 'rights', n });
