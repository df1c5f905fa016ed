import { parentPort } from 'node:worker_threads';
import { type FitTask, fitPlace } from './fit.ts';
import { daysOf } from './village.ts';

// One of the threads of a fit: fits the tables of a place and season whenever it is given one.
parentPort?.on('message', ({ place, season }: FitTask) => {
  parentPort?.postMessage(fitPlace(place, season, daysOf));
});
