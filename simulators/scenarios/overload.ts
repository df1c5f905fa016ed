import { type Scenario, scenarioRandom } from '../scenario.ts';
import { heaters } from './loads.ts';

/** A cold night: heaters in every room, services at their end. */
export const overload: Scenario = {
  title: { zh: '寒夜过载', en: 'A cold night' },
  startHour: 19.5,
  season: 'winter',
  chargesPerNight: 0.3,
  plugs: (village, seed) => {
    const random = scenarioRandom('overload', seed);
    const weak = village.houses.filter(
      ({ phases, contractA, rooms }) => phases === 1 && contractA === 40 && rooms >= 9,
    );
    return weak.slice(0, 12).map(({ point }) => ({
      house: point,
      room: 0,
      run: heaters(19.6 + random.between(0, 1), random.between(1.5, 3), random.between(4500, 7000)),
    }));
  },
};
