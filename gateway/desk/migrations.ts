import type { Migration } from '../store/sqlite.ts';

/** Tables of the desk and the outbox in gate.db. Numbers of persons are sealed; texts hold no person. */
export const deskMigrations: readonly Migration[] = [
  {
    room: 'desk',
    version: 1,
    sql: `
CREATE TABLE alerts (
  id INTEGER PRIMARY KEY,
  reference TEXT NOT NULL,
  key TEXT NOT NULL,
  rule TEXT NOT NULL,
  finding_id TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  subject_title TEXT NOT NULL,
  phase TEXT,
  severity TEXT NOT NULL,
  told_severity TEXT,
  level TEXT,
  condition TEXT NOT NULL,
  work TEXT NOT NULL,
  raised_ms INTEGER NOT NULL,
  since_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  cleared_ms INTEGER,
  ack_ms INTEGER,
  ack_by TEXT,
  closed_ms INTEGER,
  count INTEGER NOT NULL,
  cycles INTEGER NOT NULL,
  window_ms INTEGER NOT NULL,
  evidence TEXT NOT NULL,
  text_zh TEXT NOT NULL,
  text_en TEXT NOT NULL,
  shadow INTEGER NOT NULL,
  quiet TEXT
);
-- The last word on "one alert for each key": two triggers a millisecond apart cannot both win.
CREATE UNIQUE INDEX alerts_active ON alerts (key) WHERE condition = 'active';
CREATE INDEX alerts_key ON alerts (key, id);
CREATE INDEX alerts_raised ON alerts (raised_ms);
CREATE INDEX alerts_reference ON alerts (reference);
CREATE INDEX alerts_open ON alerts (work) WHERE work <> 'closed';

-- One row for each finding that is not over; several may hang on one alert (three chargers in a house).
CREATE TABLE alert_findings (
  finding_id TEXT PRIMARY KEY,
  key TEXT NOT NULL,
  alert_id INTEGER,
  severity TEXT NOT NULL,
  held_until_ms INTEGER,
  body TEXT NOT NULL
);
CREATE INDEX alert_findings_key ON alert_findings (key);

CREATE TABLE alert_events (
  id INTEGER PRIMARY KEY,
  alert_id INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  what TEXT NOT NULL,
  who TEXT NOT NULL,
  note TEXT
);
CREATE INDEX alert_events_alert ON alert_events (alert_id, id);

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  once TEXT UNIQUE,
  alert_id INTEGER,
  channel TEXT NOT NULL,
  recipient TEXT NOT NULL,
  message_id TEXT NOT NULL,
  text TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting',
  priority INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  again INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL,
  next_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  sent_ms INTEGER,
  done_ms INTEGER,
  reason TEXT,
  reference TEXT
);
CREATE INDEX outbox_due ON outbox (channel, priority, next_ms) WHERE state = 'waiting';
CREATE INDEX outbox_state ON outbox (state, channel) WHERE state IN ('waiting', 'sending', 'sent');
CREATE INDEX outbox_alert ON outbox (alert_id, id);
CREATE INDEX outbox_recipient ON outbox (recipient, created_ms);

CREATE TABLE timers (
  id INTEGER PRIMARY KEY,
  alert_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  due_ms INTEGER NOT NULL
);
CREATE UNIQUE INDEX timers_alert ON timers (alert_id, kind);
CREATE INDEX timers_due ON timers (due_ms);

CREATE TABLE held_back (
  id INTEGER PRIMARY KEY,
  person TEXT NOT NULL,
  alert_id INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  UNIQUE (person, alert_id)
);

CREATE TABLE silences (
  id INTEGER PRIMARY KEY,
  key TEXT,
  rule TEXT,
  from_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  reason TEXT NOT NULL,
  author TEXT NOT NULL
);

CREATE TABLE people (
  id TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  role TEXT NOT NULL,
  phone BLOB,
  turn INTEGER NOT NULL,
  active INTEGER NOT NULL DEFAULT 1
);

CREATE TABLE roster (
  day TEXT NOT NULL,
  slot TEXT NOT NULL,
  person TEXT NOT NULL,
  author TEXT NOT NULL,
  PRIMARY KEY (day, slot)
);

CREATE TABLE desk_state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`,
  },
  {
    room: 'desk',
    version: 2,
    sql: `
-- After an outage of days the backlog is long: the oldest and the live ones are found without reading it.
CREATE INDEX outbox_oldest ON outbox (channel, id) WHERE state = 'waiting';
CREATE INDEX outbox_live ON outbox (channel, created_ms) WHERE state = 'waiting';
`,
  },
  {
    room: 'desk',
    version: 3,
    sql: `
CREATE TABLE reports (
  kind TEXT NOT NULL,
  day TEXT NOT NULL,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  html TEXT NOT NULL,
  made_ms INTEGER NOT NULL,
  PRIMARY KEY (kind, day)
);

CREATE TABLE cases (
  id INTEGER PRIMARY KEY,
  alert_id INTEGER UNIQUE,
  rule TEXT NOT NULL,
  place TEXT NOT NULL,
  state TEXT NOT NULL,
  due_ms INTEGER,
  opened_ms INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL,
  grid_number TEXT
);
CREATE INDEX cases_due ON cases (due_ms) WHERE due_ms IS NOT NULL;

CREATE TABLE case_steps (
  id INTEGER PRIMARY KEY,
  case_id INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  state TEXT NOT NULL,
  who TEXT NOT NULL,
  note TEXT
);
CREATE INDEX case_steps_case ON case_steps (case_id, id);

-- Append-only: each line carries the hash of the one before it.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  who TEXT NOT NULL,
  role TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  purpose TEXT NOT NULL,
  n INTEGER NOT NULL,
  chain TEXT NOT NULL
);
CREATE INDEX audit_time ON audit (at_ms);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
`,
  },
  {
    room: 'desk',
    version: 4,
    sql: `
-- The look for what has expired must not read the backlog of an outage every second.
CREATE INDEX outbox_expires ON outbox (expires_ms) WHERE state = 'waiting';
CREATE INDEX outbox_unconfirmed ON outbox (channel, next_ms) WHERE state = 'sent';
CREATE INDEX outbox_reference ON outbox (reference) WHERE reference IS NOT NULL;
`,
  },
  {
    room: 'desk',
    version: 5,
    sql: `
-- A provider of SMS is sent the values of its template. \`twin\` is the row of the same message over the modem.
ALTER TABLE outbox ADD COLUMN params TEXT;
ALTER TABLE outbox ADD COLUMN twin INTEGER;
CREATE INDEX outbox_twin ON outbox (twin) WHERE twin IS NOT NULL;
`,
  },
  {
    room: 'desk',
    version: 6,
    sql: `
CREATE TABLE boards (
  month TEXT PRIMARY KEY,
  figures TEXT NOT NULL,
  made_ms INTEGER NOT NULL,
  board TEXT,
  released_ms INTEGER
);
CREATE TABLE board_marks (
  id INTEGER PRIMARY KEY,
  month TEXT NOT NULL,
  place TEXT NOT NULL,
  mark TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  who TEXT NOT NULL
);
CREATE INDEX board_marks_month ON board_marks (month, place);
CREATE TABLE board_releases (
  month TEXT NOT NULL,
  role TEXT NOT NULL,
  who TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (month, role)
);
`,
  },
  {
    room: 'desk',
    version: 7,
    sql: `
-- Requests of persons by their number in the committee's register; no person.
CREATE TABLE person_request (
  id INTEGER PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  due_ms INTEGER NOT NULL,
  result TEXT,
  closed_ms INTEGER
);
`,
  },
  {
    room: 'desk',
    version: 8,
    sql: `
-- Days that are not what the week says, and quiet hours of their own; local dates, the last one included.
CREATE TABLE calendar (
  id INTEGER PRIMARY KEY,
  from_day TEXT NOT NULL,
  to_day TEXT NOT NULL,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  quiet_from INTEGER,
  quiet_to INTEGER,
  author TEXT NOT NULL
);
CREATE INDEX calendar_days ON calendar (to_day, from_day);

-- Announced works: alerts of what they cover are recorded and not told. \`subject\` is empty for the whole site.
CREATE TABLE maintenance (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  title TEXT NOT NULL,
  from_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  reason TEXT NOT NULL,
  author TEXT NOT NULL,
  ended_ms INTEGER
);
CREATE INDEX maintenance_until ON maintenance (until_ms);
`,
  },
];
