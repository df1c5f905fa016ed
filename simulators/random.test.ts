import { expect, test } from 'vitest';
import { createRandom } from './random.ts';

test('the same seed gives the same numbers, another seed others', () => {
  const numbers = (seed: number | string) => {
    const random = createRandom(seed);
    return [random.next(), random.normal(0, 1), random.integer(1, 6)];
  };
  expect(numbers(7)).toEqual(numbers(7));
  expect(numbers('evening')).toEqual(numbers('evening'));
  expect(numbers(7)).not.toEqual(numbers(8));
});

test('what one part asks for does not move the numbers of another', () => {
  const one = createRandom(1);
  const two = createRandom(1);
  two.next();
  expect(one.fork('b017').next()).toBe(two.fork('b017').next());
});

test('a normal distribution has its mean and deviation', () => {
  const random = createRandom(3);
  const values = Array.from({ length: 20_000 }, () => random.normal(5, 2));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  expect(mean).toBeCloseTo(5, 1);
  expect(Math.sqrt(variance)).toBeCloseTo(2, 1);
});
