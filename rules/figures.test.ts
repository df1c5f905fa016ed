import { expect, test } from 'vitest';
import { figures } from './figures.ts';

test('they are plain arrays of so many equal figures, also of none', () => {
  expect(figures(3, 7)).toEqual([7, 7, 7]);
  expect(figures(2)).toEqual([0, 0]);
  expect(figures(0)).toEqual([]);
  expect(JSON.stringify(figures(2, 1.5))).toBe('[1.5,1.5]');
});
