import type { Scenario } from '../scenario.ts';
import { evening } from './evening.ts';
import { heaters, ordinaryCharge } from './loads.ts';

/**
 * The evening, and three houses that heat more than their service bears: what `npm start` shows. Whoever looks at it for
 * two minutes (two hours of the village) wants to see charging too: in one room three are plugged in one after another.
 */
export const demo: Scenario = {
  ...evening,
  title: { zh: '演示', en: 'Demonstration' },
  plugs: (village, seed) => {
    const weak = village.houses.filter(
      ({ phases, contractA, rooms }) => phases === 1 && contractA === 40 && rooms >= 8,
    );
    const [telling] = village.houses.filter(({ roomMeters }) => roomMeters[0]?.metering === 'THD');
    return [
      ...evening.plugs(village, seed),
      ...(telling ? [0, 1, 2] : []).map((i) => ({
        house: telling?.point ?? '',
        room: 6,
        run: ordinaryCharge(19.55 + i * 0.1, i * 15 - 20),
      })),
      ...weak.slice(0, 3).map(({ point }, i) => ({
        house: point,
        room: 0,
        run: heaters(19.7 + i * 0.4, 1.2, 8200 + i * 900),
      })),
    ];
  },
};
