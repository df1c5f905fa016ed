import type { PowerReading } from '../../drivers/reading.ts';
import type { Sqlite, Statements } from '../store/sqlite.ts';
import { decodeBlob } from './blob.ts';
import type { Quarter } from './contract.ts';
import { openDevices } from './devices.ts';
import { decodeHour, encodeHour, hourMs } from './hour.ts';
import { dayMs, decodeDay, encodeDay, rollUp } from './rollup.ts';

/** Readings held in memory at once, about; a longer range is gone through several times, some devices each time. */
const readingsPerPass = 50_000;
/** Hours written in one transaction: so long a commit of the journal may have to wait. */
const hoursPerWrite = 16;
/** What comes a little late still goes into its hour at the first try. */
const graceMs = 120_000;
/** Groups read, or deleted, at once. */
const groupsPerStep = 200;

export interface CompactParts {
  /** A connection of one's own to load.db. */
  readonly db: Sqlite;
  readonly nowMs: number;
  /** Groups from here on are still needed as they are: the rules have not seen them. */
  readonly keepFromSeq: number;
  /** Compacted groups stay this long, ms: a reader may be in the middle of them. */
  readonly keepMs?: number;
  /** True ends it after the step in hand; what is missing is done the next time. */
  readonly stopped?: () => boolean;
}

/** What a run did. */
export interface Compacted {
  readonly groups: number;
  readonly hours: number;
  readonly deletedGroups: number;
}

/**
 * Turns the journal of past hours into one block for each device and hour with its quarters, then deletes what is
 * older than `keepMs`. Merging gives the same however often it is done, and the mark moves last: killed
 * anywhere, it only has to be run again.
 */
export async function compact(parts: CompactParts): Promise<Compacted> {
  const { db, nowMs, stopped = () => false } = parts;
  let groups = 0;
  let hours = 0;
  while (!stopped()) {
    const range = await nextRange(db, nowMs);
    if (range === null) break;
    const done = await compactRange(db, range, stopped);
    if (done === null) break;
    hours += done;
    groups += range.toSeq - range.fromSeq + 1;
    await db.run(
      `INSERT INTO compacted (one, seq) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET seq = excluded.seq`,
      [range.toSeq],
    );
  }
  return { groups, hours, deletedGroups: await deleteOld(parts) };
}

/** The last group that is in the blocks of the hours. */
export async function compactedSeq(db: Statements): Promise<number> {
  return (await db.get<{ seq: number }>('SELECT seq FROM compacted'))?.seq ?? 0;
}

interface Range {
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly readings: number;
}

/** Groups of one hour of arrival. Where the clock was set or the box started, a range ends too. */
async function nextRange(db: Sqlite, nowMs: number): Promise<Range | null> {
  const done = await compactedSeq(db);
  const first = await db.get<{ seq: number; at_ms: number }>(
    'SELECT seq, at_ms FROM journal WHERE seq > ? ORDER BY seq LIMIT 1',
    [done],
  );
  if (!first) return null;
  const untilMs = Math.floor((first.at_ms - graceMs) / hourMs) * hourMs + hourMs + graceMs;
  const end = await db.get<{ seq: number; step_ms: number; start: number }>(
    `SELECT seq, step_ms, start FROM journal WHERE seq > ? AND (at_ms >= ? OR step_ms <> 0 OR start = 1)
     ORDER BY seq LIMIT 1`,
    [first.seq, untilMs],
  );
  // The newest hour is not over yet; the newest group always stays, for its number.
  if (!end || (end.step_ms === 0 && end.start === 0 && nowMs < untilMs)) return null;
  const sum = await db.get<{ n: number }>(
    'SELECT sum(n) AS n FROM journal WHERE seq BETWEEN ? AND ?',
    [first.seq, end.seq - 1],
  );
  return { fromSeq: first.seq, toSeq: end.seq - 1, readings: sum?.n ?? 0 };
}

/** Number of hours written; null if it was stopped. */
async function compactRange(
  db: Sqlite,
  range: Range,
  stopped: () => boolean,
): Promise<number | null> {
  const devices = await openDevices(db);
  const passes = Math.max(1, Math.ceil(range.readings / readingsPerPass));
  let hours = 0;
  for (let pass = 0; pass < passes; pass += 1) {
    const byHour = await collect(db, range, devices.nameOf, (n) => n % passes === pass);
    const blocks = [...byHour.values()].sort((a, b) => a.hour - b.hour || a.number - b.number);
    for (let from = 0; from < blocks.length; from += hoursPerWrite) {
      if (stopped()) return null;
      const some = blocks.slice(from, from + hoursPerWrite);
      const merged: Merged[] = [];
      for (const block of some) merged.push(await merge(db, block));
      await db.transaction((tx) => writeHours(tx, merged));
      hours += some.length;
    }
  }
  return hours;
}

