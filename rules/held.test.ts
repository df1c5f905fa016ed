import { expect, test } from 'vitest';
import { breakOff, newHeld, observe } from './held.ts';

const hold = { holdMs: 1000, clearMs: 2000, gapMs: 5000 };

test('it is raised after the hold time and cleared after the quiet time', () => {
  const held = newHeld();
  expect(observe(held, 0, true, false, hold)).toBeNull();
  expect(observe(held, 1000, true, false, hold)).toBe('raised');
  expect(held.sinceMs).toBe(0);
  expect(observe(held, 2000, false, true, hold)).toBeNull();
  expect(observe(held, 4000, false, true, hold)).toBe('cleared');
});

test('between the two levels nothing changes, and the quiet time starts anew', () => {
  const held = { ...newHeld(), raised: true };
  observe(held, 0, false, true, hold);
  observe(held, 1000, false, false, hold);
  expect(observe(held, 2500, false, true, hold)).toBeNull();
});

test('a gap, a late observation and a clock step do not count as holding', () => {
  const held = newHeld();
  observe(held, 0, true, false, hold);
  expect(observe(held, 9000, true, false, hold)).toBeNull();
  expect(observe(held, 8000, true, false, hold)).toBeNull();
  breakOff(held);
  expect(observe(held, 9500, true, false, hold)).toBeNull();
});
