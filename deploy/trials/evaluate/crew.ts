import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { workerFile } from '../../../gateway/worker-file.ts';

/** Threads that do tasks of one kind, one for each core. All chances of a task come from its seeds, so it does not matter who does it. */
export interface Crew<T, A> {
  /** The answers in the order of the tasks; `seen` after each, in the order in which they are done. */
  work(tasks: readonly T[], seen: (task: T) => void): Promise<readonly A[]>;
  end(): Promise<void>;
}

/** `name` is the file beside this one that each thread runs: it answers every task that it is given. */
export const startCrew = <T, A>(name: string): Crew<T, A> =>
  startCrewOf(availableParallelism(), workerFile(name, import.meta.url));

export function startCrewOf<T, A>(size: number, file: string | URL | undefined): Crew<T, A> {
  if (file === undefined) throw new Error('npm run build makes what the threads run');
  const workers = Array.from({ length: size }, () => new Worker(file));

  return {
    async work(tasks, seen) {
      const waiting = [...tasks.entries()];
      const answers: A[] = [];
      /** Takes the next task until there is none. */
      const work = async (worker: Worker) => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          const [at, task] = next;
          answers[at] = await ask(worker, task);
          seen(task);
        }
      };
      await Promise.all(workers.map(work));
      return answers;
    },
    async end() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function ask<T, A>(worker: Worker, task: T): Promise<A> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (answer: A) => {
      worker.off('error', reject);
      resolve(answer);
    });
    worker.postMessage(task);
  });
}
