import type { ParseArgsConfig, parseArgs } from 'node:util';

/** What a trial is given on the command line, as node:util's parseArgs reads it by its `options`. */
export type Options<O extends NonNullable<ParseArgsConfig['options']>> = ReturnType<
  typeof parseArgs<{ options: O }>
>['values'];

/** A wrong value; whoever typed it is shown what is taken. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** A count, 1 or more; throws an OptionError. */
export function wholeNumber(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new OptionError(`--${option} ${text}: a whole number above 0 is needed`);
  return value;
}

/** One of the words that an option takes; throws an OptionError that names them. */
export function oneOf<W extends string>(text: string, words: readonly W[], option: string): W {
  const found = words.find((word) => word === text);
  if (found === undefined)
    throw new OptionError(`--${option} ${text}: one of ${words.join(', ')} is needed`);
  return found;
}
