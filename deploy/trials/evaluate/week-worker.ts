import { parentPort } from 'node:worker_threads';
import { judgeWeek } from './judge-week.ts';
import type { Case } from './village.ts';

/** A week of a house to be judged. */
export interface WeekTask {
  readonly place: Case['place'];
  readonly season: Case['season'];
  readonly seed: number;
  /** A night, of the whole house. */
  readonly charges: number;
}

// One of the threads of an evaluation: judges a week of a house whenever it is given one.
parentPort?.on('message', ({ place, season, seed, charges }: WeekTask) => {
  parentPort?.postMessage(judgeWeek(place, season, seed, charges));
});
