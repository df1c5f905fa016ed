import { z } from 'zod';
import { type Arrival, CodecError, type Memory } from '../driver.ts';
import { type BarrierReading, Name, type Reading } from '../reading.ts';

/** What is wired to which input: the name of an input by its number. */
export type Wiring = Readonly<Record<string, string>>;

/** The two switches at the ends of an arm: inputs of these names tell its position. */
export const limits = { open: 'open-limit', closed: 'closed-limit' } as const;

/** Option `inputs` of boards and cameras; `fallback` is how they are mostly wired. */
export const inputsOption = (fallback: Wiring) =>
  z
    .record(z.string().regex(/^\d{1,3}$/, 'the number of an input'), Name)
    .default({ ...fallback })
    .describe(
      'What is wired to which input: loop, queue, button, …; open-limit and closed-limit are the switches of the arm. Others are in0, in1, …',
    );

/** The levels of some inputs, by number: true is a closed contact. */
export type Levels = ReadonlyArray<readonly [input: number, closed: boolean]>;

/** Readings of input levels. The switches of the arm make one barrier reading, whichever of them changed. */
export function inputReadings(
  levels: Levels,
  wiring: Wiring,
  { device, atMs, lane }: Pick<Arrival, 'device' | 'atMs' | 'lane'>,
  memory: Memory,
): Reading[] {
  const readings: Reading[] = [];
  let armMoved = false;
  for (const [number, occupied] of levels) {
    const input = wiring[number] ?? `in${number}`;
    if (input === limits.open || input === limits.closed) {
      memory[input] = occupied;
      armMoved = true;
    } else readings.push({ kind: 'presence', device, atMs, lane, input, occupied });
  }
  if (armMoved) readings.push({ kind: 'barrier', device, atMs, lane, state: position(memory) });
  return readings;
}

/** Both switches at once is a broken wire; neither is an arm between its ends. */
function position(memory: Memory): BarrierReading['state'] {
  const open = memory[limits.open] === true;
  const closed = memory[limits.closed] === true;
  if (open && closed) return 'fault';
  if (open) return 'open';
  return closed ? 'closed' : 'moving';
}

/** The inverse: levels that say `reading`. Throws where no input is wired for it. */
export function levelsOf(reading: Reading, wiring: Wiring): Levels {
  const numberOf = (name: string): number => {
    const wired = Object.entries(wiring).find(([, one]) => one === name)?.[0];
    const number = wired ?? /^in(\d{1,3})$/.exec(name)?.[1];
    if (number === undefined || (wired === undefined && wiring[number] !== undefined)) {
      throw new CodecError('An input that is not wired');
    }
    return Number(number);
  };
  if (reading.kind === 'presence') return [[numberOf(reading.input), reading.occupied]];
  if (reading.kind !== 'barrier' || reading.state === 'unknown') {
    throw new CodecError(`Inputs do not tell ${reading.kind}`);
  }
  const open = reading.state === 'open' || reading.state === 'fault';
  const closed = reading.state === 'closed' || reading.state === 'fault';
  return [
    [numberOf(limits.open), open],
    [numberOf(limits.closed), closed],
  ];
}
