import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { workerFile } from '../../../gateway/worker-file.ts';
import type { MeterPlace } from '../../../simulators/house/compose.ts';
import type { judgeHouse } from './judge-house.ts';
import type { judgeWeek } from './judge-week.ts';
import type { Case, Habits } from './village.ts';

/** A house to be judged; all its chances come from the seed, so it does not matter who does it. */
export interface Task {
  readonly place: MeterPlace;
  readonly season: Case['season'];
  readonly seed: number;
  readonly days: number;
  readonly habits: Habits;
  /** True: a week of a house that keeps its riders, for repeated nights. */
  readonly isWeek?: true;
}
type Weeks = ReturnType<typeof judgeWeek>;
type House = ReturnType<typeof judgeHouse>;

/** Threads that judge houses, one for each core. */
export interface Crew {
  /** The houses in the order of the tasks; `seen` after each, in the order in which they are done. */
  judge(tasks: readonly Task[], seen: () => void): Promise<readonly House[]>;
  /** Weeks in the same way. */
  weeks(tasks: readonly Task[], seen: () => void): Promise<readonly Weeks[]>;
  end(): Promise<void>;
}

/** `file` is what each thread runs: it answers every task that it is given. */
export function startCrew(
  size = availableParallelism(),
  file = workerFile('crew-worker', import.meta.url),
): Crew {
  if (file === undefined) throw new Error('npm run build makes what the threads run');
  const workers = Array.from({ length: size }, () => new Worker(file));

  const all = async <Answer>(tasks: readonly Task[], seen: () => void): Promise<Answer[]> => {
    const waiting = [...tasks.entries()];
    const answers: Answer[] = [];
    /** Takes the next task until there is none. */
    const work = async (worker: Worker) => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [at, task] = next;
        answers[at] = await ask<Answer>(worker, task);
        seen();
      }
    };
    await Promise.all(workers.map(work));
    return answers;
  };

  return {
    judge: (tasks, seen) => all<House>(tasks, seen),
    weeks: (tasks, seen) =>
      all<Weeks>(
        tasks.map((task) => ({ ...task, isWeek: true })),
        seen,
      ),
    async end() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function ask<Answer>(worker: Worker, task: Task): Promise<Answer> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (answer: Answer) => {
      worker.off('error', reject);
      resolve(answer);
    });
    worker.postMessage(task);
  });
}
