import { expect, test } from 'vitest';
import { isKnown, missing } from './missing.ts';

test('what is missing is a number that a checkpoint keeps, and the first moment of all is known', () => {
  expect(JSON.parse(JSON.stringify([missing]))).toEqual([missing]);
  expect([missing, 0, 1.7e12].map(isKnown)).toEqual([false, true, true]);
});
