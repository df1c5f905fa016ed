import { parentPort } from 'node:worker_threads';
import { judgeWeek } from './judge-week.ts';
import type { Case } from './village.ts';

/** A week of a house that keeps its riders. */
export interface WeekTask extends Pick<Case, 'place' | 'season'> {
  readonly seed: number;
  /** Charges a day; none for a house without riders. */
  readonly charges: number;
}

// One of the threads of an evaluation: judges a week whenever it is given one.
parentPort?.on('message', ({ place, season, seed, charges }: WeekTask) => {
  parentPort?.postMessage(judgeWeek(place, season, seed, charges));
});
