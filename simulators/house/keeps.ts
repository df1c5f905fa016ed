import type { Random } from '../random.ts';
import { pluggedInS, randomCharge } from './charger.ts';
import type { Run } from './load.ts';

/** What stays in a house night after night: who rides, with which battery, and whose computer is old. */
export interface Keeps {
  /** Share of the computers without correction that `roomDay` draws with: all or none, for a room keeps its own. */
  oldComputers(room: number): 0 | 1;
  /** Charges of one day, s since its midnight. */
  charges(today: Random): ReadonlyArray<{ readonly room: number; readonly run: Run }>;
}

const riders = 2;
const hourS = 3600;

/**
 * Two rooms own an e-bike and charge it on their share of the nights, always the same battery as empty as the day before, within an hour
 * or so of their usual time. Forks only: houses that keep nothing are not changed by it.
 */
export function createKeeps(
  random: Random,
  plan: {
    readonly rooms: number;
    readonly chargesPerNight: number;
    readonly oldComputers?: number;
  },
): Keeps {
  const { rooms, chargesPerNight, oldComputers = 0.4 } = plan;
  const draw = random.fork('riders');
  const first = draw.integer(0, rooms - 1);
  const owners = Array.from({ length: Math.min(riders, rooms) }, (_, i) => {
    // The second is a neighbour on another phase.
    const room = (first + i * (1 + draw.integer(0, 1))) % rooms;
    return { room, usualS: pluggedInS(draw) };
  });
  return {
    oldComputers: (room) => (random.fork(`computer${room}`).chance(oldComputers) ? 1 : 0),
    charges: (today) =>
      owners.flatMap(({ room, usualS }, i) => {
        const tonight = today.fork(`rider${i}`);
        if (!tonight.chance(chargesPerNight / owners.length)) return [];
        const fromS = Math.max(0, usualS + tonight.normal(0, 0.75) * hourS);
        return [{ room, run: randomCharge(random.fork(`battery${i}`), fromS) }];
      }),
  };
}
