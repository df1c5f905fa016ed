import type { Migration } from '../store/sqlite.ts';

/** Accounts and their sessions. Tokens are kept as hashes: who reads the file cannot log in with them. */
export const consoleMigrations: readonly Migration[] = [
  {
    room: 'console',
    version: 1,
    sql: `CREATE TABLE account (
      name TEXT PRIMARY KEY,
      role TEXT NOT NULL,
      password TEXT NOT NULL,
      created_ms INTEGER NOT NULL
    );
    CREATE TABLE session (
      token TEXT PRIMARY KEY,
      account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
      used_ms INTEGER NOT NULL,
      idle_ms INTEGER NOT NULL
    )`,
  },
];
