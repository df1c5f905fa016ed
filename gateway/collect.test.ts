import { cachedDataVersionTag } from 'node:v8';
import { expect, test } from 'vitest';
import { collectGarbage } from './collect.ts';

test('what nobody refers to any more is gone, and V8 takes the same compiled code as before', () => {
  const tag = cachedDataVersionTag();
  let much: unknown = Array.from({ length: 500_000 }, (_, i) => ({ i }));
  expect(much).toHaveLength(500_000);
  const before = process.memoryUsage().heapUsed;
  much = null;
  collectGarbage();
  expect(before - process.memoryUsage().heapUsed).toBeGreaterThan(10e6);
  expect(cachedDataVersionTag()).toBe(tag);
});
