import { expect, test } from 'vitest';
import { OptionError, oneOf, wholeNumber } from './options.ts';

test('a count is a whole number above 0, and a wrong one is named with its option', () => {
  expect(wholeNumber('12', 'rounds')).toBe(12);
  for (const text of ['', '0', '-1', '1.5', 'x', '1e99'])
    expect(() => wholeNumber(text, 'rounds')).toThrow(OptionError);
  expect(() => wholeNumber('x', 'rounds')).toThrow('--rounds x: a whole number above 0 is needed');
});

test('a word that an option does not know is refused with those that it knows', () => {
  expect(oneOf('tcp', ['pty', 'tcp'], 'end')).toBe('tcp');
  expect(() => oneOf('tpc', ['pty', 'tcp'], 'end')).toThrow('--end tpc: one of pty, tcp is needed');
});
