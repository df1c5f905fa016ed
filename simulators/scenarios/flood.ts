import type { Scenario } from '../scenario.ts';
import { evening } from './evening.ts';

/** Three meters run wild: one says everything 200 times, one the last minutes again and again, one is twice as chatty. */
export const flood: Scenario = {
  ...evening,
  title: { zh: '电表刷屏', en: 'Meters that flood' },
  fault: ({ point }) => {
    const wild = (s: number) => s > 19.6 * 3600;
    if (point === 'b050') return { copies: (s) => (wild(s) ? 200 : 1) };
    if (point === 'b150') return { copies: (s) => (wild(s) ? 100 : 1), copyMs: 100 };
    if (point === 'b250') return { copies: () => 2 };
    return null;
  },
};
