import type { Migration } from '../store/sqlite.ts';

/** What the promises to people need in gate.db. Nobody's name, number or plate stands in it. */
export const privacyMigrations: readonly Migration[] = [
  {
    room: 'privacy',
    version: 1,
    // Tries of log-ins, so that a restart does not set guesses free; what is counted is a keyed hash.
    sql: `CREATE TABLE login_count (
      key TEXT PRIMARY KEY,
      n INTEGER NOT NULL,
      until_ms INTEGER NOT NULL
    ) WITHOUT ROWID`,
  },
];
