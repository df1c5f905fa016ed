import type { PowerReading } from '../reading.ts';
import type { Item, Slot } from './items.ts';

/** What a meter that stands at `reading` knows of one item; null where it does not have it. */
export function valuesOf(item: Item, reading: PowerReading): (number | null)[] | null {
  const values = item.slots.map((slot) => valueAt(item, slot, reading));
  return values.every((value) => value === null) ? null : values;
}

function valueAt({ quantity }: Item, slot: Slot, reading: PowerReading): number | null {
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
