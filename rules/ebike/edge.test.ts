import { expect, test } from 'vitest';
import type { Jump } from './bins.ts';
import { jumpAt, minutesOf } from './edge.ts';

/** Jumps of the minutes 0 to 40. */
const jumps = (...at: ReadonlyArray<readonly [minute: number, jump: Jump]>): Array<Jump | null> => {
  const list: Array<Jump | null> = Array.from({ length: 41 }, () => [0]);
  for (const [minute, jump] of at) list[minute] = jump;
  return list;
};

test('of the jumps around a step the one of its size is taken, not the largest', () => {
  const list = jumps([9, [1800]], [10, [175]]);
  expect(jumpAt(list, 40, { minute: 11, sizeW: 180 }, 1)).toEqual({
    ratio: null,
    share: 0.972,
  });
});

test('harmonics are compared with the watts of the same moment', () => {
  const list = jumps([10, [207, 180]]);
  const step = { minute: 10, sizeW: 180 };
  expect(jumpAt(list, 40, step, 1.15)).toEqual({ ratio: 1.15, share: 1 });
  expect(jumpAt(jumps([10, [207, -300]]), 40, step, 1.15).ratio).toBe(-1);
});

test('minutes that nobody knows say nothing', () => {
  expect(jumpAt([null], 40, { minute: 10, sizeW: 180 }, 1)).toEqual({
    ratio: null,
    share: null,
  });
  expect(minutesOf([200, 200], 1, 200, 180)).toEqual({ early: null, above: null });
});

test('an air conditioner begins high and settles, a charger does not, and a kettle on top of it counts as that', () => {
  const settling = Array.from({ length: 24 }, (_, i) => 250 + 600 * Math.exp(-i / 10));
  expect(minutesOf(settling, 1, 310, 300).early).toBeGreaterThan(0.5);
  const charging = Array.from({ length: 24 }, (_, i) => (i < 6 ? 2000 : 180));
  expect(minutesOf(charging, 1, 180, 180)).toEqual({ early: 0, above: 0.25 });
});
