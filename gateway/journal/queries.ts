import {
  type PassageReading,
  type Reading,
  type ReadingKind,
  readingKinds,
} from '../../drivers/reading.ts';
import type { CurveChannel, Journal, Maxima, Quarter } from './contract.ts';
import { createBuckets } from './curve.ts';
import { readEvents } from './events.ts';
import type { QueryParts } from './groups.ts';
import { inOrder } from './in-order.ts';
import { dayFigures, dayMaxima, dayMs, decodeDay, noFigures, quarterMs } from './rollup.ts';
import { createScan } from './scan.ts';

/** What is asked of the quarters of past hours. */
export interface QuarterQuery {
  readonly fromMs: number;
  readonly toMs: number;
  /** All if absent. */
  readonly devices?: readonly string[];
  /** Only this figure; all if absent. */
  readonly channel?: CurveChannel;
}

export interface Queries extends Pick<Journal, 'read' | 'curve' | 'passages' | 'maxima'> {
  /** Quarters of an hour of the past, by device. The hour that is running is not among them. */
  quarters(query: QuarterQuery): Promise<ReadonlyMap<string, readonly Quarter[]>>;
  /** Readings of all kinds between two times, in the order in which rules fold them, some ten thousand at once. */
  everything(fromMs: number, toMs: number): AsyncGenerator<readonly Reading[]>;
}

/** A page of the console shows no more. */
const maxPassages = 20_000;
/** Events behind the last power reading, at once. */
const restReadings = 5000;

export function createQueries(parts: QueryParts): Queries {
  const { reader, gate, keys, devices, damage, lastSeq } = parts;
  const scan = createScan(parts);

  /** Blocks of days. */
  async function days({ fromMs, toMs, devices: names }: QuarterQuery) {
    const numbers = names?.flatMap((name) => devices.find(name) ?? []);
    return reader.all<{ device: number; day_ms: number; body: Uint8Array }>(
      `SELECT device, day_ms, body FROM day WHERE day_ms BETWEEN ? AND ?
         ${numbers ? 'AND device IN (SELECT value FROM json_each(?))' : ''} ORDER BY day_ms, device`,
      [Math.floor(fromMs / dayMs) * dayMs, toMs, ...(numbers ? [JSON.stringify(numbers)] : [])],
    );
  }

  return {
    async *read({ kind, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, device, purpose }) {
      if (kind === 'power') yield* scan.power(fromMs, toMs, device);
      else {
        const query = { kind, fromMs, toMs, device, purpose, lastSeq: lastSeq() };
        yield* readEvents(gate, keys, query);
      }
    },

    async *everything(fromMs, toMs) {
      const events = await inOrder(
        readingKinds
          .filter((kind) => kind !== 'power')
          // Without the keys nobody reads what passed.
          .filter((kind) => kind !== 'passage' || keys !== null)
          .map((kind) =>
            readEvents(gate, keys, { kind, fromMs, toMs, purpose: 'gate', lastSeq: lastSeq() }),
          ),
      );
      for await (const batch of scan.batches(fromMs, toMs)) {
        const mixed: Reading[] = [];
        for (const reading of batch) {
          // Power first, as in the journal's groups.
          while (events.atMs() < reading.atMs) mixed.push(await events.take());
          mixed.push(reading);
        }
        yield mixed;
      }
      while (events.atMs() <= toMs) {
        const rest: Reading[] = [];
        while (events.atMs() <= toMs && rest.length < restReadings) rest.push(await events.take());
        yield rest;
      }
    },

    async quarters(query) {
      const { fromMs, toMs, channel } = query;
      const found = new Map<string, Quarter[]>();
      for (const { device, day_ms: day, body } of await days(query)) {
        const name = devices.nameOf(device);
        const read = () => decodeDay(body, channel);
        const quarters = damage
          .pass(`day ${device} ${day}`, read, [])
          .filter(({ atMs }) => atMs + quarterMs > fromMs && atMs <= toMs);
        found.set(name, [...(found.get(name) ?? []), ...quarters]);
      }
      return found;
    },

    async maxima({ fromMs, toMs, devices: names, channel }) {
      const found = new Map<string, Maxima[]>();
      for (const { device, day_ms: day, body } of await days({
        fromMs,
        toMs,
        ...(names ? { devices: names } : {}),
      })) {
        const name = devices.nameOf(device);
        let list = found.get(name);
        if (!list) {
          list = [];
          found.set(name, list);
        }
        const read = () => dayMaxima(body, channel);
        const { atMs, max } = damage.pass(`day ${device} ${day}`, read, noFigures);
        const inside = (_: number, i: number) =>
          (atMs[i] as number) + quarterMs > fromMs && (atMs[i] as number) <= toMs;
        const whole = atMs.length > 0 && inside(0, 0) && inside(0, atMs.length - 1);
        if (whole) list.push({ atMs, max });
        else list.push({ atMs: atMs.filter(inside), max: max.filter(inside) });
      }
      return found;
    },

    async curve({ devices: names, channel, fromMs, toMs, maxPoints }) {
      const buckets = createBuckets(fromMs, toMs, maxPoints);
      // As wide as a quarter and wider: then quarters do, and a year is as quick as a day.
      const rolled = buckets.widthMs >= quarterMs;
      // First of all: what is packed from now on is taken as groups, and its quarters are left.
      const young = await scan.young();
      if (rolled) {
        const blocks = await days({ fromMs, toMs, devices: names });
        for (const { device, day_ms: day, body } of blocks) {
          const read = () => dayFigures(body, channel);
          const figures = damage.pass(`day ${device} ${day}`, read, noFigures);
          const { atMs, n, min, mean, max } = figures;
          for (let i = 0; i < atMs.length; i += 1) {
            const at = atMs[i] as number;
            if (at + quarterMs <= fromMs || at > toMs || at >= young.fromMs) continue;
            const figure = {
              n: n[i] as number,
              min: min[i] as number,
              mean: mean[i] as number,
              max: max[i] as number,
            };
            buckets.merge(Math.max(fromMs, at), figure);
          }
        }
      }
      const hoursFromMs = rolled ? young.fromMs : fromMs;
      const query = { devices: names, channel, fromMs, toMs, young, hoursFromMs };
      await scan.figures(query, buckets);
      return buckets.points();
    },

    async passages({ fromMs, toMs, lane, purpose }) {
      const found: Omit<PassageReading, 'plate'>[] = [];
      const kind: ReadingKind = 'passage';
      const query = { kind, fromMs, toMs, purpose, plates: false, lastSeq: lastSeq() };
      for await (const reading of readEvents(gate, keys, query)) {
        if (reading.kind !== 'passage') continue;
        if (lane === undefined || reading.lane === lane) found.push(reading);
        if (found.length >= maxPassages) break;
      }
      return found;
    },
  };
}
