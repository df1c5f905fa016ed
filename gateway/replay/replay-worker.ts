import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { type ReplayAnswer, type ReplayTask, runReplay } from './run.ts';

// The thread of one replay: it ends with it.
let stopped = false;
parentPort?.on('message', () => {
  stopped = true;
});
const say = (answer: ReplayAnswer) => parentPort?.postMessage(answer);

try {
  // On Linux this is the thread's own: readings and alerts go before what somebody would like to know.
  setPriority(constants.priority.PRIORITY_LOW);
} catch {
  // A system that forbids it runs the replay like everything else.
}

const saidEveryMs = 250;
let saidMs = 0;
const share = (done: number) => {
  if (performance.now() - saidMs < saidEveryMs) return;
  saidMs = performance.now();
  say({ share: done });
};

runReplay(workerData as ReplayTask, () => stopped, share)
  .then(
    (done) => say({ done }),
    (error: Error) => say({ error: error.message }),
  )
  .finally(() => parentPort?.close());
