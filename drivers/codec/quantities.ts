import { z } from 'zod';
import { CodecError } from '../driver.ts';
import type { Phase, PowerReading } from '../reading.ts';
import { phaseOf, totalW } from './figures.ts';

const phases = ['l1', 'l2', 'l3'] as const;
const ofPhase = ['powerW', 'powerKw', 'currentA', 'voltageV', 'powerFactor'] as const;
const ofMeter = [
  'powerW',
  'powerKw',
  'energyWh',
  'energyKwh',
  'frequencyHz',
  'temperatureC',
  'residualMa',
  'neutralA',
] as const;

/** What a value may stand for, with its unit: `powerKw`, `l1.currentA`. */
export const quantities = [
  ...ofMeter,
  ...phases.flatMap((phase) => ofPhase.map((one) => `${phase}.${one}` as const)),
] as const;
export type Quantity = (typeof quantities)[number];

/** What stands for what: a device's own names, which somebody has chosen or nobody has confirmed. */
export type Named = Readonly<Record<string, Quantity>>;

/** Option of devices whose names are free. Something must tell the power. */
export const namesOption = (fallback: Named, description: string) =>
  z
    .record(z.string().regex(/^[\w.-]{1,64}$/), z.enum(quantities))
    .refine((names) => Object.values(names).some(isPower), 'None of them tells the power')
    .default({ ...fallback })
    .describe(description);

export const isPower = (quantity: Quantity): boolean => /power(?:W|Kw)$/.test(quantity);

/** Values by quantity; null: said to be unknown. */
export type Quantities = { readonly [Q in Quantity]?: number | null };

/**
 * A reading of what was said. Null where the power is unknown: of one phase or of the whole, for a sum without one of
 * its parts would be a lie.
 */
export function readingOf(said: Quantities, device: string, atMs: number): PowerReading | null {
  const parts = phases.map((phase) => {
    const power = watts(said[`${phase}.powerW`], said[`${phase}.powerKw`]);
    const voltage = said[`${phase}.voltageV`];
    const current = said[`${phase}.currentA`];
    return {
      power,
      phase: phaseOf({ power, voltage, current, factor: said[`${phase}.powerFactor`] }),
    };
  });
  if (parts.some(({ power }) => power === null)) return null;
  const last = parts.findLastIndex(({ phase }) => Object.keys(phase).length > 0);
  const list: Phase[] = parts.slice(0, last + 1).map(({ phase }) => phase);
  const total = watts(said.powerW, said.powerKw);
  if (total === null) return null;
  const powers = list.every(({ powerW }) => powerW !== undefined);
  const powerW = total ?? (list.length > 0 && powers ? totalW(list) : undefined);
  if (powerW === undefined) return null;
  const energyWh = said.energyWh ?? thousand(said.energyKwh) ?? undefined;
  const more = {
    energyWh,
    frequencyHz: said.frequencyHz ?? undefined,
    residualMa: said.residualMa ?? undefined,
    neutralA: said.neutralA ?? undefined,
  };
  if (Object.values(more).some((value) => value !== undefined && value < 0)) {
    throw new CodecError('A quantity below zero that cannot be');
  }
  return {
    kind: 'power',
    device,
    atMs,
    powerW,
    ...(list.length === 0 ? {} : { phases: list }),
    ...(Object.fromEntries(
      Object.entries({ ...more, temperatureC: said.temperatureC ?? undefined }).filter(
        ([, value]) => value !== undefined,
      ),
    ) as Partial<PowerReading>),
  };
}

/**
 * The inverse: what a device that knows `names` says of a reading. What it does not know is left out, or said to be
 * unknown (null) by devices that say `nan`.
 */
export function saidOf(
  reading: PowerReading,
  names: Named,
  { saysUnknown }: { readonly saysUnknown: boolean },
): Record<string, number | null> {
  const said = Object.fromEntries(
    Object.entries(names).flatMap(([name, quantity]) => {
      const value = known(reading, quantity);
      return value === undefined && !saysUnknown ? [] : [[name, value ?? null]];
    }),
  );
  const heard = readingOf(byQuantity(said, names), reading.device, reading.atMs);
  // Half a watt is what rounding the phases makes of their sum.
  if (!heard || Math.abs(heard.powerW - reading.powerW) > 0.5) {
    throw new CodecError('None of its names tells this power');
  }
  return said;
}

function known(reading: PowerReading, quantity: Quantity): number | undefined {
  const [first = '', second] = quantity.split('.');
  const name = second ?? first;
  const phase = reading.phases?.[Number(first.slice(1)) - 1] ?? {};
  const of = second === undefined ? reading : phase;
  const plain: unknown = Object.entries(of).find(([key]) => key === name.replace('Kw', 'W'))?.[1];
  if (typeof plain !== 'number') return undefined;
  return name.includes('Kw') ? plain / 1000 : plain;
}

/** Values by quantity instead of by the device's names; a name that is not listed is nobody's. */
export const byQuantity = (
  said: Readonly<Record<string, number | null>>,
  names: Named,
): Quantities =>
  Object.fromEntries(
    Object.entries(said).flatMap(([name, value]) => {
      const quantity = Object.hasOwn(names, name) ? names[name] : undefined;
      return quantity === undefined ? [] : [[quantity, value]];
    }),
  );

/** Kilo, without the dust of binary fractions. */
const thousand = (kilo: number | null | undefined): number | null | undefined =>
  kilo === null || kilo === undefined ? kilo : Math.round(kilo * 1e6) / 1000;

const watts = (
  plain: number | null | undefined,
  kilo: number | null | undefined,
): number | null | undefined => (plain === undefined ? thousand(kilo) : plain);
