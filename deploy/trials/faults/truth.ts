import type { Reading } from '../../../drivers/reading.ts';

/** What message `number` says: known without asking whoever sent it. */
export const figureAt = (number: number): number => ((number * 7919) % 100_003) / 10;

export const plateAt = (number: number): string =>
  `沪T${String(number % 100_000).padStart(5, '0')}`;

/** Message `number`, of one of 20 meters or, one in ten, of a camera; its time is its number, ms. */
export const readingOf = (number: number): Reading =>
  number % 10 === 9
    ? {
        kind: 'passage',
        device: `cam-${number % 3}`,
        atMs: number,
        lane: 'in-1',
        direction: 'in',
        credential: 'plate',
        result: 'registered',
        plate: plateAt(number),
        event: `e${number}`,
      }
    : { kind: 'power', device: `m${number % 20}`, atMs: number, powerW: figureAt(number) };

/** True if this is what message `reading.atMs` said. */
export const isTrue = (reading: Reading): boolean =>
  reading.kind === 'power'
    ? reading.powerW === figureAt(reading.atMs)
    : reading.kind === 'passage' && reading.plate === plateAt(reading.atMs);
