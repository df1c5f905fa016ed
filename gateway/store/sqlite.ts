import sqlite3 from 'sqlite3';
import { createPrepared, type Prepared } from './prepared.ts';

export type SqlValue = string | number | null | Uint8Array;

/** Reading and writing, inside or outside a transaction. */
export interface Statements {
  run(
    sql: string,
    params?: readonly SqlValue[],
  ): Promise<{ readonly changes: number; readonly lastId: number }>;
  get<T>(sql: string, params?: readonly SqlValue[]): Promise<T | undefined>;
  all<T>(sql: string, params?: readonly SqlValue[]): Promise<readonly T[]>;
}

/** What a room sees of one SQLite file. One connection, one mutex around every transaction. */
export interface Sqlite extends Statements {
  /** BEGIN IMMEDIATE … COMMIT as one critical section; an exception rolls back. Others wait. */
  transaction<T>(work: (tx: Statements) => Promise<T>): Promise<T>;
  /** Several statements without parameters. */
  exec(sql: string): Promise<void>;
  /** A consistent copy into a new file, while in use. */
  backup(file: string): Promise<void>;
  close(): Promise<void>;
}

/** One step of a room's schema; `version` counts from 1 within the room. */
export interface Migration {
  readonly room: string;
  readonly version: number;
  readonly sql: string;
}

export interface SqliteOptions {
  readonly readOnly?: boolean;
  /** Bytes of a page; only for a file that does not exist yet. Small pages halve the cost of small commits. */
  readonly pageSize?: number;
  /** Pages in the WAL before it is checkpointed; 0: only when asked. */
  readonly walAutoCheckpoint?: number;
  /** Overwrites what is deleted: for personal data. */
  readonly secureDelete?: boolean;
  readonly busyTimeoutMs?: number;
  readonly cacheKb?: number;
}

/** A failure of SQLite; `code` is its name, e.g. SQLITE_FULL. */
export class SqliteError extends Error {
  override readonly name = 'SqliteError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A WAL keeps so much room when it begins anew, bytes. */
const walKeptBytes = 4 * 1024 * 1024;

/** Marks a file as ours (PRAGMA application_id): "gate". */
export const applicationId = 0x67617465;

/**
 * Opens a file in WAL mode with `synchronous=FULL`, and makes sure that it is so. This is the only file that
 * knows the package sqlite3, whose traps it closes: values it would turn into NULL are refused, every call has a
 * callback (a failed call without one ends the process), transactions of one connection never mix.
 */
export async function openSqlite(file: string, options: SqliteOptions = {}): Promise<Sqlite> {
  const { readOnly = false, pageSize, walAutoCheckpoint = 1000, secureDelete = false } = options;
  const { busyTimeoutMs = 5000, cacheKb = 4096 } = options;
  const mode = readOnly ? sqlite3.OPEN_READONLY : sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE;
  const db = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened = new sqlite3.Database(file, mode, (error) =>
      error ? reject(told(error)) : resolve(opened),
    );
  });
  // Without a listener an error outside any call would end the process.
  db.on('error', () => {});
  const prepared = createPrepared((sql, done) => db.prepare(sql, done));
  const raw = statements(db, prepared);
  try {
    await raw.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    await raw.run(`PRAGMA cache_size = -${cacheKb}`);
    await raw.run('PRAGMA foreign_keys = ON');
    await raw.run('PRAGMA temp_store = MEMORY');
    if (!readOnly) {
      if (pageSize) await raw.run(`PRAGMA page_size = ${pageSize}`);
      await raw.run('PRAGMA journal_mode = WAL');
      await raw.run('PRAGMA synchronous = FULL');
      await raw.run(`PRAGMA wal_autocheckpoint = ${walAutoCheckpoint}`);
      // A WAL that grew longer is cut to this when it begins anew: its length says how much waits in it.
      await raw.run(`PRAGMA journal_size_limit = ${walKeptBytes}`);
      await raw.run(`PRAGMA secure_delete = ${secureDelete ? 'ON' : 'OFF'}`);
      await raw.run(`PRAGMA application_id = ${applicationId}`);
      const journal = await raw.get<{ journal_mode: string }>('PRAGMA journal_mode');
      const synchronous = await raw.get<{ synchronous: number }>('PRAGMA synchronous');
      if (journal?.journal_mode !== 'wal' || synchronous?.synchronous !== 2) {
        throw new SqliteError('SQLITE_MISUSE', `${file} is not in WAL mode with synchronous=FULL`);
      }
    }
    // A file that is no database says so only when it is read.
    await raw.get('SELECT count(*) FROM sqlite_schema');
  } catch (error) {
    prepared.finalize();
    await closed(db).catch(() => {});
    throw error;
  }
  return guarded(db, prepared, raw);
}

