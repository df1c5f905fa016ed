import type { PowerReading } from '../../drivers/reading.ts';
import type { Sqlite, Statements } from '../store/sqlite.ts';
import type { Quarter } from './contract.ts';
import { createDamage, type Damage } from './damage.ts';
import { openDevices } from './devices.ts';
import { decodeHour, encodeHour, hourMs } from './hour.ts';
import { createPile, type Heap, type Pile } from './pile.ts';
import { dayMs, decodeDay, encodeDay, rollUp } from './rollup.ts';

/** Readings held in memory at once, about, 80 bytes each with six figures; a longer range is gone through several times, some devices each time. */
const readingsPerPass = 60_000;
/** Hours written in one transaction: so long a commit of the journal may have to wait. */
const hoursPerWrite = 16;
/**
 * After so many bytes of blocks, or readings made of them, what they leave is collected: bytes of blocks lie outside
 * V8's heap, which sees no reason to look after them before there are 20 MB.
 */
const bytesPerCollection = 2 * 1024 * 1024;
const readingsPerCollection = 4000;
/** What comes a little late still goes into its hour at the first try. */
const graceMs = 120_000;
/** Groups deleted at once. */
const groupsPerStep = 200;
/** Groups and readings read at once: of few large groups or many small ones the same memory. */
const groupsPerPage = 500;
const readingsPerPage = 8192;
/** Beside its two blocks an hour of a device costs about so much: pages of the tables and their indexes. */
const rowBytes = 4096;
/** So much written goes from the WAL into the file: packing days at once, the WAL stays as short as with one hour. */
const checkpointBytes = 4 * 1024 * 1024;

export interface CompactParts {
  /** A connection of one's own to load.db. */
  readonly db: Sqlite;
  readonly nowMs: number;
  /** Groups from here on are still needed as they are: the rules have not seen them. */
  readonly keepFromSeq: number;
  /** Compacted groups stay this long, ms: a reader may be in the middle of them. */
  readonly keepMs?: number;
  /** Collects what is young, in a thread of its own. */
  readonly collect?: () => void;
  /** True ends it after the step in hand; what is missing is done the next time. */
  readonly stopped?: () => boolean;
}

/** What a run did. */
export interface Compacted {
  readonly groups: number;
  readonly hours: number;
  readonly deletedGroups: number;
  /** Blocks that could not be read: what was in them is lost. */
  readonly damaged: number;
}

/**
 * Turns the journal of past hours into one block for each device and hour with its quarters, then deletes what is
 * older than `keepMs`. Merging gives the same however often it is done, and the mark moves last: killed
 * anywhere, it only has to be run again.
 */
export async function compact(parts: CompactParts): Promise<Compacted> {
  const { db, nowMs, stopped = () => false, collect = () => {} } = parts;
  const pile = createPile();
  const damage = createDamage();
  const checkpoints = createCheckpoints(db);
  let groups = 0;
  let hours = 0;
  const left = createLeft(collect);
  while (!stopped()) {
    const range = await nextRange(db, nowMs);
    if (range === null) break;
    const done = await compactRange({ db, pile, damage, checkpoints, stopped, left }, range);
    if (done === null) break;
    hours += done;
    groups += range.toSeq - range.fromSeq + 1;
    await db.run(
      `INSERT INTO compacted (one, seq) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET seq = excluded.seq`,
      [range.toSeq],
    );
  }
  const deletedGroups = await deleteOld(parts);
  await checkpoints.end();
  return { groups, hours, deletedGroups, damaged: damage.count() };
}

/** Counts what blocks and readings leave behind, and has it collected. */
function createLeft(collect: () => void): Left {
  let share = 0;
  const add = (more: number) => {
    share += more;
    if (share < 1) return;
    share = 0;
    collect();
  };
  return {
    blocks: (bytes) => add(bytes / bytesPerCollection),
    readings: (n) => add(n / readingsPerCollection),
  };
}

interface Left {
  blocks(bytes: number): void;
  readings(n: number): void;
}

/** Brings what was written from the WAL into the file, now and then and at the end. Nobody waits for it. */
function createCheckpoints(db: Statements) {
  let unsavedBytes = 0;
  const save = async () => {
    unsavedBytes = 0;
    await db.get('PRAGMA wal_checkpoint(PASSIVE)');
  };
  return {
    async wrote(bytes: number) {
      unsavedBytes += bytes;
      if (unsavedBytes >= checkpointBytes) await save();
    },
    async end() {
      if (unsavedBytes > 0) await save();
    },
  };
}

/** The last group that is in the blocks of the hours. */
export async function compactedSeq(db: Statements): Promise<number> {
  return (await db.get<{ seq: number }>('SELECT seq FROM compacted'))?.seq ?? 0;
}

interface Range {
  readonly fromSeq: number;
  readonly toSeq: number;
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
  return { fromSeq: first.seq, toSeq: end.seq - 1 };
}

/** Where a page of groups ends, and how many readings the range has. */
interface Pages {
  readonly ends: readonly number[];
  readonly readings: number;
}

