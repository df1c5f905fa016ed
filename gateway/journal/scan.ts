import type { PowerReading } from '../../drivers/reading.ts';
import { decodeBlob, scanBlob } from './blob.ts';
import { columnsOfChannel } from './columns.ts';
import { compactedSeq } from './compact.ts';
import type { CurveChannel } from './contract.ts';
import { pageGroups, type QueryParts } from './groups.ts';
import { decodeHour, hourMs, scanHour } from './hour.ts';

/** Readings are merged and sorted in windows of this length, ms: what is in memory at once. */
const windowMs = 10 * 60_000;
/** Hours of devices read at once, about 20 KB each. */
const pageHours = 32;

/** Where power readings lie: blocks of past hours, and the groups that came since. */
export interface Scan {
  /** Power readings between two times, each once, in the order of time. */
  power(fromMs: number, toMs: number, device?: string): AsyncGenerator<PowerReading>;
  /** One figure of some devices between two times, in no order; groups only with `hours: false`. */
  figures(
    query: {
      readonly devices: readonly string[];
      readonly channel: CurveChannel;
      readonly fromMs: number;
      readonly toMs: number;
      readonly hours: boolean;
    },
    visit: (atMs: number, value: number) => void,
  ): Promise<void>;
}

type Range = readonly [fromMs: number, toMs: number];

export function createScan({ reader, devices, lastSeq }: QueryParts): Scan {
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

  /** Blobs of the groups that are not in the hours yet. */
  async function* groups(after: number, fromMs: number, toMs: number) {
    let seq = after;
    for (;;) {
      const rows = await reader.all<{ seq: number; body: Uint8Array }>(
        `SELECT seq, body FROM journal WHERE seq > ? AND seq <= ? AND n > 0 AND first_ms <= ? AND last_ms >= ?
         ORDER BY seq LIMIT ${pageGroups}`,
        [seq, lastSeq(), toMs, fromMs],
      );
      for (const { body } of rows) yield body;
      const last = rows.at(-1);
      if (!last || rows.length < pageGroups) return;
      seq = last.seq;
    }
  }

  /** Windows that hold anything at all: years of nothing are skipped. */
  async function* windows(after: number, fromMs: number, toMs: number): AsyncGenerator<Range> {
    let from = fromMs;
    while (from <= toMs) {
      const next = await reader.get<{ at: number | null }>(
        `SELECT min(at) AS at FROM (
           SELECT min(max(first_ms, ?1)) AS at FROM journal WHERE seq > ?2 AND n > 0 AND last_ms >= ?1
           UNION ALL SELECT at FROM (SELECT max(hour_ms, ?1) AS at FROM hour
             WHERE hour_ms > ?1 - ${hourMs} ORDER BY hour_ms LIMIT 1))`,
        [from, after],
      );
      if (next?.at == null || next.at > toMs) return;
      const to = Math.min(toMs, Math.floor(next.at / windowMs) * windowMs + windowMs - 1);
      yield [next.at, to];
      from = to + 1;
    }
  }

  return {
    async *power(fromMs, toMs, device) {
      const number = device === undefined ? undefined : devices.find(device);
      if (device !== undefined && number === undefined) return;
      const wanted = number === undefined ? undefined : (one: number) => one === number;
      // The mark first: while hours are being written, a reading is found twice rather than never.
      const after = await compactedSeq(reader);
      for await (const [from, to] of windows(after, fromMs, toMs)) {
        const found = new Map<string, PowerReading>();
        const add = (reading: PowerReading) => {
          if (reading.atMs < from || reading.atMs > to) return;
          const key = `${reading.atMs}/${reading.device}`;
          if (!found.has(key)) found.set(key, reading);
        };
        for await (const row of hours(from, to, number)) {
          for (const one of decodeHour(row.body, devices.nameOf(row.device), from, to)) add(one);
        }
        for await (const body of groups(after, from, to)) {
          for (const one of decodeBlob(body, devices.nameOf, wanted)) add(one);
        }
        yield* [...found.values()].sort(
          (a, b) => a.atMs - b.atMs || (a.device < b.device ? -1 : 1),
        );
      }
    },

    async figures({ devices: names, channel, fromMs, toMs, hours: alsoHours }, visit) {
      const columns = columnsOfChannel(channel);
      const numbers = new Set<number>();
      for (const name of names) {
        const number = devices.find(name);
        if (number !== undefined) numbers.add(number);
      }
      if (numbers.size === 0) return;
      const after = await compactedSeq(reader);
      // Hours that are being written now: their readings are among the groups too.
      const seen = new Map<number, Set<number>>();
      const within = (atMs: number) => atMs >= fromMs && atMs <= toMs;
      const firstMs = await firstOfGroups(after);
      for (const number of alsoHours ? numbers : []) {
        const times = new Set<number>();
        seen.set(number, times);
        for await (const { hour_ms: hour, body } of hours(fromMs, toMs, number)) {
          const young = hour + hourMs > firstMs;
          scanHour(body, columns, (atMs, value) => {
            if (young) times.add(atMs);
            if (within(atMs)) visit(atMs, value);
          });
        }
      }
      for await (const body of groups(after, fromMs, toMs)) {
        scanBlob(
          body,
          (number) => numbers.has(number),
          columns,
          (number, atMs, value) => {
            if (within(atMs) && !seen.get(number)?.has(atMs)) visit(atMs, value);
          },
        );
      }
    },
  };

  async function firstOfGroups(after: number): Promise<number> {
    const row = await reader.get<{ at: number | null }>(
      'SELECT min(first_ms) AS at FROM journal WHERE seq > ? AND n > 0',
      [after],
    );
    return row?.at ?? Number.MAX_SAFE_INTEGER;
  }
}
