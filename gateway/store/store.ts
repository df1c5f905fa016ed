import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { GatewayError } from '../errors.ts';
import { type Keys, openKeys } from '../privacy/keys.ts';
import { writeDurably } from './durable.ts';
import { lockDirectory } from './lock.ts';
import { migrate } from './migrations.ts';
import { salvage } from './salvage.ts';
import {
  applicationId,
  type Migration,
  openSqlite,
  type Sqlite,
  SqliteError,
  type SqliteOptions,
} from './sqlite.ts';

/** The two files of a box: loads without persons, and everything that has to do with people. */
export interface Store {
  readonly dataDir: string;
  readonly load: Sqlite;
  readonly gate: Sqlite;
  readonly keys: Keys;
  /** What had to be put right at the start; each must become an alert: nothing is silently new. */
  readonly notices: readonly StoreNotice[];
  close(): Promise<void>;
}

export interface StoreNotice {
  readonly file: string;
  /** `lost`: it should be there and is not; `damaged`: it was moved aside. */
  readonly what: 'lost' | 'damaged';
  readonly movedTo?: string;
  readonly reason: string;
  /** Rows that were saved out of the damaged file. */
  readonly salvaged?: number;
}

export interface StoreParts {
  readonly dataDir: string;
  readonly keysDir?: string | undefined;
  readonly load: readonly Migration[];
  readonly gate: readonly Migration[];
  /** For the name of a file that is moved aside. */
  readonly nowMs: number;
}

const files = { load: 'load.db', gate: 'gate.db' } as const;
/** Small pages: a commit of a few readings then writes 1 KB, not 4. The WAL is checkpointed in quiet moments. */
const options: Readonly<Record<keyof typeof files, SqliteOptions>> = {
  load: { pageSize: 1024, walAutoCheckpoint: 0, cacheKb: 8192 },
  gate: { pageSize: 4096, secureDelete: true },
};
/** Stands beside the files once they were made: an empty file is then known for a loss. */
const marker = 'initialised';
/** Stands beside the files when one was found damaged at work: the next start looks closely. */
const suspect = 'suspect';
/** Larger files are looked through at a start only where there is suspicion, bytes: it takes a minute a GB on a card. */
const checkedBytes = 64 * 1024 * 1024;
/** The box is of use to people again after so long, whatever could be saved until then. */
const salvageMs = 60_000;

/** Tells the next start that a file of this store is damaged. */
export function markSuspect(dataDir: string): void {
  writeFileSync(join(dataDir, suspect), '', { mode: 0o600 });
}

/** Opens or makes the store. A damaged file is moved aside with its date and said so; a foreign one is refused. */
export async function openStore(parts: StoreParts): Promise<Store> {
  const { dataDir } = parts;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const unlock = lockDirectory(dataDir);
  const open: Sqlite[] = [];
  try {
    const initialised = existsSync(join(dataDir, marker));
    const notices: StoreNotice[] = [];
    const openFile = async (name: keyof typeof files) => {
      const notice = await setAside(dataDir, files[name], initialised, parts.nowMs);
      const db = await openSqlite(join(dataDir, files[name]), options[name]);
      open.push(db);
      await migrate(db, parts[name]);
      if (notice?.movedTo === undefined) {
        if (notice) notices.push(notice);
        return db;
      }
      const aside = join(dataDir, notice.movedTo);
      const { rows } = await salvage(aside, db, () => performance.now(), salvageMs);
      notices.push({ ...notice, salvaged: rows });
      return db;
    };
    const load = await openFile('load');
    const gate = await openFile('gate');
    const keys = openKeys(
      dataDir,
      parts.keysDir,
      !initialised || notices.some(({ file }) => file === files.gate),
    );
    rmSync(join(dataDir, suspect), { force: true });
    if (!initialised)
      writeDurably(join(dataDir, marker), `${new Date(parts.nowMs).toISOString()}\n`);
    return {
      dataDir,
      load,
      gate,
      keys,
      notices,
      async close() {
        for (const db of open.reverse()) await db.close();
        unlock();
      },
    };
  } catch (error) {
    for (const db of open) await db.close().catch(() => {});
    unlock();
    if (error instanceof SqliteError) {
      throw new GatewayError(
        'STORE_REFUSED',
        `Cannot open the store in ${dataDir}: ${error.message}`,
        { cause: error },
      );
    }
    throw error;
  }
}

/** Moves a damaged file out of the way. Returns what has to be told; null where all is well or all is new. */
async function setAside(
  dataDir: string,
  name: string,
  initialised: boolean,
  nowMs: number,
): Promise<StoreNotice | null> {
  const file = join(dataDir, name);
  if (!existsSync(file)) {
    return initialised ? { file: name, what: 'lost', reason: 'the file is gone' } : null;
  }
  const reason = await damage(file, initialised);
  if (reason === null) return null;
  if (!initialised && statSync(file).size > 0) {
    throw new GatewayError('STORE_FOREIGN', `${file} is no database of ours: ${reason}`);
  }
  const movedTo = `${name}.damaged-${new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-')}`;
  for (const tail of ['', '-wal', '-shm']) {
    if (existsSync(file + tail)) renameSync(file + tail, join(dataDir, movedTo + tail));
  }
  return initialised ? { file: name, what: 'damaged', movedTo, reason } : null;
}

/** Why a file cannot be used; null if it can. A locked or unreadable one is no damage and is thrown. */
async function damage(file: string, initialised: boolean): Promise<string | null> {
  if (statSync(file).size === 0) return 'it is empty';
  if (!isDatabase(file)) return 'it is no database';
  let db: Sqlite | undefined;
  try {
    if (!initialised && !(await isOurs(file))) return 'it belongs to another program';
    db = await openSqlite(file, { walAutoCheckpoint: 0 });
    if (statSync(file).size > checkedBytes && !existsSync(join(dirname(file), suspect)))
      return null;
    const row = await db.get<{ quick_check: string }>('PRAGMA quick_check(1)');
    return row?.quick_check === 'ok' ? null : (row?.quick_check ?? 'it cannot be checked');
  } catch (error) {
    if (error instanceof SqliteError && ['SQLITE_CORRUPT', 'SQLITE_NOTADB'].includes(error.code))
      return error.message;
    throw error;
  } finally {
    await db?.close();
  }
}

function isDatabase(file: string): boolean {
  const head = Buffer.alloc(15);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, head);
  } finally {
    closeSync(handle);
  }
  return head.equals(Buffer.from('SQLite format 3'));
}

/** True for a database of ours, and for one of nobody with nothing in it: a first start that was ended too early. */
async function isOurs(file: string): Promise<boolean> {
  let db: Sqlite | undefined;
  try {
    db = await openSqlite(file, { readOnly: true });
    const row = await db.get<{ application_id: number }>('PRAGMA application_id');
    if (row?.application_id === applicationId) return true;
    const tables = await db.get<{ n: number }>('SELECT count(*) AS n FROM sqlite_master');
    return row?.application_id === 0 && tables?.n === 0;
  } catch (error) {
    // Its very first write was cut off and would have to be rolled back, which reading alone may not do.
    if (error instanceof SqliteError && error.code === 'SQLITE_READONLY') return isBlank(file);
    throw error;
  } finally {
    await db?.close();
  }
}

/** Nothing on the first page yet: no application's id (byte 68), no table (cells of the page, byte 103). */
function isBlank(file: string): boolean {
  const head = Buffer.alloc(105);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, head, 0, head.length, 0);
  } finally {
    closeSync(handle);
  }
  return head.readUInt32BE(68) === 0 && head.readUInt16BE(103) === 0;
}
