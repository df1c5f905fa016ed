import { expect, test } from 'vitest';
import { keepWatt, shiftWatts, sumOfWatts, type Watts } from './watts.ts';

const minuteMs = 60_000;

test('what several meters draw is the sum of those that spoke within twenty minutes', () => {
  const watts: Watts = {};
  keepWatt(watts, 'm1', 400, 0);
  keepWatt(watts, 'm2', 300, 15 * minuteMs);
  keepWatt(watts, 'm2', 500, 16 * minuteMs);
  expect(sumOfWatts(watts, ['m1', 'm2', 'm3'], 20 * minuteMs)).toEqual({ watt: 900, known: 2 });
  expect(sumOfWatts(watts, ['m1', 'm2', 'm3'], 21 * minuteMs)).toEqual({ watt: 500, known: 1 });
});

test('a clock that is set makes no reading old', () => {
  const watts: Watts = {};
  keepWatt(watts, 'm1', 400, 0);
  shiftWatts(watts, 60 * minuteMs);
  expect(sumOfWatts(watts, ['m1'], 61 * minuteMs)).toEqual({ watt: 400, known: 1 });
});
