import type { Reading } from '../../drivers/reading.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Sqlite } from '../store/sqlite.ts';
import { decodeBlob } from './blob.ts';
import type { StoredGroup } from './contract.ts';
import type { Damage } from './damage.ts';
import type { Devices } from './devices.ts';
import { eventsOfGroups } from './events.ts';
import type { Whereabouts } from './whereabouts.ts';

/** What queries read from. */
export interface QueryParts {
  /** load.db, for reading. */
  readonly reader: Sqlite;
  readonly gate: Sqlite;
  /** Null: passages stay sealed and are left out. */
  readonly keys: Keys | null;
  readonly devices: Devices;
  readonly damage: Damage;
  /** Groups beyond are not on the disk yet. */
  readonly lastSeq: () => number;
  /** Where nothing is known of it, all groups are looked at. */
  readonly whereabouts?: Whereabouts;
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
export const pageGroups = 200;
/** Readings that are remembered after a start. */
const newestReadings = 20_000;

/** Groups in order, with their events. */
export async function* readGroups(parts: QueryParts, fromSeq: number): AsyncGenerator<StoredGroup> {
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
      const power: Reading[] =
        body === null
          ? []
          : parts.damage.pass(
              `group ${seq}`,
              () => decodeBlob(body, parts.devices.nameOf),
              [] as Reading[],
            );
      const more = events.get(seq) ?? [];
      yield {
        seq,
        atMs,
        stepMs,
        start: start === 1,
        readings: more.length === 0 ? power : [...power, ...more],
        events: more,
      };
    }
    next = last.seq + 1;
  }
}

/** The newest readings, oldest first: what is remembered after a start. */
export async function* newestReadingsOf(parts: QueryParts): AsyncGenerator<Reading> {
  const rows = await parts.reader.all<{ seq: number; n: number }>(
    'SELECT seq, n FROM journal ORDER BY seq DESC LIMIT 5000',
  );
  let from = parts.lastSeq();
  let readings = 0;
  for (const { seq, n } of rows) {
    if (readings + n > newestReadings) break;
    readings += n;
    from = seq;
  }
  for await (const group of readGroups(parts, from)) yield* group.readings;
}
