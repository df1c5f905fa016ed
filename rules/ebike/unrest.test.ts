import { expect, test } from 'vitest';
import { missing } from '../missing.ts';
import { unrestSince } from './unrest.ts';

const minutes = (n: number, spread: number) => new Array<number>(n).fill(spread);

test('a screen that comes on makes the minutes restless', () => {
  expect(unrestSince([...minutes(15, 1), ...minutes(29, 12)], 43, 15)).toBeCloseTo(11.96, 1);
});

test('a charger beside a screen that was on before adds no unrest, a kettle between does not count', () => {
  const after = minutes(29, 12);
  after[10] = 300;
  expect(unrestSince([...minutes(15, 12), ...after], 43, 15)).toBe(0);
});

test('a meter that speaks once a minute cannot tell', () => {
  expect(unrestSince(minutes(44, missing), 43, 15)).toBeNull();
});
