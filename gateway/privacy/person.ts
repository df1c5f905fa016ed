import { bodyOf, plateClass } from '../journal/events.ts';
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
  /** Kept, and used for nothing, at the owner's request. */
  readonly restricted?: true;
}

interface Row {
  readonly body: string;
  readonly at_ms: number;
  readonly restricted: number;
}

/** As a plate is typed: without spaces or the dot, letters large. */
export const plainPlate = (text: string): string => text.replaceAll(/[\s·.・-]/g, '').toUpperCase();

const hashOf = (keys: Pick<Keys, 'pseudonym'>, plate: string) =>
  keys.pseudonym(plateClass, plainPlate(plate));

async function passagesOf(db: Statements, keys: Keys, hash: string): Promise<OwnPassage[]> {
  const rows = await db.all<Row>(
    `SELECT body, at_ms, 0 AS restricted FROM event WHERE plate_hash = ?
     UNION ALL SELECT body, at_ms, 1 FROM restricted_event WHERE plate_hash = ? ORDER BY at_ms`,
    [hash, hash],
  );
  return rows.map(({ body, restricted }) => {
    const { atMs, lane, direction, result } = JSON.parse(bodyOf(body, keys));
    return { atMs, lane, direction, result, ...(restricted === 1 ? { restricted: true } : {}) };
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
    const passages = await passagesOf(tx, keys, hashOf(keys, plate));
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
  return audited(gate, 'person.delete', on, (tx) =>
    deleteBefore(tx, hashOf(keys, plate), Number.MAX_SAFE_INTEGER),
  );
}

/**
 * A camera has misread a plate: what is kept of it between two times (both included) becomes another's. Returns how many
 * rows changed. The passage itself, its time and lane, stays as the device said it.
 */
export function correctVehicle(
  gate: Sqlite,
  keys: Keys,
  of: {
    readonly plate: string;
    readonly right: string;
    readonly fromMs?: number | undefined;
    readonly toMs?: number | undefined;
  },
  on: OnBehalf,
): Promise<number> {
  const { plate, right, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER } = of;
  const wrong = hashOf(keys, plate);
  return audited(gate, 'person.correct', on, async (tx) => {
    let n = 0;
    for (const table of tables) {
      const rows = await tx.all<{ id: number; readable: number }>(
        `SELECT id, plate IS NOT NULL AS readable FROM ${table}
         WHERE plate_hash = ? AND at_ms BETWEEN ? AND ?`,
        [wrong, fromMs, toMs],
      );
      for (const { id, readable } of rows) {
        // A plate that has gone already is not brought back by its correction.
        const sealed = readable
          ? Buffer.from(keys.seal(plainPlate(right))).toString('base64')
          : null;
        await tx.run(`UPDATE ${table} SET plate = ?, plate_hash = ? WHERE id = ?`, [
          sealed,
          hashOf(keys, right),
          id,
        ]);
      }
      n += rows.length;
    }
    return n;
  });
}

/**
 * Restricts what is kept of a vehicle now: stored, and used for nothing until it is lifted or its time is over (PIPL
 * art. 47). Returns how many rows it were.
 */
export function restrictVehicle(
  gate: Sqlite,
  keys: Keys,
  plate: string,
  on: OnBehalf,
): Promise<number> {
  return audited(gate, 'person.restrict', on, (tx) =>
    setAside(tx, hashOf(keys, plate), Number.MAX_SAFE_INTEGER),
  );
}

/** Ends a restriction. Returns how many rows are used again. */
export function liftVehicle(
  gate: Sqlite,
  keys: Keys,
  plate: string,
  on: OnBehalf,
): Promise<number> {
  return audited(gate, 'person.lift', on, (tx) => bringBack(tx, hashOf(keys, plate)));
}

/** Does something to rows of a person and says in the audit to how many; both or neither. */
const audited = (
  gate: Sqlite,
  action: string,
  on: OnBehalf,
  work: (tx: Statements) => Promise<number>,
): Promise<number> =>
  gate.transaction(async (tx) => {
    const n = await work(tx);
    await note(tx, action, on, n);
    return n;
  });

/** Where passages lie: those in use, and those that are restricted. */
const tables = ['event', 'restricted_event'] as const;
const columns = 'seq, kind, device, at_ms, identity, body, plate, plate_hash';

/** Deletes what was kept of a hash before a time; also again, in a copy that comes back. */
export async function deleteBefore(tx: Statements, hash: string, atMs: number): Promise<number> {
  let n = 0;
  for (const table of tables) {
    const sql = `DELETE FROM ${table} WHERE plate_hash = ? AND at_ms < ?`;
    n += (await tx.run(sql, [hash, atMs])).changes;
  }
  return n;
}

/** Takes rows to where no query of the box looks for them. */
export async function setAside(tx: Statements, hash: string, atMs: number): Promise<number> {
  const { changes } = await tx.run(
    `INSERT INTO restricted_event (${columns}) SELECT ${columns} FROM event WHERE plate_hash = ? AND at_ms < ?`,
    [hash, atMs],
  );
  await tx.run('DELETE FROM event WHERE plate_hash = ? AND at_ms < ?', [hash, atMs]);
  return changes;
}

export async function bringBack(tx: Statements, hash: string): Promise<number> {
  // What a device has said again meanwhile is there already.
  const { changes } = await tx.run(
    `INSERT OR IGNORE INTO event (${columns}) SELECT ${columns} FROM restricted_event WHERE plate_hash = ?`,
    [hash],
  );
  await tx.run('DELETE FROM restricted_event WHERE plate_hash = ?', [hash]);
  return changes;
}

const note = (tx: Statements, action: string, { who, role, request, atMs }: OnBehalf, n: number) =>
  writeAudit(tx, { atMs, who, role, action, object: `request ${request}`, purpose: 'rights', n });
