import { parentPort } from 'node:worker_threads';
import type { MeterPlace } from '../../../simulators/house/compose.ts';
import { judgeHouse } from './judge-house.ts';
import type { Case, Habits } from './village.ts';

/** A house to be judged. */
export interface JudgeTask {
  readonly place: MeterPlace;
  readonly season: Case['season'];
  readonly seed: number;
  readonly days: number;
  readonly habits: Habits;
}

// One of the threads of an evaluation: judges a house whenever it is given one.
parentPort?.on('message', ({ place, season, seed, days, habits }: JudgeTask) => {
  parentPort?.postMessage(judgeHouse(place, season, seed, days, habits));
});
