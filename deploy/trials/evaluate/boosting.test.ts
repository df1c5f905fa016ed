import { expect, test } from 'vitest';
import { readTrees, sumOf } from '../../../rules/ebike/trees.ts';
import { boost, type Shown } from './boosting.ts';

/** A charge is what has exactly one of two marks: weights alone can never tell. */
const samples = Array.from({ length: 400 }, (_, i): Shown => {
  const [a, b] = [i % 2, (i >> 1) % 2];
  return { shape: Float64Array.of(a, b, (i * 7) % 11), score: 0, isCharge: a !== b, weight: 1 };
});

test('trees tell what only two marks together can tell', () => {
  // One sample more breaks the tie of the first question, as no real data are without one.
  const more = [...samples, samples[1] as Shown, samples[1] as Shown];
  const forest = readTrees(boost(more));
  for (const { shape, isCharge } of samples)
    expect(sumOf(forest, shape) > 0, `${shape}`).toBe(isCharge);
});

test('the same samples give the same trees, and a score that is right already is left alone', () => {
  expect(boost(samples)).toBe(boost(samples));
  const known = samples.map((one) => ({ ...one, score: one.isCharge ? 20 : -20 }));
  expect(Math.abs(sumOf(readTrees(boost(known)), Float64Array.of(1, 0, 3)))).toBeLessThan(0.01);
});
