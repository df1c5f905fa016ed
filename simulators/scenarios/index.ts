import type { Scenario } from '../scenario.ts';
import { demo } from './demo.ts';
import { evening } from './evening.ts';
import { flappingMeter } from './flapping-meter.ts';
import { flood } from './flood.ts';
import { morningQueue } from './morning-queue.ts';
import { outage } from './outage.ts';
import { overload } from './overload.ts';
import { wrongClock } from './wrong-clock.ts';

/** Every scenario by its name on the command line. A new one is its file and a line here. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  demo,
  evening,
  overload,
  'morning-queue': morningQueue,
  outage,
  'flapping-meter': flappingMeter,
  'wrong-clock': wrongClock,
  flood,
};
