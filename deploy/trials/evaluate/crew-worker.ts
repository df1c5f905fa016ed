import { parentPort } from 'node:worker_threads';
import type { Task } from './crew.ts';
import { judgeHouse } from './judge-house.ts';

// One of the threads of an evaluation: judges a house whenever it is given one.
parentPort?.on('message', ({ place, season, seed, days, habits }: Task) => {
  parentPort?.postMessage(judgeHouse(place, season, seed, days, habits));
});
