import { expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { composeHouse } from './compose.ts';
import { createKeeps } from './keeps.ts';

const weekOf = (seed: number, keeps: boolean) => {
  const house = composeHouse({
    seed,
    season: 'mild',
    rooms: 10,
    chargers: 1.4,
    metering: 'P',
    place: 'room',
    intervalS: 3600,
    days: 7,
    keeps,
  });
  for (const _reading of house.readings());
  return house.truth();
};

test('two rooms charge night after night, each with its own battery, at about its own hour', () => {
  const charges = weekOf(3, true);
  const rooms = [...new Set(charges.map(({ room }) => room))];
  expect(rooms).toHaveLength(2);
  for (const room of rooms) {
    const own = charges.filter((one) => one.room === room);
    expect(own.length).toBeGreaterThan(2);
    expect(new Set(own.map(({ charger, corrected }) => `${charger} ${corrected}`)).size).toBe(1);
    const lasted = own.map(({ fromMs, toMs }) => toMs - fromMs);
    expect(Math.max(...lasted) - Math.min(...lasted)).toBeLessThan(60_000);
  }
});

test('where nothing is kept, charges are anywhere, as before', () => {
  expect(new Set(weekOf(3, false).map(({ room }) => room)).size).toBeGreaterThan(2);
});

test('a computer is old or not, and stays so', () => {
  const keeps = createKeeps(createRandom(5), { rooms: 10, chargesPerNight: 1 });
  const drawn = () => Array.from({ length: 10 }, (_, room) => keeps.oldComputers(room));
  expect(drawn()).toEqual(drawn());
  expect(new Set(drawn())).toEqual(new Set([0, 1]));
});