async function pagesOf(db: Statements, { fromSeq, toSeq }: Range): Promise<Pages> {
  const ends: number[] = [];
  let readings = 0;
  let [groupsInPage, readingsInPage, after] = [0, 0, fromSeq - 1];
  for (;;) {
    const rows = await db.all<{ seq: number; n: number }>(
      `SELECT seq, n FROM journal WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ${groupsPerPage}`,
      [after, toSeq],
    );
    for (const { seq, n } of rows) {
      readings += n;
      groupsInPage += 1;
      readingsInPage += n;
      if (groupsInPage < groupsPerPage && readingsInPage < readingsPerPage) continue;
      ends.push(seq);
      [groupsInPage, readingsInPage] = [0, 0];
    }
    const last = rows.at(-1);
    if (!last || rows.length < groupsPerPage) return { ends: [...ends, toSeq], readings };
    after = last.seq;
  }
}

/** What a run works with. */
interface Tools {
  readonly db: Sqlite;
  readonly pile: Pile;
  readonly damage: Damage;
  readonly checkpoints: ReturnType<typeof createCheckpoints>;
  readonly stopped: () => boolean;
  readonly left: Left;
}

/** Number of hours written; null if it was stopped. */
async function compactRange(tools: Tools, range: Range): Promise<number | null> {
  const { db, pile, checkpoints, stopped } = tools;
  const { nameOf } = await openDevices(db);
  const pages = await pagesOf(db, range);
  const passes = Math.max(1, Math.ceil(pages.readings / readingsPerPass));
  let hours = 0;
  for (let pass = 0; pass < passes; pass += 1) {
    pile.clear();
    await collect(tools, range, pages, (number) => number % passes === pass);
    const heaps = pile.heaps();
    for (let from = 0; from < heaps.length; from += hoursPerWrite) {
      if (stopped()) return null;
      const merged: Merged[] = [];
      for (const heap of heaps.slice(from, from + hoursPerWrite)) {
        merged.push(await merge(tools, heap, pile.readings(heap, nameOf(heap.number))));
        tools.left.readings(heap.n);
      }
      await checkpoints.wrote(await db.transaction((tx) => writeHours(tx, tools.damage, merged)));
      hours += merged.length;
    }
  }
  return hours;
}

async function collect(
  { db, pile, damage, left }: Tools,
  { fromSeq }: Range,
  { ends }: Pages,
  wanted: (number: number) => boolean,
): Promise<void> {
  let after = fromSeq - 1;
  for (const end of ends) {
    const rows = await db.all<{ seq: number; body: Uint8Array }>(
      'SELECT seq, body FROM journal WHERE seq > ? AND seq <= ? AND n > 0 ORDER BY seq',
      [after, end],
    );
    // Its inside is decoded before anything of it is added: all or nothing.
    for (const { seq, body } of rows)
      damage.pass(`group ${seq}`, () => pile.add(body, wanted), undefined);
    after = end;
    left.blocks(rows.reduce((sum, { body }) => sum + body.length, 0));
  }
}

/** An hour as it will be on the disk. */
interface Merged extends Heap {
  readonly body: Buffer;
  readonly quarters: readonly Quarter[];
}

/** The hour as it is on the disk with what came now, in the order of time; what was there first stays. */
async function merge(
  { db, damage }: Tools,
  { number, hour }: Heap,
  fresh: PowerReading[],
): Promise<Merged> {
  const row = await db.get<{ body: Uint8Array }>(
    'SELECT body FROM hour WHERE hour_ms = ? AND device = ?',
    [hour, number],
  );
  const device = fresh[0]?.device ?? '';
  const before = row
    ? damage.pass(`hour ${number} ${hour}`, () => decodeHour(row.body, device), [])
    : [];
  const all = [...before, ...fresh];
  const sorted = all.sort((a, b) => a.atMs - b.atMs);
  const readings = sorted.filter(({ atMs }, i) => atMs !== sorted[i - 1]?.atMs);
  return {
    number,
    hour,
    n: readings.length,
    body: encodeHour(readings),
    quarters: rollUp(readings),
  };
}

/** Returns how many bytes it wrote, about. */
async function writeHours(
  tx: Statements,
  damage: Damage,
  merged: readonly Merged[],
): Promise<number> {
  let bytes = 0;
  for (const { hour, number, n, body, quarters: fresh } of merged) {
    await tx.run(
      `INSERT INTO hour (hour_ms, device, n, body) VALUES (?, ?, ?, ?)
       ON CONFLICT (hour_ms, device) DO UPDATE SET n = excluded.n, body = excluded.body`,
      [hour, number, n, body],
    );
    const day = Math.floor(hour / dayMs) * dayMs;
    const row = await tx.get<{ body: Uint8Array }>(
      'SELECT body FROM day WHERE day_ms = ? AND device = ?',
      [day, number],
    );
    const outside = ({ atMs }: Quarter) => atMs < hour || atMs >= hour + hourMs;
    const before = row ? damage.pass(`day ${number} ${day}`, () => decodeDay(row.body), []) : [];
    const quarters = [...before.filter(outside), ...fresh];
    quarters.sort((a, b) => a.atMs - b.atMs);
    const whole = encodeDay(quarters);
    await tx.run(
      `INSERT INTO day (day_ms, device, body) VALUES (?, ?, ?)
       ON CONFLICT (day_ms, device) DO UPDATE SET body = excluded.body`,
      [day, number, whole],
    );
    bytes += body.length + whole.length + rowBytes;
  }
  return bytes;
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
