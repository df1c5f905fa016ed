import { join } from 'node:path';
import type { PowerReading, Reading, ReadingKind } from '../../drivers/reading.ts';
import type { Clock } from '../clock.ts';
import { GatewayError } from '../errors.ts';
import type { Sqlite } from '../store/sqlite.ts';
import { openSqlite, SqliteError } from '../store/sqlite.ts';
import { markSuspect, type Store } from '../store/store.ts';
import { createAcks, type Done } from './acks.ts';
import { createBlobEncoder } from './blob.ts';
import type { Group, Journal } from './contract.ts';
import { createDamage } from './damage.ts';
import { openDevices } from './devices.ts';
import { type EventReading, readQuarantined } from './events.ts';
import { createGather, type Gather } from './gather.ts';
import { newestReadingsOf, readGroups } from './groups.ts';
import { createQueries } from './queries.ts';
import { createRecent } from './recent.ts';
import { recoverSeq } from './recover.ts';
import { watchSpace } from './space.ts';
import { type Asked, createStage, type Staged } from './stage.ts';
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

/** Loads that wait, or nothing: then time passes for the rules, or events want to be taken along. */
interface Entry {
  readonly kind: 'loads' | 'tick' | 'fetch';
  readonly readings: readonly PowerReading[];
  readonly done: Done;
  readonly bytes: number;
  readonly urgent?: boolean;
}

/** A call with events, or with what could not be read; its loads are kept with them. */
interface EventEntry extends Asked {
  readonly readings: readonly Reading[];
  readonly bytes: number;
}

