import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { Snapshot } from '../../rules/fold.ts';
import type { Migration, Sqlite } from '../store/sqlite.ts';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Where the rules stood at one position of the journal. */
export interface Checkpoint {
  readonly seq: number;
  readonly tickedMs: number;
  readonly snapshot: Snapshot;
}

export const engineMigrations: readonly Migration[] = [
  {
    room: 'engine',
    version: 1,
    sql: `CREATE TABLE engine_checkpoint (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      seq INTEGER NOT NULL,
      ticked_ms INTEGER NOT NULL,
      version INTEGER NOT NULL,
      states BLOB NOT NULL
    )`,
  },
];

interface Row {
  readonly seq: number;
  readonly ticked_ms: number;
  readonly version: number;
  readonly states: Uint8Array;
}

/** The last checkpoint; undefined where there is none or it cannot be read: the journal is then folded from its start. */
export async function readCheckpoint(db: Sqlite): Promise<Checkpoint | undefined> {
  const row = await db.get<Row>('SELECT seq, ticked_ms, version, states FROM engine_checkpoint');
  if (!row) return undefined;
  try {
    const states = JSON.parse((await inflate(row.states)).toString('utf8'));
    return { seq: row.seq, tickedMs: row.ticked_ms, snapshot: { version: row.version, states } };
  } catch {
    // A checkpoint only saves time: what it held follows from the journal.
    return undefined;
  }
}

/** Writes the snapshot out at once (it shares memory with the fold), packs and stores it afterwards. */
export async function writeCheckpoint(
  db: Sqlite,
  { seq, tickedMs, snapshot }: Checkpoint,
): Promise<void> {
  const text = JSON.stringify(snapshot.states);
  const states = await deflate(text);
  await db.run(
    `INSERT INTO engine_checkpoint (one, seq, ticked_ms, version, states) VALUES (1, ?, ?, ?, ?)
     ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, ticked_ms = excluded.ticked_ms,
       version = excluded.version, states = excluded.states`,
    [seq, tickedMs, snapshot.version, states],
  );
}
