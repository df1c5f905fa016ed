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
    ) WITHOUT ROWID;
    -- Passages that a person has had restricted (PR-20): rows of \`event\`, where no query of the box looks for them.
    CREATE TABLE restricted_event (
      id INTEGER PRIMARY KEY,
      seq INTEGER NOT NULL,
      kind TEXT NOT NULL,
      device TEXT NOT NULL,
      at_ms INTEGER NOT NULL,
      identity TEXT NOT NULL,
      body TEXT NOT NULL,
      plate TEXT,
      plate_hash TEXT
    );
    CREATE INDEX restricted_plate ON restricted_event (plate_hash);
    CREATE INDEX restricted_at ON restricted_event (at_ms);
    -- What somebody agreed to, refused or withdrew; each step a row, nothing is overwritten. Who it is: a keyed hash.
    CREATE TABLE consent (
      id INTEGER PRIMARY KEY,
      subject TEXT NOT NULL,
      at_ms INTEGER NOT NULL,
      step TEXT NOT NULL,
      body TEXT NOT NULL
    );
    CREATE INDEX consent_subject ON consent (subject, id);
    CREATE INDEX consent_at ON consent (at_ms)`,
  },
];
