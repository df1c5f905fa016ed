import type { PowerReading } from '../../../drivers/reading.ts';

/** A bus that is measured. */
export interface Case {
  readonly title: string;
  /** Meters on the bus, and how many of them are dead. */
  readonly meters: number;
  readonly dead: number;
  /** A meter begins its answer after so long, ms: 20 to 500 by the standard (2007, 5.3.3). */
  readonly delayMs: number;
  /** Of the driver, beside the address. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly reading: PowerReading;
}

export const meters = 10;
export const delay = { usualMs: 100, slowestMs: 500 } as const;

const phase = { voltageV: 228.1, currentA: 5.71, powerW: 1234.5, powerFactor: 0.95 };
const one: PowerReading = { kind: 'power', device: '-', atMs: 0, powerW: 1234.5, phases: [phase] };
const three: PowerReading = { ...one, powerW: 3703.5, phases: [phase, phase, phase] };

const usual: Case = {
  title: 'ten meters',
  meters,
  dead: 0,
  delayMs: delay.usualMs,
  options: {},
  reading: one,
};

/** The figures of the goal: ten meters, and nine with and without a dead one. */
export const goalCases: readonly [ten: Case, nine: Case, withDead: Case] = [
  usual,
  { ...usual, title: 'nine meters', meters: meters - 1 },
  { ...usual, title: 'nine meters and a dead one', dead: 1 },
];

/** How it is with slow meters, and what helps. */
export const otherCases: readonly Case[] = [
  { ...usual, title: 'ten meters that take the 500 ms', delayMs: delay.slowestMs },
  {
    ...usual,
    title: 'the same, asked for power and current only',
    delayMs: delay.slowestMs,
    options: { items: ['power', 'current'] },
  },
  {
    ...usual,
    title: 'ten three-phase meters, in blocks',
    options: { phases: 3 },
    reading: three,
  },
];
