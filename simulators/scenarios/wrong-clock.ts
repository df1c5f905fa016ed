import type { Scenario } from '../scenario.ts';
import { evening } from './evening.ts';

const hourMs = 3_600_000;
/** Never set (eight hours behind: local time taken for UTC), ahead by more than is allowed, drifting, stepped at 20:30. */
const clocks: readonly ((s: number) => number)[] = [
  () => -8 * hourMs,
  () => 25 * 60_000,
  (s) => (s - 19 * 3600) * 20,
  (s) => (s < 20.5 * 3600 ? 0 : -hourMs),
];

/** Meters whose clocks are wrong in the four ways that occur. */
export const wrongClock: Scenario = {
  ...evening,
  title: { zh: '电表时钟不准', en: 'Meters with a wrong clock' },
  fault: ({ point }) => {
    const n = Number(point.slice(1));
    const clockMs = n % 100 === 9 ? clocks[Math.floor(n / 100) % clocks.length] : undefined;
    return clockMs ? { clockMs } : null;
  },
};
