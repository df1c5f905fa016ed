import { join } from 'node:path';
import type { PowerReading, Reading, ReadingKind } from '../../drivers/reading.ts';
import type { Clock } from '../clock.ts';
import { GatewayError } from '../errors.ts';
import type { Sqlite } from '../store/sqlite.ts';
import { openSqlite, SqliteError } from '../store/sqlite.ts';
import { markSuspect, type Store } from '../store/store.ts';
import { createAcks, type Done } from './acks.ts';
import { createBlobEncoder } from './blob.ts';
import type { Journal } from './contract.ts';
import { createDamage } from './damage.ts';
import { openDevices } from './devices.ts';
import { type EventReading, readQuarantined } from './events.ts';
import { createGather, type Gather } from './gather.ts';
import { newestReadingsOf, readGroups } from './groups.ts';
import { createQueries } from './queries.ts';
import { createRecent } from './recent.ts';
import { recoverSeq } from './recover.ts';
import { addRow, clearRows, createRows, type Rows, sift } from './rows.ts';
import { watchSpace } from './space.ts';
import { type Asked, createStage, type Staged } from './stage.ts';
import { createTelling, type Kept } from './telling.ts';
import { createWhereabouts } from './whereabouts.ts';
import { createWriteBack } from './write-back.ts';

export interface JournalParts {
  readonly store: Pick<Store, 'dataDir' | 'load' | 'gate' | 'keys'> &
    Partial<Pick<Store, 'notices'>>;
  /** A second connection to load.db, for reading and for checkpoints (so not read-only); opened here if absent. */
  readonly reader?: Sqlite;
  readonly clock: Clock;
  /** How long a commit may gather, ms; 0 commits at once. */
  readonly windowMs: number;
  readonly reserveBytes: number;
  /** A disk that lies (I/O error, damaged file): the process must end and start anew, nothing may be retried. */
  readonly onFatal: (error: Error) => void;
  /** Numbers up to here are used already, whatever load.db says. */
  readonly leastSeq?: number;
  readonly maxWaitingReadings?: number;
  readonly maxWaitingBytes?: number;
}

/** One call: loads that wait, or nothing, where time passes for the rules or events want to be taken along. */
interface Loads {
  readonly readings: readonly PowerReading[];
  readonly done: Done;
  readonly isTick?: boolean;
}

/** What the next group is made of. */
interface Lot {
  readonly rows: Rows;
  readonly dones: Done[];
  isTick: boolean;
}

/** What may wait for the disk: two minutes of 473 meters. Beyond, devices are refused and send again. */
const defaultMaxReadings = 60_000;
const defaultMaxBytes = 64 * 1024 * 1024;
/** Memory of one waiting reading of three phases and of what waits for its answer, bytes, at the most; 360 were measured. */
const bytesOfReading = 700;
/** A wall clock that moves by so much against the monotonic one was set. */
const stepLeastMs = 2000;
/** Time passes for the rules in groups of their own when nothing else was sealed for so long. */
const tickMs = 10_000;
const lookMs = 1000;
/** Emptied rows that are kept for the next groups: one is filled, one is written, one is told. */
const spareRows = 3;
const fatalCodes = new Set([
  'SQLITE_IOERR',
  'SQLITE_CORRUPT',
  'SQLITE_NOTADB',
  'SQLITE_READONLY',
  'SQLITE_CANTOPEN',
]);

