import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Reading, ReadingKind } from '../../drivers/reading.ts';
import { GatewayError } from '../errors.ts';
import { openStoredKeys } from '../privacy/keys.ts';
import type { Purpose } from '../privacy/purposes.ts';
import { openSqlite, type Sqlite } from '../store/sqlite.ts';
import type { Quarantined } from './contract.ts';
import { createDamage } from './damage.ts';
import { openDevices } from './devices.ts';
import { readQuarantined } from './events.ts';
import { hourMs } from './hour.ts';
import { createQueries } from './queries.ts';

interface Span {
  readonly a: number | null;
  readonly b: number | null;
}

/** Which stored readings: by time (ms UTC, both ends included) and device. */
export interface StoredQuery {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly device?: string;
}

/** What is stored, for reading alone; a gateway may write meanwhile. */
export interface Stored {
  readonly load: Sqlite;
  readonly gate: Sqlite;
  /** Oldest first, without duplicates. Passages can be read where the keys are at hand, for a purpose (PR-07). */
  read(
    query: StoredQuery & { readonly kind: ReadingKind; readonly purpose?: Purpose },
  ): AsyncIterable<Reading>;
  /** Readings of all kinds between two times, in the order in which rules fold them, some ten thousand at once. */
  everything(fromMs: number, toMs: number): AsyncGenerator<readonly Reading[]>;
  /** Times of the first and the last reading, ms; to the hour where hours are packed. Nothing stored: from is after to. */
  span(): Promise<{ readonly fromMs: number; readonly toMs: number }>;
  readQuarantine(query: StoredQuery): AsyncIterable<Quarantined>;
  close(): Promise<void>;
}

/** Opens a data directory for reading, while the gateway runs or after a crash. Writes nothing into it. */
export async function openStored(dataDir: string): Promise<Stored> {
  for (const name of ['load.db', 'gate.db']) {
    if (!existsSync(join(dataDir, name)))
      throw new GatewayError('STORE_FOREIGN', `${dataDir} holds no store: there is no ${name}`);
  }
  const load = await openSqlite(join(dataDir, 'load.db'), { readOnly: true });
  const gate = await openSqlite(join(dataDir, 'gate.db'), { readOnly: true });
  // Events of a group that never became true lie beyond the last one. They are cleared at the next start.
  const newest = await load.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM journal');
  const lastSeq = newest?.seq ?? Number.MAX_SAFE_INTEGER;
  const devices = await openDevices(load);
  const queries = createQueries({
    reader: load,
    gate,
    keys: openStoredKeys(dataDir),
    devices,
    damage: createDamage(),
    lastSeq: () => lastSeq,
  });
  return {
    load,
    gate,
    read: queries.read,
    everything: queries.everything,
    async span() {
      const power = await load.get<Span>(
        `SELECT min(a) AS a, max(b) AS b FROM (
           SELECT min(first_ms) AS a, max(last_ms) AS b FROM journal WHERE n > 0
           UNION ALL SELECT min(hour_ms), max(hour_ms) + ${hourMs - 1} FROM hour)`,
      );
      const events = await gate.get<Span>('SELECT min(at_ms) AS a, max(at_ms) AS b FROM event');
      return {
        fromMs: Math.min(power?.a ?? Number.MAX_SAFE_INTEGER, events?.a ?? Number.MAX_SAFE_INTEGER),
        toMs: Math.max(power?.b ?? 0, events?.b ?? 0),
      };
    },
    readQuarantine: ({ fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, device }) =>
      readQuarantined(gate, { fromMs, toMs, device }),
    async close() {
      await load.close();
      await gate.close();
    },
  };
}