interface HourOfDevice {
  readonly number: number;
  readonly device: string;
  readonly hour: number;
  readonly readings: PowerReading[];
}

async function collect(
  db: Sqlite,
  { fromSeq, toSeq }: Range,
  nameOf: (number: number) => string,
  wanted: (number: number) => boolean,
): Promise<Map<string, HourOfDevice>> {
  const found = new Map<string, HourOfDevice>();
  const numbers = new Map<string, number>();
  const named = (number: number) => {
    const name = nameOf(number);
    numbers.set(name, number);
    return name;
  };
  let after = fromSeq - 1;
  for (;;) {
    const rows = await db.all<{ seq: number; body: Uint8Array }>(
      `SELECT seq, body FROM journal WHERE seq > ? AND seq <= ? AND n > 0 ORDER BY seq LIMIT ${groupsPerStep}`,
      [after, toSeq],
    );
    for (const { body } of rows) {
      for (const reading of decodeBlob(body, named, wanted)) {
        const number = numbers.get(reading.device) ?? 0;
        const hour = Math.floor(reading.atMs / hourMs) * hourMs;
        const key = `${number}/${hour}`;
        const block = found.get(key);
        if (block) block.readings.push(reading);
        else found.set(key, { number, device: reading.device, hour, readings: [reading] });
      }
    }
    const last = rows.at(-1);
    if (!last || rows.length < groupsPerStep) return found;
    after = last.seq;
  }
}

interface Merged extends HourOfDevice {
  readonly body: Buffer;
}

/** The hour as it is on the disk with what came now, in the order of time; what was there first stays. */
async function merge(db: Statements, block: HourOfDevice): Promise<Merged> {
  const { number, hour, device } = block;
  const row = await db.get<{ body: Uint8Array }>(
    'SELECT body FROM hour WHERE hour_ms = ? AND device = ?',
    [hour, number],
  );
  const all = row ? [...decodeHour(row.body, device), ...block.readings] : block.readings;
  const sorted = all.sort((a, b) => a.atMs - b.atMs);
  const readings = sorted.filter(({ atMs }, i) => atMs !== sorted[i - 1]?.atMs);
  return { ...block, readings, body: encodeHour(readings) };
}

async function writeHours(tx: Statements, merged: readonly Merged[]): Promise<void> {
  for (const { hour, number, readings, body } of merged) {
    await tx.run(
      `INSERT INTO hour (hour_ms, device, n, body) VALUES (?, ?, ?, ?)
       ON CONFLICT (hour_ms, device) DO UPDATE SET n = excluded.n, body = excluded.body`,
      [hour, number, readings.length, body],
    );
    const day = Math.floor(hour / dayMs) * dayMs;
    const row = await tx.get<{ body: Uint8Array }>(
      'SELECT body FROM day WHERE day_ms = ? AND device = ?',
      [day, number],
    );
    const outside = ({ atMs }: Quarter) => atMs < hour || atMs >= hour + hourMs;
    const quarters = [...(row ? decodeDay(row.body).filter(outside) : []), ...rollUp(readings)];
    quarters.sort((a, b) => a.atMs - b.atMs);
    await tx.run(
      `INSERT INTO day (day_ms, device, body) VALUES (?, ?, ?)
       ON CONFLICT (day_ms, device) DO UPDATE SET body = excluded.body`,
      [day, number, encodeDay(quarters)],
    );
  }
}

/** Deletes compacted groups that nobody needs any more, a few at a time. The newest group always stays. */
async function deleteOld(parts: CompactParts): Promise<number> {
  const { db, nowMs, keepFromSeq, keepMs = 2 * hourMs, stopped = () => false } = parts;
  const newest = await db.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM journal');
  const below = Math.min(await compactedSeq(db), keepFromSeq - 1, (newest?.seq ?? 1) - 1);
  let deleted = 0;
  while (!stopped()) {
    const { changes } = await db.run(
      `DELETE FROM journal WHERE seq IN
         (SELECT seq FROM journal WHERE seq <= ? AND abs(? - at_ms) >= ? ORDER BY seq LIMIT ${groupsPerStep})`,
      [below, nowMs, keepMs],
    );
    deleted += changes;
    if (changes < groupsPerStep) break;
  }
  return deleted;
}
