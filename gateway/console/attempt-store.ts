import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Sqlite } from '../store/sqlite.ts';
import type { AttemptStore } from './attempts.ts';

interface Row {
  readonly key: string;
  readonly n: number;
  readonly until_ms: number;
}

/**
 * Counts of tries in gate.db, so that a restart does not set guesses free. Wall time carries them over: of a clock that was
 * wrong meanwhile the reader believes at most one lock's length.
 */
export function createAttemptStore(
  gate: Sqlite,
  clock: Pick<Clock, 'nowMs'>,
  log: Log,
): AttemptStore {
  return {
    async load() {
      const nowMs = clock.nowMs();
      const rows = await gate.all<Row>('SELECT key, n, until_ms FROM login_count WHERE n > 0');
      return rows
        .filter(({ until_ms }) => until_ms > nowMs)
        .map(({ key, n, until_ms }) => ({ key, n, leftMs: until_ms - nowMs }));
    },
    async save(counts) {
      const nowMs = clock.nowMs();
      try {
        await gate.transaction(async (tx) => {
          await tx.run('DELETE FROM login_count WHERE until_ms < ?', [nowMs]);
          for (const { key, n, leftMs } of counts) {
            await tx.run('INSERT OR REPLACE INTO login_count (key, n, until_ms) VALUES (?, ?, ?)', [
              key,
              n,
              Math.round(nowMs + leftMs),
            ]);
          }
        });
      } catch (cause) {
        // A full disk must not keep the committee out: the counts of this run go on in memory.
        log.error({ err: cause }, 'tries of log-ins are not kept over a restart');
      }
    },
  };
}
