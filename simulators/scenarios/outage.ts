import type { Scenario } from '../scenario.ts';
import { evening } from './evening.ts';

/** Every twelfth house hangs on this feeder; see `demoConfig`. */
const feeders = 12;
const fromS = 20 * 3600;
const toS = 20.5 * 3600;

/** One feeder is dead for half an hour; every third meter on it has a battery and tells afterwards what it saw. */
export const outage: Scenario = {
  ...evening,
  title: { zh: '一路停电', en: 'A feeder without power' },
  fault: ({ point }) => {
    const n = Number(point.slice(1)) - 1;
    if (n % feeders !== 3) return null;
    const keeps = n % (3 * feeders) === 3 ? 400 : 0;
    return { silent: (s) => s >= fromS && s < toS, keeps };
  },
};
