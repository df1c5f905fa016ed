import type { Scenario } from '../scenario.ts';
import { ordinaryCharge } from './loads.ts';

/** An ordinary mild evening; three chargers where rooms have meters that can tell. */
export const evening: Scenario = {
  title: { zh: '平常的晚上', en: 'An ordinary evening' },
  startHour: 19.5,
  season: 'mild',
  chargesPerNight: 0.3,
  plugs: (village) => {
    const metered = village.houses.filter(({ roomMeters }) => roomMeters.length > 0);
    return metered.slice(0, 3).map(({ point }, i) => ({
      house: point,
      room: 2 + i,
      run: ordinaryCharge(19.6 + i * 0.25, i * 12),
    }));
  },
};
