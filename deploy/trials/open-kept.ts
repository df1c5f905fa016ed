import { type Clock, systemClock } from '../../gateway/clock.ts';
import { openJournal } from '../../gateway/journal/journal.ts';
import { loadMigrations } from '../../gateway/journal/migrations.ts';
import { gateMigrations } from '../../gateway/migrations.ts';
import type { Migration } from '../../gateway/store/sqlite.ts';
import { openStore } from '../../gateway/store/store.ts';

export interface KeptParts {
  /** Moved by hand where a past is put in faster than it passed. */
  readonly clock?: Clock;
  /** Structure of gate.db; all of it if absent. */
  readonly gate?: readonly Migration[];
}

/** Opens store and journal as any start would, without the rest of the gateway. A disk that lies is thrown. */
export async function openKept(dataDir: string, parts: KeptParts = {}) {
  const { clock = systemClock, gate = gateMigrations } = parts;
  const store = await openStore({ dataDir, load: loadMigrations, gate, nowMs: clock.nowMs() });
  const journal = await openJournal({
    store,
    clock,
    windowMs: 0,
    reserveBytes: 0,
    onFatal: (error) => {
      throw error;
    },
  });
  return {
    store,
    journal,
    async close() {
      await journal.close();
      await store.close();
    },
  };
}
