import { parentPort } from 'node:worker_threads';
import type { Task } from './crew.ts';
import { judgeHouse } from './judge-house.ts';
import { judgeWeek } from './judge-week.ts';

// One of the threads of an evaluation: judges a house whenever it is given one.
parentPort?.on('message', ({ place, season, seed, days, habits, isWeek }: Task) => {
  parentPort?.postMessage(
    isWeek
      ? judgeWeek(place, season, seed, habits.charges)
      : judgeHouse(place, season, seed, days, habits),
  );
});
