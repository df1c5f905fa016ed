import type { PowerReading } from '../../drivers/reading.ts';
import { decodeBlob, scanBlob } from './blob.ts';
import { columnsOfChannel } from './columns.ts';
import { compactedSeq } from './compact.ts';
import type { CurveChannel } from './contract.ts';
import type { Buckets } from './curve.ts';
import { type Folding, foldHour } from './fold-hour.ts';
import { pageGroups, type QueryParts } from './groups.ts';
import { createFigureReader, decodeHour, hourMs } from './hour.ts';
import { createTails, type Tail } from './tails.ts';

const minuteMs = 60_000;
/** Readings are merged and sorted in windows of one of these lengths, ms: what is in memory at once. */
const windowsMs = [1, 2, 5, 10, 20, 30, 60].map((minutes) => minutes * minuteMs);
/** A window that held more is followed by a shorter one, half as many by a longer: 473 meters may speak every second or every minute. */
const mostReadings = 40_000;
/** What came later than this after it was measured is a straggler, ms. */
const stragglerMs = 24 * hourMs;
/** Hours of devices read at once, about 20 KB each. */
const pageHours = 32;

/** Groups are looked up one by one where not more than one in so many is wanted. */
const fewOf = 4;

/** Where power readings lie: blocks of past hours, and the groups that came since. */
export interface Scan {
  /** Power readings between two times, each once, in the order of time, some ten thousand at once. */
  batches(fromMs: number, toMs: number, device?: string): AsyncGenerator<readonly PowerReading[]>;
  /** The same, one by one. */
  power(fromMs: number, toMs: number, device?: string): AsyncGenerator<PowerReading>;
  /** Where the packed past ends just now. */
  young(): Promise<Young>;
  /** One figure of some devices between two times, in no order: groups beyond `young`, and hours from `hoursFromMs` on. */
  figures(
    query: {
      readonly devices: readonly string[];
      readonly channel: CurveChannel;
      readonly fromMs: number;
      readonly toMs: number;
      readonly young: Young;
      readonly hoursFromMs: number;
    },
    into: Pick<Buckets, 'add' | 'addRising'> & Folding,
  ): Promise<void>;
}

/** What is in the blocks of hours and days, and what is not yet. */
export interface Young {
  /** The last group that is. */
  readonly after: number;
  /** The first reading behind it, ms. */
  readonly firstMs: number;
  /** The hour from which on blocks may be written now: their quarters are not to be trusted before the mark moves, ms. */
  readonly fromMs: number;
}

type Range = readonly [fromMs: number, toMs: number];

const never = Number.MAX_SAFE_INTEGER;

