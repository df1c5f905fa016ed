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
  {
    room: 'console',
    version: 2,
    sql: `ALTER TABLE account ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;
    -- Of a demonstration: good only while one runs.
    ALTER TABLE account ADD COLUMN demo INTEGER NOT NULL DEFAULT 0;
    -- One-time code with which a person chooses a password of their own, as a hash.
    ALTER TABLE account ADD COLUMN code TEXT;
    ALTER TABLE account ADD COLUMN code_until_ms INTEGER;
    ALTER TABLE account ADD COLUMN seen_ms INTEGER;
    -- Secret of the second factor, sealed; the new one waits for its first right code.
    ALTER TABLE account ADD COLUMN factor BLOB;
    ALTER TABLE account ADD COLUMN factor_new BLOB;
    ALTER TABLE account ADD COLUMN factor_step INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE recovery (
      account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
      code TEXT NOT NULL,
      PRIMARY KEY (account, code)
    ) WITHOUT ROWID;
    ALTER TABLE session ADD COLUMN until_ms INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX session_account ON session (account, until_ms);
    UPDATE account SET demo = 1 WHERE name GLOB 'demo-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]'`,
  },
];
