import type { Scenario } from '../scenario.ts';
import { evening } from './evening.ts';
import { heaters } from './loads.ts';

/** The evening, and three houses that heat more than their service bears: what `npm start` shows. */
export const demo: Scenario = {
  ...evening,
  title: { zh: '演示', en: 'Demonstration' },
  plugs: (village, seed) => {
    const weak = village.houses.filter(
      ({ phases, contractA, rooms }) => phases === 1 && contractA === 40 && rooms >= 8,
    );
    return [
      ...evening.plugs(village, seed),
      ...weak.slice(0, 3).map(({ point }, i) => ({
        house: point,
        room: 0,
        run: heaters(19.7 + i * 0.4, 1.2, 8200 + i * 900),
      })),
    ];
  },
};
