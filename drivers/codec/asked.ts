import { CodecError } from '../driver.ts';
import type { Phase, PowerReading } from '../reading.ts';
import { totalW } from './figures.ts';

/** What a meter that is asked may say; each in the SI unit of readings. */
export const quantities = [
  'power',
  'current',
  'voltage',
  'factor',
  'reactive',
  'thd',
  'energy',
  'neutral',
  'frequency',
  'temperature',
] as const;
export type Quantity = (typeof quantities)[number];

/** Whose value it is: 0 the total, 1 to 3 the phases. */
export type Slot = 0 | 1 | 2 | 3;

/** Values said in one round, by quantity and slot; null: said to be unknown. */
export type Said = Partial<Record<Quantity, (number | null | undefined)[]>>;

/** A reading out of what was said; null without a power: it would be half of one. */
export function readingOf(
  said: Said,
  configured: 1 | 3 | undefined,
): Omit<PowerReading, 'kind' | 'device' | 'atMs'> | null {
  const perPhase = [said.power, said.current, said.voltage, said.factor, said.reactive, said.thd];
  const heard = perPhase.map((all = []) =>
    Math.max(0, ...[1, 2, 3].filter((slot) => typeof all[slot] === 'number')),
  );
  const count = configured ?? Math.max(...heard);
  const phases = Array.from({ length: count }, (_, n) => phaseOf(said, n + 1, count === 1));
  const powerW = said.power?.[0] ?? sumOf(phases);
  if (powerW === null) return null;
  const [energyWh, neutralA] = [said.energy?.[0], said.neutral?.[0]];
  const [frequencyHz, temperatureC] = [said.frequency?.[0], said.temperature?.[0]];
  return {
    powerW,
    ...(phases.some((phase) => Object.keys(phase).length > 0) ? { phases } : {}),
    ...(typeof energyWh === 'number' ? { energyWh } : {}),
    // A current transformer put on the wrong way round: the size counts.
    ...(typeof neutralA === 'number' ? { neutralA: Math.abs(neutralA) } : {}),
    ...(typeof frequencyHz === 'number' ? { frequencyHz } : {}),
    ...(typeof temperatureC === 'number' ? { temperatureC } : {}),
  };
}

function phaseOf(said: Said, slot: number, only: boolean): Phase {
  const of = (quantity: Quantity): number | undefined =>
    said[quantity]?.[slot] ?? (only ? said[quantity]?.[0] : undefined) ?? undefined;
  const [voltageV, current, powerW] = [of('voltage'), of('current'), of('power')];
  const [factor, thdPercent, reactiveVar] = [of('factor'), of('thd'), of('reactive')];
  if (factor !== undefined && Math.abs(factor) > 1) throw new CodecError('A power factor over 1');
  return {
    ...(voltageV === undefined ? {} : { voltageV }),
    ...(current === undefined ? {} : { currentA: Math.abs(current) }),
    ...(powerW === undefined ? {} : { powerW }),
    // The sign follows the power flow; the vocabulary knows the size alone.
    ...(factor === undefined ? {} : { powerFactor: Math.abs(factor) }),
    ...(thdPercent === undefined ? {} : { thdPercent }),
    ...(reactiveVar === undefined ? {} : { reactiveVar }),
  };
}

/** The total of the phases where each has said its power. Null: not even one is missing without a lie. */
function sumOf(phases: readonly Phase[]): number | null {
  const said = phases.every(({ powerW }) => powerW !== undefined);
  return phases.length > 0 && said ? totalW(phases) : null;
}

/** What a meter that stands at `reading` says of a quantity; null where it does not have it. */
export function quantityAt(quantity: Quantity, slot: Slot, reading: PowerReading): number | null {
  const { phases = [] } = reading;
  const phase = slot === 0 ? undefined : phases[slot - 1];
  // A meter of one phase says the same as its total and as its first phase.
  const only = phases.length === 1 ? phases[0] : undefined;
  switch (quantity) {
    case 'power':
      return (slot === 0 ? reading.powerW : phase?.powerW) ?? null;
    case 'factor':
      return (slot === 0 ? only : phase)?.powerFactor ?? null;
    case 'reactive':
      return (slot === 0 ? only : phase)?.reactiveVar ?? null;
    case 'current':
      return phase?.currentA ?? null;
    case 'voltage':
      return phase?.voltageV ?? null;
    case 'thd':
      return phase?.thdPercent ?? null;
    case 'energy':
      return reading.energyWh ?? null;
    case 'neutral':
      return reading.neutralA ?? null;
    case 'frequency':
      return reading.frequencyHz ?? null;
    case 'temperature':
      return reading.temperatureC ?? null;
  }
}
