import type { PassageReading, ReadingKind } from '../../drivers/reading.ts';
import type { CurveChannel, Journal, Quarter } from './contract.ts';
import { createBuckets } from './curve.ts';
import { readEvents } from './events.ts';
import type { QueryParts } from './groups.ts';
import { dayMs, decodeDay, quarterMs } from './rollup.ts';
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

export interface Queries extends Pick<Journal, 'read' | 'curve' | 'passages'> {
  /** Quarters of an hour of the past, by device. The hour that is running is not among them. */
  quarters(query: QuarterQuery): Promise<ReadonlyMap<string, readonly Quarter[]>>;
}

/** A page of the console shows no more. */
const maxPassages = 20_000;

export function createQueries(parts: QueryParts): Queries {
  const { reader, gate, keys, devices, lastSeq } = parts;
  const scan = createScan(parts);

  async function* days({ fromMs, toMs, devices: names, channel }: QuarterQuery) {
    const numbers = names?.flatMap((name) => devices.find(name) ?? []);
    const rows = await reader.all<{ device: number; body: Uint8Array }>(
      `SELECT device, body FROM day WHERE day_ms BETWEEN ? AND ?
         AND (? IS NULL OR device IN (SELECT value FROM json_each(?))) ORDER BY day_ms, device`,
      [Math.floor(fromMs / dayMs) * dayMs, toMs, numbers ? 1 : null, JSON.stringify(numbers ?? [])],
    );
    for (const { device, body } of rows) {
      const quarters = decodeDay(body, channel).filter(
        ({ atMs }) => atMs + quarterMs > fromMs && atMs <= toMs,
      );
      yield { name: devices.nameOf(device), quarters };
    }
  }

  return {
    async *read({ kind, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, device }) {
      if (kind === 'power') yield* scan.power(fromMs, toMs, device);
      else yield* readEvents(gate, keys, { kind, fromMs, toMs, device, lastSeq: lastSeq() });
    },

    async quarters(query) {
      const found = new Map<string, Quarter[]>();
      for await (const { name, quarters } of days(query)) {
        found.set(name, [...(found.get(name) ?? []), ...quarters]);
      }
      return found;
    },

    async curve({ devices: names, channel, fromMs, toMs, maxPoints }) {
      const buckets = createBuckets(fromMs, toMs, maxPoints);
      // As wide as a quarter and wider: then quarters do, and a year is as quick as a day.
      const rolled = buckets.widthMs >= quarterMs;
      if (rolled) {
        for await (const { quarters } of days({ fromMs, toMs, devices: names, channel })) {
          for (const { atMs, figures } of quarters) {
            const figure = figures[channel];
            if (figure) buckets.merge(Math.max(fromMs, atMs), figure);
          }
        }
      }
      await scan.figures({ devices: names, channel, fromMs, toMs, hours: !rolled }, buckets.add);
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
