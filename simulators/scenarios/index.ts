import type { Scenario } from '../scenario.ts';
import { demo } from './demo.ts';
import { evening } from './evening.ts';
import { morningQueue } from './morning-queue.ts';
import { overload } from './overload.ts';

/** Every scenario by its name on the command line. A new one is its file and a line here. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  demo,
  evening,
  overload,
  'morning-queue': morningQueue,
};
