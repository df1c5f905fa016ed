import { setTimeout as wait } from 'node:timers/promises';
import { GatewayError } from '../errors.ts';
import type { Sqlite } from '../store/sqlite.ts';
import { audit } from './audit.ts';
import { addKey, destroyKey, type Keys, keyNumberOf, keyNumbers, reloadMs } from './keys.ts';

/** What a rotation did. */
export interface Rotated {
  /** Number of the key that is used from now on. */
  readonly key: number;
  /** Columns that were sealed anew. */
  readonly resealed: number;
}

/** Every column that is sealed, and whether it lies there as text or as bytes. What is JSON lies in clear on purpose. */
const columns = [
  { table: 'event', column: 'plate', text: true },
  { table: 'event', column: 'body', text: true },
  { table: 'restricted_event', column: 'plate', text: true },
  { table: 'restricted_event', column: 'body', text: true },
  { table: 'consent', column: 'body', text: true },
  { table: 'people', column: 'phone', text: false },
  { table: 'account', column: 'factor', text: false },
  { table: 'account', column: 'factor_new', text: false },
] as const;
type Column = (typeof columns)[number];

/** Rows in one transaction: so long a running gateway may have to wait. */
const rowsPerStep = 200;
/** What the gateway sealed just before it learnt of the new key is on the disk by then, ms. */
const settleMs = 10_000;

/**
 * A new key, everything sealed anew with it, the old ones destroyed. The gateway may run: it takes the new key within a
 * second. Killed anywhere it is simply run again: as long as more than one key is there, it goes on where it was.
 */
export async function rotateKeys(parts: {
  readonly gate: Sqlite;
  readonly keys: Keys;
  readonly folder: string;
  readonly nowMs: () => number;
  readonly onStep?: (resealed: number) => void;
  readonly waitMs?: number;
}): Promise<Rotated> {
  const { gate, keys, folder, onStep, waitMs = settleMs } = parts;
  const before = keyNumbers(folder);
  const goesOn = before.length > 1;
  const key = goesOn ? (before.at(-1) ?? 0) : addKey(folder);
  await wait(2 * reloadMs);
  let resealed = 0;
  const pass = async () => {
    let n = 0;
    for (const column of columns) {
      n += await reseal({ gate, keys, key }, column, (rows) => {
        resealed += rows;
        onStep?.(resealed);
      });
    }
    return n;
  };
  await pass();
  // Until nothing comes after any more that was sealed with an old key.
  do await wait(waitMs);
  while ((await pass()) > 0);
  for (const old of keyNumbers(folder)) if (old !== key) destroyKey(folder, old);
  await audit(gate, {
    atMs: parts.nowMs(),
    who: 'box',
    role: '',
    action: 'keys.rotate',
    object: `key ${key}`,
    purpose: 'security',
    n: resealed,
  });
  return { key, resealed };
}

interface Row {
  readonly id: number;
  readonly sealed: string | Uint8Array;
}

async function reseal(
  { gate, keys, key }: { readonly gate: Sqlite; readonly keys: Keys; readonly key: number },
  { table, column, text }: Column,
  onRows: (n: number) => void,
): Promise<number> {
  let [last, n] = [-1, 0];
  for (;;) {
    const rows = await gate.all<Row>(
      `SELECT rowid AS id, ${column} AS sealed FROM ${table} WHERE rowid > ? AND ${column} IS NOT NULL
       AND substr(${column}, 1, 1) <> '{' ORDER BY rowid LIMIT ${rowsPerStep}`,
      [last],
    );
    const [end] = rows.slice(-1);
    if (!end) return n;
    last = end.id;
    const old = rows.filter(({ sealed }) => keyNumberOf(bytesOf(sealed)) !== key);
    if (old.length === 0) continue;
    await gate.transaction(async (tx) => {
      for (const { id, sealed } of old) {
        const fresh = Buffer.from(keys.seal(keys.open(bytesOf(sealed))));
        if (keyNumberOf(fresh) !== key)
          throw new GatewayError(
            'KEYS_MISSING',
            `Key ${key} is not the newest any more: run it again`,
          );
        // Only what still stands there: the purge may have been quicker.
        await tx.run(`UPDATE ${table} SET ${column} = ? WHERE rowid = ? AND ${column} = ?`, [
          text ? fresh.toString('base64') : fresh,
          id,
          sealed,
        ]);
      }
    });
    n += old.length;
    onRows(old.length);
  }
}

const bytesOf = (sealed: string | Uint8Array): Uint8Array =>
  typeof sealed === 'string' ? Buffer.from(sealed, 'base64') : sealed;
