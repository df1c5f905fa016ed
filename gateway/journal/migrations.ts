import type { Migration } from '../store/sqlite.ts';

/** load.db: loads, without persons. One row a flush; its blob holds the readings. */
export const loadMigrations: readonly Migration[] = [
  {
    room: 'journal',
    version: 1,
    sql: `CREATE TABLE journal (
      seq INTEGER PRIMARY KEY,
      at_ms INTEGER NOT NULL,
      step_ms INTEGER NOT NULL,
      start INTEGER NOT NULL,
      events INTEGER NOT NULL,
      n INTEGER NOT NULL,
      first_ms INTEGER NOT NULL,
      last_ms INTEGER NOT NULL,
      body BLOB
    );
    CREATE TABLE device (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)`,
  },
  {
    // What past hours become: a block of readings for each device and hour, its quarters for each day.
    room: 'journal',
    version: 2,
    sql: `CREATE TABLE hour (
      hour_ms INTEGER NOT NULL,
      device INTEGER NOT NULL,
      n INTEGER NOT NULL,
      body BLOB NOT NULL,
      PRIMARY KEY (hour_ms, device)
    );
    CREATE TABLE day (
      day_ms INTEGER NOT NULL,
      device INTEGER NOT NULL,
      body BLOB NOT NULL,
      PRIMARY KEY (day_ms, device)
    );
    CREATE TABLE compacted (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL)`,
  },
  {
    // The curve of one meter over months touches its own hours only.
    room: 'journal',
    version: 3,
    sql: `CREATE INDEX hour_device ON hour (device, hour_ms);
    CREATE INDEX day_device ON day (device, day_ms)`,
  },
];

/** gate.db: everything else that devices said, and what could not be read. Plates are sealed. */
export const eventMigrations: readonly Migration[] = [
  {
    room: 'journal',
    version: 1,
    sql: `CREATE TABLE event (
      id INTEGER PRIMARY KEY,
      seq INTEGER NOT NULL,
      kind TEXT NOT NULL,
      device TEXT NOT NULL,
      at_ms INTEGER NOT NULL,
      identity TEXT NOT NULL UNIQUE,
      body TEXT NOT NULL,
      plate TEXT
    );
    CREATE INDEX event_seq ON event (seq);
    CREATE INDEX event_at ON event (kind, at_ms);
    CREATE TABLE quarantine (
      id INTEGER PRIMARY KEY,
      seq INTEGER NOT NULL,
      at_ms INTEGER NOT NULL,
      device TEXT NOT NULL,
      topic TEXT NOT NULL,
      reason TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      payload TEXT
    );
    CREATE INDEX quarantine_at ON quarantine (at_ms)`,
  },
  {
    room: 'journal',
    version: 2,
    // A keyed hash (PR-11): finds one vehicle's passages for its owner when the plate itself has gone.
    sql: `ALTER TABLE event ADD COLUMN plate_hash TEXT;
    CREATE INDEX event_plate ON event (plate_hash) WHERE plate_hash IS NOT NULL;
    CREATE INDEX event_clear ON event (at_ms) WHERE plate IS NOT NULL`,
  },
  {
    room: 'journal',
    version: 3,
    // Windows of gate records that nobody may delete for a while (PR-18).
    sql: `CREATE TABLE hold (
      id INTEGER PRIMARY KEY,
      from_ms INTEGER NOT NULL,
      to_ms INTEGER NOT NULL,
      reason TEXT NOT NULL,
      document TEXT NOT NULL,
      asked_by TEXT NOT NULL,
      asked_role TEXT NOT NULL,
      asked_ms INTEGER NOT NULL,
      approved_by TEXT,
      approved_role TEXT,
      approved_ms INTEGER,
      ends_ms INTEGER NOT NULL,
      lifted_ms INTEGER
    )`,
  },
];