export function createScan(parts: QueryParts): Scan {
  const { reader, devices, damage, lastSeq, whereabouts } = parts;
  const tails = createTails();
  /** Of the groups behind `after`, as far as they were looked at. */
  let seen: {
    readonly after: number;
    readonly toSeq: number;
    readonly firstMs: number;
    readonly newestMs: number;
  } | null = null;

  /** Blocks of past hours; `number` chooses a device. */
  async function* hours(fromMs: number, toMs: number, number?: number) {
    let [hour, device] = [Math.floor(fromMs / hourMs) * hourMs, -1];
    for (;;) {
      const rows = await reader.all<{ hour_ms: number; device: number; body: Uint8Array }>(
        number === undefined
          ? `SELECT hour_ms, device, body FROM hour
             WHERE (hour_ms, device) > (?, ?) AND hour_ms <= ? ORDER BY hour_ms, device LIMIT ${pageHours}`
          : `SELECT hour_ms, device, body FROM hour INDEXED BY hour_device
             WHERE device = ? AND hour_ms >= ? AND hour_ms <= ? ORDER BY hour_ms LIMIT ${pageHours}`,
        number === undefined ? [hour, device, toMs] : [number, hour, toMs],
      );
      yield* rows;
      const last = rows.at(-1);
      if (!last || rows.length < pageHours) return;
      [hour, device] = [last.hour_ms + (number === undefined ? 0 : 1), last.device];
    }
  }

  /** Blobs of the groups that are not in the hours yet, up to the last one or `toSeq`. */
  async function* groups(after: number, fromMs: number, toMs: number, toSeq = never) {
    let seq = after;
    for (;;) {
      const rows = await reader.all<{ seq: number; body: Uint8Array }>(
        `SELECT seq, body FROM journal WHERE seq > ? AND seq <= ? AND n > 0 AND first_ms <= ? AND last_ms >= ?
         ORDER BY seq LIMIT ${pageGroups}`,
        [seq, Math.min(lastSeq(), toSeq), toMs, fromMs],
      );
      yield* rows;
      const last = rows.at(-1);
      if (!last || rows.length < pageGroups) return;
      seq = last.seq;
    }
  }

  /** Blobs of the groups behind `after` in which any of the devices spoke, and perhaps of others. */
  async function* groupsOf(numbers: Iterable<number>, after: number) {
    const { knownFrom, seqs } = whereabouts?.of(numbers, after) ?? { knownFrom: never, seqs: [] };
    // Where most groups have them, as with a group a second of all meters, one after the other is quicker.
    if (seqs.length > (lastSeq() - Math.max(after, knownFrom)) / fewOf) {
      yield* groups(after, 0, never);
      return;
    }
    if (knownFrom > after) yield* groups(after, 0, never, knownFrom);
    for (let from = 0; from < seqs.length; from += pageGroups) {
      const page = seqs.slice(from, from + pageGroups).filter((seq) => seq > knownFrom);
      yield* await reader.all<{ seq: number; body: Uint8Array }>(
        `SELECT seq, body FROM journal WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq`,
        [JSON.stringify(page)],
      );
    }
  }

  /** The next window from `from` on that holds anything at all: years of nothing are skipped. */
  async function nextWindow(
    after: number,
    from: number,
    toMs: number,
    lengthMs: number,
  ): Promise<Range | null> {
    const next = await reader.get<{ at: number | null }>(
      `SELECT min(at) AS at FROM (
         SELECT min(max(first_ms, ?1)) AS at FROM journal WHERE seq > ?2 AND n > 0 AND last_ms >= ?1
         UNION ALL SELECT at FROM (SELECT max(hour_ms, ?1) AS at FROM hour
           WHERE hour_ms > ?1 - ${hourMs} ORDER BY hour_ms LIMIT 1))`,
      [from, after],
    );
    if (next?.at == null || next.at > toMs) return null;
    return [next.at, Math.min(toMs, Math.floor(next.at / lengthMs) * lengthMs + lengthMs - 1)];
  }

  async function* batches(fromMs: number, toMs: number, device?: string) {
    const number = device === undefined ? undefined : devices.find(device);
    if (device !== undefined && number === undefined) return;
    const wanted = number === undefined ? undefined : (one: number) => one === number;
    // The mark first: while hours are being written, a reading is found twice rather than never.
    const after = await compactedSeq(reader);
    let [length, at] = [0, fromMs];
    for (;;) {
      const window = await nextWindow(after, at, toMs, windowsMs[length] ?? minuteMs);
      if (!window) return;
      const [from, to] = window;
      const found: PowerReading[] = [];
      for await (const row of hours(from, to, number)) {
        const { hour_ms: hour, device: of, body } = row;
        const read = () => decodeHour(body, devices.nameOf(of), from, to);
        for (const one of damage.pass(`hour ${of} ${hour}`, read, [])) found.push(one);
      }
      const packed = found.length;
      for await (const { seq, body } of groups(after, from, to)) {
        const read = () => decodeBlob(body, devices.nameOf, wanted);
        for (const one of damage.pass(`group ${seq}`, read, []))
          if (one.atMs >= from && one.atMs <= to) found.push(one);
      }
      // Blocks of hours hold each reading once; only what groups hold too may be there twice.
      const kept = packed === found.length ? found : eachOnce(found);
      kept.sort((a, b) => a.atMs - b.atMs || (a.device < b.device ? -1 : 1));
      yield kept;
      if (kept.length > mostReadings) length = Math.max(0, length - 1);
      else if (kept.length < mostReadings / 2) length = Math.min(windowsMs.length - 1, length + 1);
      at = to + 1;
    }
  }

  return {
    batches,

    async *power(fromMs, toMs, device) {
      for await (const batch of batches(fromMs, toMs, device)) yield* batch;
    },

    young,

    async figures({ devices: names, channel, fromMs, toMs, young: edge, hoursFromMs }, into) {
      const columns = columnsOfChannel(channel);
      const numbers = new Set<number>();
      for (const name of names) {
        const number = devices.find(name);
        if (number !== undefined) numbers.add(number);
      }
      if (numbers.size === 0) return;
      const { after, firstMs } = edge;
      // Hours that are being written now: their readings are among the groups too.
      const packed = new Map<number, Set<number>>();
      const figuresOf = createFigureReader(columns);
      for (const number of hoursFromMs <= toMs ? numbers : []) {
        const times = new Set<number>();
        packed.set(number, times);
        for await (const { hour_ms: hour, body } of hours(
          Math.max(fromMs, hoursFromMs),
          toMs,
          number,
        )) {
          const fresh = hour + hourMs > firstMs;
          const name = `hour ${number} ${hour}`;
          if (!fresh && damage.pass(name, () => foldHour(body, columns, into), true)) continue;
          const figures = damage.pass(name, () => figuresOf(body), null);
          if (!figures) continue;
          into.addRising(figures);
          if (fresh) for (let i = 0; i < figures.n; i += 1) times.add(figures.times[i] as number);
        }
      }
      // The past is not among the groups: then none of them, and there may be a hundred thousand, is looked at.
      if (toMs < firstMs) return;
      const wanted = await tails.alone(() => filled(numbers, channel, after));
      for (const [number, { times, values }] of wanted) {
        const known = packed.get(number);
        for (let i = 0; i < times.length; i += 1) {
          const atMs = times[i] as number;
          if (!known?.has(atMs)) into.add(atMs, values[i] as number);
        }
      }
    },
  };

  /** What the groups behind `after` say of a figure, by device. */
  async function filled(numbers: ReadonlySet<number>, channel: CurveChannel, after: number) {
    const columns = columnsOfChannel(channel);
    const wanted = new Map<number, Tail>();
    for (const number of numbers) wanted.set(number, tails.of(number, channel, after));
    const fromSeq = Math.min(...[...wanted.values()].map(({ toSeq }) => toSeq));
    const toSeq = lastSeq();
    for await (const { seq, body } of groupsOf(numbers, fromSeq)) {
      const lacks = (number: number) => (wanted.get(number)?.toSeq ?? never) < seq;
      const read = () =>
        scanBlob(body, lacks, columns, (number, atMs, value) => {
          const tail = wanted.get(number);
          tail?.times.push(atMs);
          tail?.values.push(value);
        });
      damage.pass(`group ${seq}`, read, undefined);
      for (const tail of wanted.values()) tail.toSeq = Math.max(tail.toSeq, seq);
    }
    // None of them spoke in the groups behind.
    for (const tail of wanted.values()) tail.toSeq = Math.max(tail.toSeq, toSeq);
    return wanted;
  }

  async function young(): Promise<Young> {
    const after = await compactedSeq(reader);
    const before =
      seen?.after === after ? seen : { after, toSeq: after, firstMs: never, newestMs: 0 };
    const toSeq = lastSeq();
    const row = await reader.get<{ first: number | null; newest: number | null }>(
      `SELECT min(first_ms) AS first, max(at_ms) AS newest FROM journal
       WHERE seq > ? AND seq <= ? AND n > 0`,
      [before.toSeq, toSeq],
    );
    const firstMs = Math.min(before.firstMs, row?.first ?? never);
    const newestMs = Math.max(before.newestMs, row?.newest ?? 0);
    seen = { after, toSeq, firstMs, newestMs };
    if (firstMs === never) return { after, firstMs, fromMs: never };
    // One straggler with a wrong clock must not turn a year's quarters off.
    const leastMs = newestMs - stragglerMs;
    return { after, firstMs, fromMs: Math.floor(Math.max(firstMs, leastMs) / hourMs) * hourMs };
  }
}

/** The first of each device and time. */
function eachOnce(readings: readonly PowerReading[]): PowerReading[] {
  const times = new Map<string, Set<number>>();
  return readings.filter(({ device, atMs }) => {
    const seen = times.get(device);
    if (seen?.has(atMs)) return false;
    if (seen) seen.add(atMs);
    else times.set(device, new Set([atMs]));
    return true;
  });
}
