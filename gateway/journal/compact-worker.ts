import { parentPort, workerData } from 'node:worker_threads';
import { collectorOf } from '../collect.ts';
import { type CompactAnswer, type CompactTask, runTask } from './compactor.ts';

// The thread of one compaction: it ends with it.
let stopped = false;
parentPort?.on('message', () => {
  stopped = true;
});

async function work(): Promise<CompactAnswer> {
  try {
    const collect = collectorOf();
    const young = () => collect({ type: 'minor' });
    return { done: await runTask(workerData as CompactTask, () => stopped, young) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

void work().then((answer) => {
  parentPort?.postMessage(answer);
  parentPort?.close();
});
