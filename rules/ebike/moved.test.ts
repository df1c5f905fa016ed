import { expect, test } from 'vitest';
import { type Gone, isMoved, keepGone } from './moved.ts';

const gone: Gone[] = [{ minute: 1000, sizeW: 200, phase: 'l1' }];

test('what begins on another phase as a charge of its size goes from the first is that charge', () => {
  expect(isMoved(gone, { minute: 1001, sizeW: 190 }, 'l2')).toBe(true);
});

test('later, of another size, or plugged in again on the same phase it is another', () => {
  expect(isMoved(gone, { minute: 1010, sizeW: 190 }, 'l2')).toBe(false);
  expect(isMoved(gone, { minute: 1001, sizeW: 120 }, 'l2')).toBe(false);
  expect(isMoved(gone, { minute: 1001, sizeW: 200 }, 'l1')).toBe(false);
});

test('only the last ones are remembered', () => {
  const list: Gone[] = [];
  for (let minute = 0; minute < 5; minute += 1) keepGone(list, { minute, sizeW: 200, phase: 'l1' });
  expect(list.map(({ minute }) => minute)).toEqual([2, 3, 4]);
});
