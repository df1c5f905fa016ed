import { ordinaryTraffic } from '../gate.ts';
import type { Scenario } from '../scenario.ts';

/** Everybody leaves at once, and there is one gate. */
export const morningQueue: Scenario = {
  title: { zh: '早高峰排队', en: 'The morning queue' },
  startHour: 7,
  season: 'mild',
  chargesPerNight: 0.3,
  plugs: () => [],
  traffic: (direction) => (s) => {
    const hour = (s / 3600) % 24;
    return direction === 'out' && hour > 7.2 && hour < 8.4 ? 5 : ordinaryTraffic(direction)(s);
  },
};
