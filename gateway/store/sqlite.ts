/** Placeholder of the seam; the journal room owns this file. */
export type SqlValue = string | number | null | Uint8Array;

/** What a room sees of one SQLite file. One writer, one mutex around every transaction. */
export interface Sqlite {
  run(
    sql: string,
    params?: readonly SqlValue[],
  ): Promise<{ readonly changes: number; readonly lastId: number }>;
  get<T>(sql: string, params?: readonly SqlValue[]): Promise<T | undefined>;
  all<T>(sql: string, params?: readonly SqlValue[]): Promise<readonly T[]>;
  /** BEGIN IMMEDIATE … COMMIT as one critical section; an exception rolls back. Others wait. */
  transaction<T>(work: (tx: Pick<Sqlite, 'run' | 'get' | 'all'>) => Promise<T>): Promise<T>;
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
