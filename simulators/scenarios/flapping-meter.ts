import type { Scenario } from '../scenario.ts';
import { evening } from './evening.ts';

/** Minutes of silence and of speech in turn, longer than a meter is given before it counts as away. */
const periodS = 40 * 60;

/** Six meters at the edge of the wireless network come and go all night. */
export const flappingMeter: Scenario = {
  ...evening,
  title: { zh: '时断时续的电表', en: 'Meters that come and go' },
  fault: ({ point }) => {
    const n = Number(point.slice(1));
    if (n % 80 !== 7) return null;
    return { silent: (s) => (s + n * 60) % periodS < 0.55 * periodS };
  },
};
