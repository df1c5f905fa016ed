import type { PassageReading } from '../drivers/reading.ts';
import type { Lane, LanePlan } from './gate.ts';
import type { Random } from './random.ts';

/** People of a house of ten rooms come home: a few an hour by day, nearly nobody at night. */
export const doorTraffic = (s: number): number => {
  const hour = (s / 3600) % 24;
  return hour < 6 ? 0.005 : 0.05;
};

/** Of all who show a face so many are known. */
const known = 0.95;

/** A door with a terminal. Nobody in it has a name: the terminal says that somebody passed, and no more. */
export function createDoor(
  random: Random,
  plan: LanePlan,
  stranger: PassageReading['result'],
): Lane {
  let at = plan.startS;
  return {
    until(s) {
      const passed: PassageReading[] = [];
      for (; at < s; at += 1) {
        if (!random.chance(plan.perMinute(at) / 60)) continue;
        passed.push({
          kind: 'passage',
          device: plan.device,
          lane: plan.lane,
          atMs: Math.round(plan.midnightMs + at * 1000),
          direction: plan.direction,
          credential: 'face',
          result: random.chance(known) ? 'registered' : stranger,
        });
      }
      return passed;
    },
  };
}
