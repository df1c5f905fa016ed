import { expect, test } from 'vitest';
import { readTrees, sumFrom, sumOf } from './trees.ts';

/** Asks for the first number, then, where it is at least 10, for the second. */
const forest = readTrees('0 10 0.1 * -1 1 0.5 0.6 * 0.2 * 2 * 0.25');
const of = (...values: number[]) => Float64Array.from(values);

test('trees add up: at or above a threshold is right of it', () => {
  expect(sumOf(forest, of(9, 1))).toBeCloseTo(-0.75);
  expect(sumOf(forest, of(10, 0.4))).toBeCloseTo(0.45);
  expect(sumOf(forest, of(10, 0.5))).toBeCloseTo(2.25);
});

test('what each answer moved and where the trees began is the whole sum', () => {
  const shares = new Float64Array(3);
  const sum = sumOf(forest, of(12, 0.9), shares);
  expect([...shares].map((one) => Number(one.toFixed(3)))).toEqual([0.5, 1.4, 0.35]);
  expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(sum);
});

test('no trees say nothing', () => expect(sumOf(readTrees(''), of(1))).toBe(0));

test('where the sum may be reached it is the same to the last bit, and trees are left out only where it cannot be', () => {
  for (const first of [9, 10, 11])
    for (const second of [0.4, 0.5]) {
      const sum = sumOf(forest, of(first, second));
      expect(sumFrom(forest, of(first, second), sum)).toBe(sum);
      expect(sumFrom(forest, of(first, second), -10)).toBe(sum);
      expect(sumFrom(forest, of(first, second), sum + 0.01)).toBeNull();
    }
});

test('a tree tells the most that it and those behind it can add', () => {
  expect([...forest.most]).toEqual([2.25, 0.25, 0]);
});
