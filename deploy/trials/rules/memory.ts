import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { armRules, createFold } from '../../../rules/fold.ts';
import { rules } from '../../../rules/index.ts';
import { createReplay } from '../../../rules/replay.ts';
import type { Village } from './village.ts';

/** How much memory rules hold at the end of a day, MB, and how long their state is as JSON, bytes a meter. */
export interface Day {
  readonly day: number;
  readonly heapMb: number;
  readonly stateBytes: number;
}

/** Folds `days` days and looks at the memory after each, once what is garbage has been collected. */
export function memoryOf(village: Village, meters: number, days: number): Day[] {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const fold = createFold(village.site, armRules(rules));
  const run = createReplay(fold);
  const found: Day[] = [];
  for (let day = 0; day < days; day += 1) {
    for (let n = day * 24 * village.perHour; n < (day + 1) * 24 * village.perHour; n += 1)
      for (const reading of village.part(n)) run.take(reading);
    collect();
    found.push({
      day: day + 1,
      heapMb: process.memoryUsage().heapUsed / 1e6,
      stateBytes: JSON.stringify(fold.snapshot().states).length / meters,
    });
  }
  return found;
}
