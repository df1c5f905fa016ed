import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { workerFile } from '../../../gateway/worker-file.ts';
import type { MeterPlace } from '../../../simulators/house/compose.ts';
import type { judgeHouse } from './judge-house.ts';
import type { Case, Habits } from './village.ts';

/** A house to be judged; all its chances come from the seed, so it does not matter who does it. */
export interface Task {
  readonly place: MeterPlace;
  readonly season: Case['season'];
  readonly seed: number;
  readonly days: number;
  readonly habits: Habits;
}
type House = ReturnType<typeof judgeHouse>;

/** Threads that judge houses, one for each core. */
export interface Crew {
  /** The houses in the order of the tasks; `seen` after each, in the order in which they are done. */
  judge(tasks: readonly Task[], seen: () => void): Promise<readonly House[]>;
  end(): Promise<void>;
}

/** `file` is what each thread runs: it answers every task that it is given. */
export function startCrew(
  size = availableParallelism(),
  file = workerFile('crew-worker', import.meta.url),
): Crew {
  if (file === undefined) throw new Error('npm run build makes what the threads run');
  const workers = Array.from({ length: size }, () => new Worker(file));

  return {
    async judge(tasks, seen) {
      const waiting = [...tasks.entries()];
      const houses: House[] = [];
      /** Takes the next task until there is none. */
      const work = async (worker: Worker) => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          const [at, task] = next;
          houses[at] = await ask(worker, task);
          seen();
        }
      };
      await Promise.all(workers.map(work));
      return houses;
    },
    async end() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function ask(worker: Worker, task: Task): Promise<House> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (house: House) => {
      worker.off('error', reject);
      resolve(house);
    });
    worker.postMessage(task);
  });
}
