import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../clock.ts';
import { openSqlite, type Sqlite } from '../store/sqlite.ts';
import { workerFile } from '../worker-file.ts';
import { type Compacted, compact } from './compact.ts';
import { type Purged, pruneEvents, pruneLoads, type Retention } from './retention.ts';

/** The job that turns past hours into blocks and deletes what is past its time. */
export interface Compactor {
  /** Blocks that packing could not read since the start. */
  damaged(): number;
  /** Runs now; resolves when it is done. A run that is under way is waited for instead. */
  run(): Promise<Compacted>;
  /** Ends after the step in hand. */
  stop(): Promise<void>;
}

export interface CompactorParts {
  readonly dataDir: string;
  readonly gate: Sqlite;
  readonly clock: Clock;
  readonly keep: Retention;
  /** Groups from here on are still needed by the rules as they are. */
  readonly keepFromSeq: () => number;
  /** Events were deleted because their time is over. */
  readonly onPurged: (purged: Purged, nowMs: number) => Promise<void>;
  readonly onError: (error: Error) => void;
  /** How often it looks whether an hour is over, ms. */
  readonly everyMs?: number;
  /** When it looks first, ms: a box that is restarted every few minutes has to pack as well. */
  readonly firstMs?: number;
}

/** What the worker is told; it answers with a CompactAnswer. */
export interface CompactTask {
  readonly dataDir: string;
  readonly nowMs: number;
  readonly keepFromSeq: number;
  readonly keep: Retention;
}

export type CompactAnswer = { readonly done: Compacted } | { readonly error: string };

const nothing: Compacted = { groups: 0, hours: 0, deletedGroups: 0, damaged: 0 };

/** One run on a connection of its own. */
export async function runTask(
  task: CompactTask,
  stopped: () => boolean,
  collect?: () => void,
): Promise<Compacted> {
  const db = await openSqlite(join(task.dataDir, 'load.db'), {
    walAutoCheckpoint: 0,
    cacheKb: 2048,
    busyTimeoutMs: 30_000,
  });
  try {
    const { nowMs, keepFromSeq } = task;
    const done = await compact({ db, nowMs, keepFromSeq, stopped, ...(collect && { collect }) });
    if (!stopped()) await pruneLoads(db, task.keep, task.nowMs);
    return done;
  } finally {
    await db.close();
  }
}

/** Starts the job: in a worker thread, which lives only for a run, so that between runs it costs no memory. */
export function startCompactor(parts: CompactorParts): Compactor {
  const { gate, clock, keep, onError, everyMs = 5 * 60_000, firstMs = 20_000 } = parts;
  let running: Promise<Compacted> | null = null;
  let stopped = false;
  let worker: Worker | null = null;

  const once = async (): Promise<Compacted> => {
    // With an untrusted clock nothing is old enough to be deleted or finished enough to be packed.
    if (!clock.trusted()) return nothing;
    const task: CompactTask = {
      dataDir: parts.dataDir,
      nowMs: clock.nowMs(),
      keepFromSeq: parts.keepFromSeq(),
      keep,
    };
    const purged = await pruneEvents(gate, keep, task.nowMs);
    if (Object.values(purged).some((n) => n > 0)) await parts.onPurged(purged, task.nowMs);
    // From the sources the work is done here.
    const file = workerFile('compact-worker', import.meta.url);
    if (file === undefined) return runTask(task, () => stopped);
    const started = new Worker(file, {
      workerData: task,
      // About three times what a pass needs; without a limit V8 takes what it finds.
      resourceLimits: { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 4 },
    });
    worker = started;
    try {
      const answer = await new Promise<CompactAnswer>((resolve, reject) => {
        started.once('message', resolve);
        started.once('error', reject);
        started.once('exit', () => resolve({ done: nothing }));
      });
      if ('error' in answer) throw new Error(answer.error);
      return answer.done;
    } finally {
      worker = null;
      await started.terminate();
    }
  };
  let damaged = 0;
  const run = () => {
    running ??= once()
      .then((done) => {
        damaged += done.damaged;
        return done;
      })
      .finally(() => {
        running = null;
      });
    return running;
  };
  const look = () => {
    run().catch((cause: unknown) => onError(cause as Error));
  };
  const first = setTimeout(look, firstMs);
  const timer = setInterval(look, everyMs);
  first.unref();
  timer.unref();
  return {
    run,
    damaged: () => damaged,
    async stop() {
      stopped = true;
      clearTimeout(first);
      clearInterval(timer);
      worker?.postMessage('stop');
      await running?.catch(() => {});
    },
  };
}
