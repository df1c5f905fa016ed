import type { PowerReading } from '../../drivers/reading.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Sqlite } from '../store/sqlite.ts';
import type { Done } from './acks.ts';
import type { Quarantined } from './contract.ts';
import { dropBeyond, type EventReading, writeEvents, writeQuarantine } from './events.ts';

/** What one call of the journal asked to keep together. */
export interface Asked {
  readonly events: readonly EventReading[];
  readonly power: readonly PowerReading[];
  readonly quarantined: Quarantined | null;
  readonly done: Done;
}

/** Events that are on the disk, and of which no group tells yet: without one they are not true. */
export interface Staged {
  readonly seq: number;
  readonly asked: readonly Asked[];
  /** Those that were new. */
  readonly fresh: readonly EventReading[];
  readonly tookMs: number;
}

/**
 * The step before the group: events go to gate.db under the number of a group that is still to come. Until they are
 * flushed, groups of loads pass in front of them, so that no meter waits for two flushes because a camera spoke.
 */
export interface Stage {
  /** Flushes events; resolves when a group has taken them, or could not. One call at a time. Rejects where nothing was kept. */
  write(asked: readonly Asked[]): Promise<void>;
  /** What the group numbered `seq` has to take along; null where it may pass. Waits where there is no number left before them. */
  join(seq: number): Promise<Staged | null>;
  /** The group that took them is on the disk, or not. */
  settle(kept: boolean): void;
}

/** Groups of loads that may pass in front of events: the numbers that are left free for them. */
export const passing = 64;

export function createStage(parts: {
  readonly gate: Sqlite;
  readonly keys: Keys;
  readonly lastSeq: () => number;
  /** True while no group is being written or waits: then no number need be left free. */
  readonly isIdle: () => boolean;
  /** Events are flushed: a group should come for them. */
  readonly onFlushed: () => void;
}): Stage {
  const { gate, keys, lastSeq } = parts;
  /** The number of the events that are being written, or wait for their group. */
  let taken: number | null = null;
  let flushing: Promise<unknown> | null = null;
  let ready: Staged | null = null;
  let settled: (() => void) | null = null;
  /** Events may be left in gate.db whose group will never come: no other group may get their number. */
  let orphans = false;
  let clearing: Promise<void> | null = null;

  const clear = (): Promise<void> => {
    if (!orphans) return Promise.resolve();
    clearing ??= dropBeyond(gate, lastSeq())
      .then(() => {
        orphans = false;
      })
      .finally(() => {
        clearing = null;
      });
    return clearing;
  };

  const flush = async (asked: readonly Asked[]): Promise<void> => {
    await clear();
    const startedMs = performance.now();
    const seq = lastSeq() + 1 + (parts.isIdle() ? 0 : passing);
    taken = seq;
    const events = asked.flatMap((one) => one.events);
    const unread = asked.flatMap(({ quarantined }) => quarantined ?? []);
    let fresh: readonly EventReading[] = [];
    try {
      await gate.transaction(async (tx) => {
        if (events.length > 0) fresh = await writeEvents(tx, seq, events, keys);
        if (unread.length > 0) await writeQuarantine(tx, seq, unread);
      });
    } catch (error) {
      taken = null;
      orphans = true;
      throw error;
    }
    ready = { seq, asked, fresh, tookMs: performance.now() - startedMs };
  };

  return {
    async write(asked) {
      // Before anything else: a group may take the events as soon as they are flushed.
      const over = new Promise<void>((resolve) => {
        settled = resolve;
      });
      const flushed = flush(asked);
      flushing = flushed.catch(() => {
        // Whoever waits for it may pass then; whoever asked for it is told.
      });
      try {
        await flushed;
      } finally {
        flushing = null;
      }
      parts.onFlushed();
      await over;
    },
    async join(seq) {
      await clear();
      while (flushing && taken !== null && seq >= taken) {
        await flushing;
        await clear();
      }
      const staged = ready;
      ready = null;
      return staged;
    },
    settle(kept) {
      if (!kept) orphans = true;
      taken = null;
      settled?.();
      settled = null;
    },
  };
}
