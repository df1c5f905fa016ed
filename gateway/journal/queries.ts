import type { PassageReading, PowerReading, Reading, ReadingKind } from '../../drivers/reading.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Sqlite } from '../store/sqlite.ts';
import { decodeBlob } from './blob.ts';
import type { CurvePoint, Group, Journal } from './contract.ts';
import { createBuckets } from './curve.ts';
import type { Devices } from './devices.ts';
import { eventsOfGroups, readEvents } from './events.ts';

export interface QueryParts {
  /** load.db, for reading. */
  readonly reader: Sqlite;
  readonly gate: Sqlite;
  /** Null: plates stay sealed and are left out. */
  readonly keys: Keys | null;
  readonly devices: Devices;
  /** Groups beyond are not on the disk yet. */
  readonly lastSeq: () => number;
}

export interface Queries extends Pick<Journal, 'read' | 'curve' | 'passages'> {
  /** The newest readings, oldest first: what is remembered after a start. */
  newest(): AsyncIterable<Reading>;
}

interface JournalRow {
  readonly seq: number;
  readonly at_ms: number;
  readonly step_ms: number;
  readonly start: number;
  readonly events: number;
  readonly body: Uint8Array | null;
}

/** Groups read at once: enough to be quick, few enough to let others in between. */
const pageGroups = 200;
/** Readings that are remembered after a start. */
const newestReadings = 20_000;
/** Readings are merged and sorted in windows of this length, ms. */
const windowMs = 10 * 60_000;
/** A device's time may lie this far ahead of the box's. */
const aheadMs = 10 * 60_000;

/** Groups in order, with their events. */
export async function* readGroups(parts: QueryParts, fromSeq: number): AsyncGenerator<Group> {
  let next = fromSeq;
  for (;;) {
    const rows = await parts.reader.all<JournalRow>(
      `SELECT seq, at_ms, step_ms, start, events, body FROM journal WHERE seq >= ? AND seq <= ?
       ORDER BY seq LIMIT ${pageGroups}`,
      [next, parts.lastSeq()],
    );
    const last = rows.at(-1);
    if (!last) return;
    const withEvents = rows.some(({ events }) => events > 0);
    const events =
      withEvents && parts.keys
        ? await eventsOfGroups(parts.gate, next, last.seq, parts.keys)
        : new Map();
    for (const { seq, at_ms: atMs, step_ms: stepMs, start, body } of rows) {
      const power: Reading[] = body === null ? [] : decodeBlob(body, parts.devices.nameOf);
      const more = events.get(seq) ?? [];
      yield {
        seq,
        atMs,
        stepMs,
        start: start === 1,
        readings: more.length === 0 ? power : [...power, ...more],
      };
    }
    next = last.seq + 1;
  }
}

export function createQueries(parts: QueryParts): Queries {
  const { reader, gate, keys, devices, lastSeq } = parts;

  /** Power readings between two times, each once, in the order of time. */
  async function* power(
    fromMs: number,
    toMs: number,
    device: string | undefined,
  ): AsyncGenerator<PowerReading> {
    for await (const [from, to] of windows(fromMs, toMs)) {
      const found = new Map<string, PowerReading>();
      for await (const reading of scan(from, to)) {
        if (device !== undefined && reading.device !== device) continue;
        const key = `${reading.atMs}/${reading.device}`;
        if (!found.has(key)) found.set(key, reading);
      }
      yield* [...found.values()].sort((a, b) => a.atMs - b.atMs || (a.device < b.device ? -1 : 1));
    }
  }

  /** Windows that hold anything at all: years of nothing are skipped. */
  async function* windows(fromMs: number, toMs: number): AsyncGenerator<readonly [number, number]> {
    const span = await reader.get<{ first: number | null; last: number | null }>(
      'SELECT min(first_ms) AS first, max(last_ms) AS last FROM journal WHERE n > 0',
    );
    if (span?.first == null || span.last == null) return;
    const end = Math.min(toMs, span.last);
    let from = Math.max(fromMs, span.first);
    while (from <= end) {
      const to = Math.min(end, Math.floor(from / windowMs) * windowMs + windowMs - 1);
      yield [from, to];
      const next = await reader.get<{ at: number | null }>(
        'SELECT min(max(first_ms, ?)) AS at FROM journal WHERE n > 0 AND last_ms > ?',
        [to + 1, to],
      );
      if (next?.at == null) return;
      from = next.at;
    }
  }

  /** Every stored reading of a span, unsorted, perhaps twice. */
  async function* scan(fromMs: number, toMs: number): AsyncGenerator<PowerReading> {
    let after = (await firstSeqSince(fromMs - aheadMs)) - 1;
    for (;;) {
      const rows = await reader.all<Pick<JournalRow, 'seq' | 'body'>>(
        `SELECT seq, body FROM journal WHERE seq > ? AND seq <= ? AND n > 0 AND first_ms <= ? AND last_ms >= ?
         ORDER BY seq LIMIT ${pageGroups}`,
        [after, lastSeq(), toMs, fromMs],
      );
      for (const { body } of rows) {
        if (body === null) continue;
        for (const reading of decodeBlob(body, devices.nameOf)) {
          if (reading.atMs >= fromMs && reading.atMs <= toMs) yield reading;
        }
      }
      const last = rows.at(-1);
      if (!last || rows.length < pageGroups) return;
      after = last.seq;
    }
  }

  /** The first group that was sealed at or after `ms`: late readings come later, never earlier. By halving. */
  async function firstSeqSince(ms: number): Promise<number> {
    const ends = await reader.get<{ low: number | null; high: number | null }>(
      'SELECT min(seq) AS low, max(seq) AS high FROM journal',
    );
    let low = ends?.low ?? 0;
    let high = (ends?.high ?? 0) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = await reader.get<{ at_ms: number }>(
        'SELECT at_ms FROM journal WHERE seq >= ? ORDER BY seq LIMIT 1',
        [middle],
      );
      if (row && row.at_ms < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    async *read({ kind, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, device }) {
      if (kind === 'power') yield* power(fromMs, toMs, device);
      else yield* readEvents(gate, keys, { kind, fromMs, toMs, device, lastSeq: lastSeq() });
    },

    async *newest() {
      const rows = await reader.all<{ seq: number; n: number }>(
        'SELECT seq, n FROM journal ORDER BY seq DESC LIMIT 5000',
      );
      let from = lastSeq();
      let readings = 0;
      for (const { seq, n } of rows) {
        if (readings + n > newestReadings) break;
        readings += n;
        from = seq;
      }
      for await (const group of readGroups(parts, from)) yield* group.readings;
    },

    async curve({
      devices: wanted,
      channel,
      fromMs,
      toMs,
      maxPoints,
    }): Promise<readonly CurvePoint[]> {
      const buckets = createBuckets(channel, fromMs, toMs, maxPoints);
      const chosen = new Set(wanted);
      for await (const reading of scan(fromMs, toMs))
        if (chosen.has(reading.device)) buckets.add(reading);
      return buckets.points();
    },

    async passages({ fromMs, toMs, lane }) {
      const found: Omit<PassageReading, 'plate'>[] = [];
      const query = { kind: 'passage' as ReadingKind, fromMs, toMs, lastSeq: lastSeq() };
      for await (const reading of readEvents(gate, null, query)) {
        if (reading.kind !== 'passage') continue;
        if (lane === undefined || reading.lane === lane) found.push(reading);
        if (found.length >= maxPassages) break;
      }
      return found;
    },
  };
}

/** A page of the console shows no more. */
const maxPassages = 20_000;