/** What may wait for the disk: two minutes of 473 meters. Beyond, devices are refused and send again. */
const defaultMaxReadings = 60_000;
const defaultMaxBytes = 64 * 1024 * 1024;
/** Memory of one waiting reading of three phases and of what waits for its answer, bytes; measured. */
const bytesOfReading = 700;
/** A wall clock that moves by so much against the monotonic one was set. */
const stepLeastMs = 2000;
/** Time passes for the rules in groups of their own when nothing else was sealed for so long. */
const tickMs = 10_000;
const lookMs = 1000;
/** Whoever listens hears of a group when the next is being written, or after this where none follows. */
const tellMs = 2;
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
  const groupListeners: Array<(group: Group) => void> = [];
  const flushListeners: Array<(seconds: number) => void> = [];
  /** Groups that are on the disk and answered, and of which nobody has heard yet. */
  let untold: Group[] = [];
  let telling: NodeJS.Timeout | null = null;
  const tell = () => {
    if (telling) clearTimeout(telling);
    telling = null;
    const groups = untold;
    untold = [];
    for (const group of groups) {
      for (const listener of groupListeners) {
        try {
          listener(group);
        } catch (error) {
          // A fault of the listener, not of the write that is under way: it ends the process, not the promise.
          setImmediate(() => {
            throw error;
          });
        }
      }
    }
  };
  const acks = createAcks((group) => {
    untold.push(group);
    telling ??= setTimeout(tell, tellMs);
  });

  const loadIsNew = (store.notices ?? []).some(({ file }) => file === 'load.db');
  let lastSeq = Math.max(parts.leastSeq ?? 0, await recoverSeq(load, gate, loadIsNew));
  const damage = createDamage();
  const sources = { reader, gate, keys, devices, damage, lastSeq: () => lastSeq };
  const queries = createQueries(sources);
  for await (const reading of newestReadingsOf(sources)) {
    if (reading.kind === 'power') recent.isNew(reading);
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
  const fits = ({
    readings,
    bytes,
  }: Pick<Entry, 'bytes'> & { readonly readings: readonly unknown[] }) =>
    gather.readings() + events.readings() + readings.length <= maxWaitingReadings &&
    gather.bytes() + events.bytes() + bytes <= maxWaitingBytes;

  const add = <E extends Entry | EventEntry>(to: Gather<E>, entry: E) => {
    const reason =
      refusal() ?? (fits(entry) && to.add(entry) ? null : 'too much waits for the disk');
    if (reason === null) return;
    const error = new GatewayError('STORE_REFUSED', `Cannot keep readings: ${reason}`);
    setImmediate(() => entry.done(error));
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

  const write = async (entries: readonly Entry[]) => {
    const dones = entries.map(({ done }) => done);
    const power: PowerReading[] = [];
    let staged: Staged | null = null;
    try {
      staged = await stage.join(lastSeq + 1);
      if (staged) dones.push(...staged.asked.map(({ done }) => done));
      const group = await commit(entries, staged, power);
      broken = null;
      if (staged) stage.settle(true);
      acks.give(dones, null, group);
    } catch (cause) {
      for (const reading of power) recent.forget(reading);
      if (staged) stage.settle(false);
      failed(dones, cause as Error);
    }
  };
  const gather = createGather<Entry>({
    windowMs,
    maxReadings: maxWaitingReadings,
    maxBytes: maxWaitingBytes,
    write,
  });
  const stage = createStage({
    gate,
    keys,
    lastSeq: () => lastSeq,
    isIdle: gather.isIdle,
    onFlushed: () =>
      void gather.add({ kind: 'fetch', readings: [], done: () => {}, bytes: 0, urgent: true }),
  });
  const events = createGather<EventEntry>({
    windowMs,
    maxReadings: maxWaitingReadings,
    maxBytes: maxWaitingBytes,
    write: (entries) =>
      stage.write(entries).catch((cause: Error) => {
        failed(
          entries.map(({ done }) => done),
          cause,
        );
      }),
  });

  /** Writes one group. Its events lie in gate.db already: its row in load.db is what makes them true. */
  const commit = async (
    entries: readonly Entry[],
    staged: Staged | null,
    power: PowerReading[],
  ): Promise<Group | null> => {
    const take = (loads: readonly PowerReading[]) => {
      for (const reading of loads) {
        if (recent.isNew(reading)) power.push(reading);
        else duplicates += 1;
      }
    };
    for (const { readings } of entries) take(readings);
    for (const one of staged?.asked ?? []) take(one.power);
    const isTick = entries.some(({ kind }) => kind === 'tick');
    if (power.length === 0 && !staged && !isTick) return null;

    const startedMs = performance.now();
    const { seq, asked, fresh, tookMs } = staged ?? {
      seq: lastSeq + 1,
      asked: [],
      fresh: [],
      tookMs: 0,
    };
    await devices.add(power);
    const wallMs = clock.nowMs();
    const nowOffsetMs = wallMs - clock.monoMs();
    const moved = nowOffsetMs - offsetMs;
    const stepMs = Math.abs(moved) >= stepLeastMs ? Math.round(moved) : 0;
    let firstMs = Number.MAX_SAFE_INTEGER;
    let lastMs = 0;
    for (const { atMs } of power) {
      if (atMs < firstMs) firstMs = atMs;
      if (atMs > lastMs) lastMs = atMs;
    }
    const atMs = Math.max(0, Math.round(wallMs));
    const body = power.length > 0 ? encoder.encode(power, devices.numberOf) : null;
    const written = load.run(
      `INSERT INTO journal (seq, at_ms, step_ms, start, events, n, first_ms, last_ms, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        seq,
        atMs,
        stepMs,
        start ? 1 : 0,
        fresh.length,
        power.length,
        power.length > 0 ? firstMs : atMs,
        power.length > 0 ? lastMs : atMs,
        body,
      ],
    );
    // While the disk is at work nobody waits for us: the rules look at the group before, in a turn of their own.
    setImmediate(tell);
    await written;
    writeBack.wrote(body?.length ?? 0);
    offsetMs = nowOffsetMs;
    lastSeq = seq;
    const readings: readonly Reading[] = fresh.length === 0 ? power : [...power, ...fresh];
    const group: Group = { seq, atMs, stepMs, start, readings };
    start = false;
    sealedMonoMs = clock.monoMs();
    commits += 1;
    counts.power += power.length;
    for (const reading of fresh) counts[reading.kind] += 1;
    for (const reading of readings) recent.remember(reading);
    for (const one of asked) {
      duplicates += one.events.length;
      quarantined += one.quarantined ? 1 : 0;
    }
    duplicates -= fresh.length;
    const flushMs = tookMs + performance.now() - startedMs;
    for (const listener of flushListeners) listener(flushMs / 1000);
    return group;
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
    add(gather, { kind: 'tick', readings: [], done: () => {}, bytes: 0 });
  };

  return {
    append(readings, done) {
      const bytes = readings.length * bytesOfReading;
      const loads = readings.filter(isLoad);
      if (loads.length === readings.length) {
        add(gather, { kind: 'loads', readings: loads, done, bytes });
        return;
      }
      const told = readings.filter(isEvent);
      add(events, { readings, events: told, power: loads, quarantined: null, done, bytes });
    },
    quarantine(message, done) {
      const bytes = 500 + (message.payload?.length ?? 0);
      add(events, { readings: [], events: [], power: [], quarantined: message, done, bytes });
    },
    tick: () => tick(false),
    onGroup: (listener) => void groupListeners.push(listener),
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
      tell();
      await load.get('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => {
        // A reader holds it: the next start writes it back.
      });
      if (!parts.reader) await reader.close();
    },
  };
}

const isLoad = (reading: Reading): reading is PowerReading => reading.kind === 'power';
const isEvent = (reading: Reading): reading is EventReading => reading.kind !== 'power';
