import { busHouse, type Village, type VillageHouse } from './village.ts';

/** One RS-485 line behind a converter, with the meters of all rooms of a house. */
export const villageBus = `bus-${busHouse}`;
/** Quicker than on a wall (2,400): the box's time runs sixty times as fast, the copper's does not. */
export const villageBaudRate = 115_200;

export const onBus = ({ point }: VillageHouse): boolean => point === `b${busHouse}`;

/** Twelve digits, as printed: the house and the room. */
export const addressOf = (room: number): string =>
  `202603${busHouse}${String(room + 1).padStart(3, '0')}`;

/** The bus as gateway.yaml has it; the converter listens on this machine. */
export const busesOf = ({ houses }: Village, port: number): readonly object[] =>
  houses.some(onBus)
    ? [
        {
          id: villageBus,
          kind: 'dlt645-tcp',
          address: `127.0.0.1:${port}`,
          baudRate: villageBaudRate,
          everyS: 2,
        },
      ]
    : [];
