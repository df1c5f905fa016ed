import { type Clock, systemClock } from './clock.ts';
import { judgedSeq } from './engine/judged-seq.ts';
import { openJournal } from './journal/journal.ts';
import { loadMigrations } from './journal/migrations.ts';
import { gateMigrations } from './migrations.ts';
import { openStore } from './store/store.ts';

export interface KeptParts {
  /** Moved by hand where a past is put in faster than it passed. */
  readonly clock?: Clock;
  /** How long a commit may gather, ms. */
  readonly windowMs?: number;
}

/** Store and journal as a start opens them, without the rest of the gateway: for trials and tests. A disk that lies is thrown. */
export async function openKept(dataDir: string, parts: KeptParts = {}) {
  const { clock = systemClock, windowMs = 0 } = parts;
  const store = await openStore({
    dataDir,
    load: loadMigrations,
    gate: gateMigrations,
    nowMs: clock.nowMs(),
  });
  const journal = await openJournal({
    store,
    clock,
    windowMs,
    reserveBytes: 0,
    leastSeq: await judgedSeq(store.gate),
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
