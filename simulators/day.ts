import type { Reading } from '../drivers/reading.ts';
import type { Scenario } from './scenario.ts';
import type { Village } from './village.ts';
import { createWorld, type Truth } from './world.ts';

export interface DayPlan {
  readonly village: Village;
  readonly scenario: Scenario;
  readonly seed: number;
  /** Local midnight, ms UTC. */
  readonly midnightMs: number;
  /** Hours since that midnight; default 0 and 24. */
  readonly fromHour?: number;
  readonly toHour?: number;
}

/** s of the village that are held in memory at once. */
const chunkS = 60;

/** A whole day of the village for `replay`, reading by reading. The same plan gives the same bytes. */
export function* villageDay(plan: DayPlan): Generator<Reading, readonly Truth[]> {
  const { village, scenario, seed, midnightMs, fromHour = 0, toHour = 24 } = plan;
  const startS = fromHour * 3600;
  const world = createWorld({ village, scenario, seed, midnightMs, startS });
  for (let s = startS + chunkS; s <= toHour * 3600; s += chunkS) yield* world.until(s);
  return world.truth();
}

/** One line of what `replay` takes. */
export const readingLine = (reading: Reading): string => `${JSON.stringify(reading)}\n`;
