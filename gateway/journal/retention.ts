import type { Sqlite } from '../store/sqlite.ts';
import { dayMs } from './rollup.ts';

/** How long what is kept, by class. */
export interface Retention {
  /** Load readings at full rate. */
  readonly rawDays: number;
  /** 15-minute values of load. */
  readonly rollupDays: number;
  readonly passageDays: number;
  /** Plates in a form that can be read, sealed; behind it the keyed hash alone is left. */
  readonly plateHours: number;
  /** What could not be read, newest first, up to so much of payload. */
  readonly quarantineMb: number;
}

/** Unreadable messages help to find a fault for so long, days. */
const quarantineDays = 30;
/** Rows deleted in one transaction: so long others may have to wait. */
const rowsPerStep = 200;

async function inSteps(step: () => Promise<{ readonly changes: number }>): Promise<number> {
  let deleted = 0;
  for (;;) {
    const { changes } = await step();
    deleted += changes;
    if (changes < rowsPerStep) return deleted;
  }
}

/** Deletes loads past their time, a few at a time. Returns how many rows went. */
export async function pruneLoads(db: Sqlite, keep: Retention, nowMs: number): Promise<number> {
  const hours = await inSteps(() =>
    db.run(
      `DELETE FROM hour WHERE rowid IN (SELECT rowid FROM hour WHERE hour_ms < ? LIMIT ${rowsPerStep})`,
      [nowMs - keep.rawDays * dayMs],
    ),
  );
  const days = await inSteps(() =>
    db.run(
      `DELETE FROM day WHERE rowid IN (SELECT rowid FROM day WHERE day_ms < ? LIMIT ${rowsPerStep})`,
      [nowMs - keep.rollupDays * dayMs],
    ),
  );
  return hours + days;
}

/** What a purge deleted, by class. */
export interface Purged {
  readonly passages: number;
  readonly plates: number;
  readonly events: number;
  readonly quarantined: number;
}

const hourMs = 3_600_000;

/** Events in no window that is held now; takes the time twice (PR-18). */
const unheldIn = (table: string) =>
  `NOT EXISTS (SELECT 1 FROM hold WHERE approved_ms <= ? AND lifted_ms IS NULL AND ends_ms > ?
  AND ${table}.at_ms >= hold.from_ms AND ${table}.at_ms < hold.to_ms)`;
const unheld = unheldIn('event');
/** What a person has had restricted (PR-20) has the same terms as the rest. */
const gateTables = ['event', 'restricted_event'] as const;

/** Deletes passages and other events past their time, plates earlier, and what overflows the quarantine. */
export async function pruneEvents(db: Sqlite, keep: Retention, nowMs: number): Promise<Purged> {
  let [plates, passages] = [0, 0];
  for (const table of gateTables) {
    plates += await inSteps(() =>
      db.run(
        `UPDATE ${table} SET plate = NULL WHERE id IN
         (SELECT id FROM ${table} WHERE plate IS NOT NULL AND at_ms < ? AND ${unheldIn(table)} LIMIT ${rowsPerStep})`,
        [nowMs - keep.plateHours * hourMs, nowMs, nowMs],
      ),
    );
    passages += await inSteps(() =>
      db.run(
        `DELETE FROM ${table} WHERE id IN
         (SELECT id FROM ${table} WHERE kind = 'passage' AND at_ms < ? AND ${unheldIn(table)} LIMIT ${rowsPerStep})`,
        [nowMs - keep.passageDays * dayMs, nowMs, nowMs],
      ),
    );
  }
  const others = await inSteps(() =>
    db.run(
      `DELETE FROM event WHERE id IN
         (SELECT id FROM event WHERE kind IN ('barrier', 'presence', 'status') AND at_ms < ? AND ${unheld} LIMIT ${rowsPerStep})`,
      [nowMs - keep.rawDays * dayMs, nowMs, nowMs],
    ),
  );
  const old = await inSteps(() =>
    db.run(
      `DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine WHERE at_ms < ? LIMIT ${rowsPerStep})`,
      [nowMs - quarantineDays * dayMs],
    ),
  );
  const overflow = await pruneQuarantine(db, keep.quarantineMb * 1e6);
  return { passages, plates, events: others, quarantined: old + overflow };
}

/** A purge may be late by so much before somebody is told, ms. */
const lateMs = 24 * hourMs;

/** Rows that ought to be gone for a day already; 0 where the purge keeps up (PR-16). */
export async function overdueRows(
  db: Pick<Sqlite, 'get'>,
  { plateHours, passageDays }: Retention,
  nowMs: number,
): Promise<number> {
  const plateMs = nowMs - plateHours * hourMs - lateMs;
  const passageMs = nowMs - passageDays * dayMs - lateMs;
  const late = gateTables.map(
    (table) =>
      `(SELECT COUNT(*) FROM ${table} WHERE plate IS NOT NULL AND at_ms < ? AND ${unheldIn(table)})
       + (SELECT COUNT(*) FROM ${table} WHERE kind = 'passage' AND at_ms < ? AND ${unheldIn(table)})`,
  );
  const row = await db.get<{ n: number }>(
    `SELECT ${late.join(' + ')} + (SELECT COUNT(*) FROM quarantine WHERE at_ms < ?) AS n`,
    [
      ...gateTables.flatMap(() => [plateMs, nowMs, nowMs, passageMs, nowMs, nowMs]),
      nowMs - quarantineDays * dayMs - lateMs,
    ],
  );
  return row?.n ?? 0;
}

/** Beside its payload a message takes about so much, bytes. */
const rowBytes = 300;

/** Keeps the newest messages that fit into `maxBytes`. */
async function pruneQuarantine(db: Sqlite, maxBytes: number): Promise<number> {
  const row = await db.get<{ id: number | null }>(
    `SELECT max(id) AS id FROM (
       SELECT id, sum(coalesce(length(payload), 0) + ${rowBytes}) OVER (ORDER BY id DESC) AS bytes FROM quarantine)
     WHERE bytes > ?`,
    [maxBytes],
  );
  if (row?.id == null) return 0;
  const { id } = row;
  return inSteps(() =>
    db.run(
      `DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine WHERE id <= ? LIMIT ${rowsPerStep})`,
      [id],
    ),
  );
}