/** Opens the journal on a store. Whatever `append` said yes to is on the disk, flushed. */
export async function openJournal(parts: JournalParts): Promise<Journal> {
  const { store, clock, windowMs, onFatal } = parts;
  const { load, gate, keys } = store;
  const { maxWaitingReadings = defaultMaxReadings, maxWaitingBytes = defaultMaxBytes } = parts;
  const reader =
    parts.reader ?? (await openSqlite(join(store.dataDir, 'load.db'), { walAutoCheckpoint: 0 }));
  const space = await watchSpace(store.dataDir, parts.reserveBytes, async () => {
    const free = await reader.get<{ bytes: number }>(
      'SELECT freelist_count * page_size AS bytes FROM pragma_freelist_count, pragma_page_size',
    );
    return free?.bytes ?? 0;
  });
  const writeBack = createWriteBack({ load, reader, walBytes: space.walBytes });
  const devices = await openDevices(load);
  const recent = createRecent();
  const encoder = createBlobEncoder();
  const flushListeners: Array<(seconds: number) => void> = [];
  const spare: Rows[] = [];
  const release = (rows: Rows) => {
    if (spare.length >= spareRows) return;
    clearRows(rows);
    spare.push(rows);
  };
  const telling = createTelling(recent, release);
  const acks = createAcks<Kept>(telling.add);

  const loadIsNew = (store.notices ?? []).some(({ file }) => file === 'load.db');
  let lastSeq = Math.max(parts.leastSeq ?? 0, await recoverSeq(load, gate, loadIsNew));
  const damage = createDamage();
  const whereabouts = createWhereabouts(lastSeq, clock.monoMs);
  const sources = { reader, gate, keys, devices, damage, lastSeq: () => lastSeq, whereabouts };
  const queries = createQueries(sources);
  for await (const reading of newestReadingsOf(sources)) {
    if (reading.kind === 'power') recent.isNew(recent.placeOf(reading.device), reading.atMs);
    recent.remember(reading);
  }

  const counts: Record<ReadingKind, number> = {
    power: 0,
    passage: 0,
    barrier: 0,
    presence: 0,
    status: 0,
  };
  let quarantined = 0;
  let duplicates = 0;
  let commits = 0;
  let broken: string | null = null;
  let closing = false;
  let start = true;
  let lookingNow = false;
  let sealedMonoMs = Number.NEGATIVE_INFINITY;
  let offsetMs = clock.nowMs() - clock.monoMs();

  const refusal = () => (closing ? 'the journal is closed' : (broken ?? space.refusal()));

  /** Whether there is room beside all that waits. */
  const fits = (count: number, bytes: number) =>
    gather.readings() + events.readings() + count <= maxWaitingReadings &&
    gather.bytes() + events.bytes() + bytes <= maxWaitingBytes;

  const add = <Item extends { readonly done: Done }>(
    to: Gather<Item>,
    item: Item,
    count: number,
    bytes: number,
  ) => {
    const reason =
      refusal() ??
      (fits(count, bytes) && to.add(item, count, bytes) ? null : 'too much waits for the disk');
    if (reason === null) return;
    const error = new GatewayError('STORE_REFUSED', `Cannot keep readings: ${reason}`);
    setImmediate(() => item.done(error));
  };

  const fatal = (error: SqliteError) => {
    try {
      if (['SQLITE_CORRUPT', 'SQLITE_NOTADB'].includes(error.code)) markSuspect(store.dataDir);
    } finally {
      onFatal(error);
    }
  };

  const failed = (dones: readonly Done[], error: Error) => {
    broken = error.message;
    acks.give(dones, error, null);
    if (error instanceof SqliteError && fatalCodes.has(error.code)) fatal(error);
  };

  const putRow = (rows: Rows, reading: PowerReading) =>
    addRow(rows, recent.placeOf(reading.device), reading);

  const write = async ({ rows, dones, isTick }: Lot) => {
    let staged: Staged | null = null;
    let isSifted = false;
    try {
      staged = await stage.join(lastSeq + 1);
      for (const { power, done } of staged?.asked ?? []) {
        for (const reading of power) putRow(rows, reading);
        dones.push(done);
      }
      duplicates += sift(rows, recent.isNew);
      isSifted = true;
      const kept = rows.n > 0 || staged || isTick ? await commit(rows, staged) : null;
      broken = null;
      if (staged) stage.settle(true);
      if (kept === null) release(rows);
      acks.give(dones, null, kept);
    } catch (cause) {
      if (isSifted) {
        for (let i = 0; i < rows.n; i += 1) recent.forget(rows.places[i] ?? 0, rows.times[i] ?? 0);
      }
      if (staged) stage.settle(false);
      failed(dones, cause as Error);
    }
  };
  const limits = { windowMs, maxReadings: maxWaitingReadings, maxBytes: maxWaitingBytes };
  const gather = createGather<Loads, Lot>({
    ...limits,
    open: () => ({ rows: spare.pop() ?? createRows(), dones: [], isTick: false }),
    put(lot, { readings, done, isTick = false }) {
      for (const reading of readings) putRow(lot.rows, reading);
      lot.dones.push(done);
      lot.isTick ||= isTick;
    },
    write,
  });
  const stage = createStage({
    gate,
    keys,
    lastSeq: () => lastSeq,
    isIdle: gather.isIdle,
    onFlushed: () => void gather.add({ readings: [], done: () => {} }, 0, 0, true),
  });
  const events = createGather<Asked, Asked[]>({
    ...limits,
    open: () => [],
    put: (lot, one) => void lot.push(one),
    write: (lot) =>
      stage.write(lot).catch((cause: Error) => {
        failed(
          lot.map(({ done }) => done),
          cause,
        );
      }),
  });

  /** Numbers of devices in the dictionary, by place. */
  const numbers: number[] = [];
  const numberOf = (place: number): number => {
    numbers[place] ??= devices.numberOf(recent.deviceOf(place));
    return numbers[place];
  };

  /** Writes one group. Its events lie in gate.db already: its row in load.db is what makes them true. */
  const commit = async (rows: Rows, staged: Staged | null): Promise<Kept> => {
    const startedMs = performance.now();
    const { seq, asked, fresh, tookMs } = staged ?? {
      seq: lastSeq + 1,
      asked: [],
      fresh: [],
      tookMs: 0,
    };
    const wallMs = clock.nowMs();
    const nowOffsetMs = wallMs - clock.monoMs();
    const moved = nowOffsetMs - offsetMs;
    const stepMs = Math.abs(moved) >= stepLeastMs ? Math.round(moved) : 0;
    const atMs = Math.max(0, Math.round(wallMs));
    let firstMs = Number.MAX_SAFE_INTEGER;
    let lastMs = 0;
    const unnumbered = new Set<string>();
    for (let i = 0; i < rows.n; i += 1) {
      const readingMs = rows.times[i] as number;
      if (readingMs < firstMs) firstMs = readingMs;
      if (readingMs > lastMs) lastMs = readingMs;
      const place = rows.places[i] as number;
      if (numbers[place] === undefined) unnumbered.add(recent.deviceOf(place));
    }
    if (unnumbered.size > 0) await devices.add(unnumbered);
    const body = rows.n > 0 ? encoder.encode(rows, numberOf) : null;
    const written = load.run(
      `INSERT INTO journal (seq, at_ms, step_ms, start, events, n, first_ms, last_ms, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        seq,
        atMs,
        stepMs,
        start ? 1 : 0,
        fresh.length,
        rows.n,
        rows.n > 0 ? firstMs : atMs,
        rows.n > 0 ? lastMs : atMs,
        body,
      ],
    );
    // While the disk is at work nobody waits for us: the rules look at the group before, in a turn of their own.
    setImmediate(telling.now);
    await written;
    writeBack.wrote(body?.length ?? 0);
    offsetMs = nowOffsetMs;
    lastSeq = seq;
    whereabouts.add(seq, rows.n, (i) => numberOf(rows.places[i] as number));
    const kept: Kept = { seq, atMs, stepMs, start, rows, events: fresh };
    start = false;
    sealedMonoMs = clock.monoMs();
    commits += 1;
    counts.power += rows.n;
    for (const reading of fresh) counts[reading.kind] += 1;
    for (const one of asked) {
      duplicates += one.events.length;
      quarantined += one.quarantined ? 1 : 0;
    }
    duplicates -= fresh.length;
    const flushMs = tookMs + performance.now() - startedMs;
    for (const listener of flushListeners) listener(flushMs / 1000);
    return kept;
  };

  const looking = setInterval(() => {
    // One look at a time: a checkpoint on a slow card takes longer than until the next.
    if (!lookingNow) {
      lookingNow = true;
      void look().finally(() => {
        lookingNow = false;
      });
    }
    // A disk that refused is tried again with a group of nothing.
    if (broken !== null && gather.isIdle() && !closing) {
      broken = null;
      tick(true);
    }
  }, lookMs);
  const look = () =>
    space
      .look()
      .then(writeBack.look)
      .catch((error: unknown) => {
        // Without free space the next commit says so, and says it better.
        if (error instanceof SqliteError && fatalCodes.has(error.code)) fatal(error);
      });
  looking.unref();

  const tick = (now: boolean) => {
    if (!gather.isIdle()) return;
    if (!now && clock.monoMs() - sealedMonoMs < tickMs) return;
    add(gather, { readings: [], done: () => {}, isTick: true }, 0, 0);
  };

  return {
    append(readings, done) {
      const { length } = readings;
      const bytes = length * bytesOfReading;
      if (readings.every(isLoad)) {
        add(gather, { readings, done }, length, bytes);
        return;
      }
      const told = readings.filter(isEvent);
      const power = readings.filter(isLoad);
      add(events, { events: told, power, quarantined: null, done }, length, bytes);
    },
    quarantine(message, done) {
      const bytes = 500 + (message.payload?.length ?? 0);
      add(events, { events: [], power: [], quarantined: message, done }, 0, bytes);
    },
    tick: () => tick(false),
    onGroup: telling.onGroup,
    onFlush: (listener) => void flushListeners.push(listener),
    groups: (fromSeq) => readGroups(sources, fromSeq),
    lastSeq: () => lastSeq,
    waiting: () => gather.readings() + events.readings(),
    latest: recent.latest,
    read: queries.read,
    readQuarantine: ({ fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, device }) =>
      readQuarantined(gate, { fromMs, toMs, device }),
    curve: queries.curve,
    quarters: queries.quarters,
    maxima: queries.maxima,
    passages: queries.passages,
    stats() {
      const reason = refusal();
      return {
        healthy: reason === null,
        ...(reason === null ? {} : { refusing: reason }),
        seq: lastSeq,
        commits,
        readings: { ...counts },
        quarantined,
        duplicates,
        pendingReadings: gather.readings() + events.readings(),
        pendingBytes: gather.bytes() + events.bytes(),
        damaged: damage.count(),
        freeBytes: space.freeBytes(),
        diskBytes: space.diskBytes(),
        storedBytes: space.storedBytes(),
      };
    },
    async close() {
      closing = true;
      clearInterval(looking);
      await events.drain();
      await gather.drain();
      await acks.idle();
      telling.now();
      await load.get('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => {
        // A reader holds it: the next start writes it back.
      });
      if (!parts.reader) await reader.close();
    },
  };
}

const isLoad = (reading: Reading): reading is PowerReading => reading.kind === 'power';
const isEvent = (reading: Reading): reading is EventReading => reading.kind !== 'power';
