import { expect, test } from 'vitest';
import { masked } from './log.ts';

test('plates and mobile numbers that slip into a text are masked', () => {
  expect(masked('cannot read 沪A12345 from +8613800138000')).toBe('cannot read *** from ***');
  expect(masked('粤BD12345 13800138000')).toBe('*** ***');
});

test('times, amounts and references stay as they are', () => {
  expect(masked('A17 at 1773618130000, 48.2 A')).toBe('A17 at 1773618130000, 48.2 A');
});
