import type { Text } from '../drivers/text.ts';
import type { Fault } from './fault.ts';
import type { Season } from './house/appliances.ts';
import type { Run } from './house/load.ts';
import { createRandom } from './random.ts';
import type { Village, VillageHouse } from './village.ts';
import type { VillageLane } from './village-lanes.ts';

/** What happens, beyond an ordinary day: put into houses, or changed at the gate. */
export interface Scenario {
  readonly title: Text;
  /** Local time of day at which it begins, h. */
  readonly startHour: number;
  readonly season: Season;
  /** Charges a night in an average house. */
  readonly chargesPerNight: number;
  /** Things plugged in on purpose; times in s since the first midnight. */
  readonly plugs: (village: Village, seed: number) => readonly Plug[];
  /** What is wrong with a meter, if anything. */
  readonly fault?: (house: VillageHouse, seed: number) => Fault | null;
  /** Vehicles a minute, where it is not an ordinary day. */
  readonly traffic?: (direction: VillageLane['direction']) => (s: number) => number;
}

export interface Plug {
  /** Point of the house. */
  readonly house: string;
  readonly room: number;
  readonly run: Run;
}

/** Random numbers of a scenario. */
export const scenarioRandom = (name: string, seed: number) =>
  createRandom(seed).fork(`scenario/${name}`);