function guarded(
  db: sqlite3.Database,
  prepared: Prepared<sqlite3.Statement>,
  raw: Statements,
): Sqlite {
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: a call never slips into somebody else's transaction. */
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work);
    last = mine.catch(() => {});
    return mine;
  };
  return {
    run: (sql, params) => alone(() => raw.run(sql, params)),
    get: <T>(sql: string, params?: readonly SqlValue[]) => alone(() => raw.get<T>(sql, params)),
    all: <T>(sql: string, params?: readonly SqlValue[]) => alone(() => raw.all<T>(sql, params)),
    transaction: (work) =>
      alone(async () => {
        await raw.run('BEGIN IMMEDIATE');
        try {
          const result = await work(raw);
          await raw.run('COMMIT');
          return result;
        } catch (error) {
          // SQLite may have rolled back already (a full disk): then this fails, and the first error counts.
          await raw.run('ROLLBACK').catch(() => {});
          throw error;
        }
      }),
    exec: (sql) =>
      alone(
        () =>
          new Promise<void>((resolve, reject) => {
            db.exec(sql, (error) => (error ? reject(told(error)) : resolve()));
          }),
      ),
    backup: (file) =>
      alone(async () => {
        await raw.run('VACUUM INTO ?', [file]);
      }),
    close: () =>
      alone(() => {
        prepared.finalize();
        return closed(db);
      }),
  };
}

function statements(db: sqlite3.Database, prepared: Prepared<sqlite3.Statement>): Statements {
  return {
    run: (sql, params) =>
      new Promise((resolve, reject) => {
        const values = bound(params);
        const statement = prepared.of(sql);
        function done(this: sqlite3.RunResult, error: Error | null) {
          if (!error) {
            resolve({ changes: this.changes, lastId: this.lastID });
            return;
          }
          if (statement) prepared.drop(sql);
          reject(told(error));
        }
        if (statement) statement.run(values, done);
        else db.run(sql, values, done);
      }),
    get: <T>(sql: string, params?: readonly SqlValue[]) =>
      new Promise<T | undefined>((resolve, reject) => {
        db.get(sql, bound(params), (error: Error | null, row: T | undefined) => {
          if (error) reject(told(error));
          else resolve(row);
        });
      }),
    all: <T>(sql: string, params?: readonly SqlValue[]) =>
      new Promise<readonly T[]>((resolve, reject) => {
        db.all(sql, bound(params), (error: Error | null, rows: T[]) => {
          if (error) reject(told(error));
          else resolve(rows);
        });
      }),
  };
}

/** Parameters that arrive as they are meant: BigInt, undefined and NaN would become NULL without a word. */
function bound(params: readonly SqlValue[] = []): unknown[] {
  return params.map((value, index) => {
    if (value === null || typeof value === 'string') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (value instanceof Uint8Array) {
      return Buffer.isBuffer(value)
        ? value
        : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    throw new TypeError(
      `SQL parameter ${index + 1} cannot be stored: ${typeof value} ${String(value).slice(0, 20)}`,
    );
  });
}

function closed(db: sqlite3.Database): Promise<void> {
  return new Promise((resolve, reject) => {
    db.close((error) => (error ? reject(told(error)) : resolve()));
  });
}

function told(error: Error): SqliteError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'SQLITE_ERROR';
  return new SqliteError(code, error.message, { cause: error });
}
