import { Worker } from 'node:worker_threads';
import type { Log } from '../log.ts';
import { workerFile } from '../worker-file.ts';
import { type ReplayAnswer, type ReplayResult, type ReplayTask, runReplay } from './run.ts';

/** Where the one replay of this box stands. */
export type ReplayState =
  | { readonly state: 'idle' }
  | { readonly state: 'running'; readonly task: ReplayTask; readonly share: number }
  | { readonly state: 'done'; readonly task: ReplayTask; readonly result: ReplayResult }
  | { readonly state: 'failed' | 'cancelled'; readonly task: ReplayTask };

/** "What would this rule have done?", one at a time, beside the work of the box. */
export interface ReplayJob {
  /** False: another runs. */
  start(task: ReplayTask): boolean;
  state(): ReplayState;
  /** Ends what runs after the step in hand; resolves when it has ended. */
  cancel(): Promise<void>;
}

/** Ten thousand readings at once and what the rules remember of a village are a third of this. */
const mostMemoryMb = 192;

/** The last result stays in memory until the next question or the next start of the box. */
export function createReplayJob(log: Log): ReplayJob {
  let now: ReplayState = { state: 'idle' };
  let running: Promise<void> | null = null;
  let stop = () => {};

  const work = async (task: ReplayTask): Promise<void> => {
    try {
      const onShare = (share: number) => {
        if (now.state === 'running') now = { ...now, share };
      };
      const result = await inThread(task, onShare, (how) => {
        stop = how;
      });
      now = result === null ? { state: 'cancelled', task } : { state: 'done', task, result };
    } catch (cause) {
      log.error({ err: cause, rule: task.rule }, 'a replay failed');
      now = { state: 'failed', task };
    }
  };

  return {
    start(task) {
      if (running) return false;
      now = { state: 'running', task, share: 0 };
      running = work(task).finally(() => {
        running = null;
      });
      return true;
    },
    state: () => now,
    async cancel() {
      stop();
      await running;
    },
  };
}

/** Runs a task in a thread of its own. Null: it was stopped. */
async function inThread(
  task: ReplayTask,
  onShare: (share: number) => void,
  stoppable: (how: () => void) => void,
): Promise<ReplayResult | null> {
  const file = workerFile('replay-worker', import.meta.url);
  if (file === undefined) {
    // From the sources the work is done here.
    let stopped = false;
    stoppable(() => {
      stopped = true;
    });
    return runReplay(task, () => stopped, onShare);
  }
  const worker = new Worker(file, {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: mostMemoryMb, maxYoungGenerationSizeMb: 16 },
  });
  stoppable(() => worker.postMessage('stop'));
  try {
    return await new Promise<ReplayResult | null>((resolve, reject) => {
      worker.on('message', (answer: ReplayAnswer) => {
        if ('share' in answer) onShare(answer.share);
        else if ('error' in answer) reject(new Error(answer.error));
        else resolve(answer.done);
      });
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('The thread ended without an answer')));
    });
  } finally {
    await worker.terminate();
  }
}
