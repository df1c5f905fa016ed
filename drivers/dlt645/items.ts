import { type Quantity, quantityAt, type Slot } from '../codec/asked.ts';
import { CodecError } from '../driver.ts';
import type { PowerReading } from '../reading.ts';
import { type Format, readBcd, writeBcd } from './bcd.ts';

export type Edition = '2007' | '1997';

export interface Item extends Format {
  readonly edition: Edition;
  /** As written: DI3 DI2 DI1 DI0, or DI1 DI0 in the 1997 edition. */
  readonly identifier: string;
  readonly quantity: Quantity;
  /** Whose values stand in the answer, in this order. */
  readonly slots: readonly Slot[];
  /** One step of the last digit, as a fraction of the SI unit, so that no binary dust comes in. */
  readonly step: readonly [times: number, over: number];
}

interface Kind extends Format {
  readonly quantity: Quantity;
  readonly step: Item['step'];
}

// DL/T 645-2007 annex A, tables A.1 (energy) and A.3 (variables): digits and units.
const kinds2007 = {
  energy: { quantity: 'energy', bytes: 4, signed: false, step: [10, 1] }, // XXXXXX.XX kWh
  voltage: { quantity: 'voltage', bytes: 2, signed: false, step: [1, 10] }, // XXX.X V
  current: { quantity: 'current', bytes: 3, signed: true, step: [1, 1000] }, // XXX.XXX A
  power: { quantity: 'power', bytes: 3, signed: true, step: [1, 10] }, // XX.XXXX kW
  reactive: { quantity: 'reactive', bytes: 3, signed: true, step: [1, 10] }, // XX.XXXX kvar
  factor: { quantity: 'factor', bytes: 2, signed: true, step: [1, 1000] }, // X.XXX
  thd: { quantity: 'thd', bytes: 2, signed: false, step: [1, 100] }, // XX.XX %
  neutral: { quantity: 'neutral', bytes: 3, signed: true, step: [1, 1000] }, // XXX.XXX A
  frequency: { quantity: 'frequency', bytes: 2, signed: false, step: [1, 100] }, // XX.XX Hz
  temperature: { quantity: 'temperature', bytes: 2, signed: true, step: [1, 10] }, // XXX.X °C
} as const satisfies Record<Quantity, Kind>;

// DL/T 645-1997 annex A. 9010 was seen on a line; the variables B6xx are after the standard's table alone.
const kinds1997 = {
  energy: kinds2007.energy,
  voltage: { quantity: 'voltage', bytes: 2, signed: false, step: [1, 1] }, // XXX V
  current: { quantity: 'current', bytes: 2, signed: false, step: [1, 100] }, // XX.XX A
  power: { quantity: 'power', bytes: 3, signed: false, step: [1, 10] }, // XX.XXXX kW
  reactive: { quantity: 'reactive', bytes: 2, signed: false, step: [10, 1] }, // XX.XX kvar
  factor: { quantity: 'factor', bytes: 2, signed: false, step: [1, 1000] }, // X.XXX
} as const;

const item = (edition: Edition, identifier: string, kind: Kind, slots: readonly Slot[]): Item => ({
  ...kind,
  edition,
  identifier,
  slots,
});
const phases = [1, 2, 3] as const;
const all = [0, 1, 2, 3] as const;

/** Everything that is read, in the order in which it is asked. */
export const items: readonly Item[] = [
  item('2007', '0203FF00', kinds2007.power, all),
  item('2007', '02030000', kinds2007.power, [0]),
  ...phases.map((n) => item('2007', `02030${n}00`, kinds2007.power, [n])),
  item('2007', '0202FF00', kinds2007.current, phases),
  ...phases.map((n) => item('2007', `02020${n}00`, kinds2007.current, [n])),
  item('2007', '0201FF00', kinds2007.voltage, phases),
  ...phases.map((n) => item('2007', `02010${n}00`, kinds2007.voltage, [n])),
  item('2007', '0206FF00', kinds2007.factor, all),
  item('2007', '02060000', kinds2007.factor, [0]),
  ...phases.map((n) => item('2007', `02060${n}00`, kinds2007.factor, [n])),
  item('2007', '0204FF00', kinds2007.reactive, all),
  item('2007', '02040000', kinds2007.reactive, [0]),
  ...phases.map((n) => item('2007', `02040${n}00`, kinds2007.reactive, [n])),
  ...phases.map((n) => item('2007', `02090${n}00`, kinds2007.thd, [n])),
  item('2007', '00010000', kinds2007.energy, [0]),
  item('2007', '02800001', kinds2007.neutral, [0]),
  item('2007', '02800002', kinds2007.frequency, [0]),
  item('2007', '02800007', kinds2007.temperature, [0]),
  item('1997', 'B63F', kinds1997.power, all),
  item('1997', 'B630', kinds1997.power, [0]),
  ...phases.map((n) => item('1997', `B63${n}`, kinds1997.power, [n])),
  item('1997', 'B62F', kinds1997.current, phases),
  ...phases.map((n) => item('1997', `B62${n}`, kinds1997.current, [n])),
  item('1997', 'B61F', kinds1997.voltage, phases),
  ...phases.map((n) => item('1997', `B61${n}`, kinds1997.voltage, [n])),
  item('1997', 'B65F', kinds1997.factor, all),
  item('1997', 'B650', kinds1997.factor, [0]),
  ...phases.map((n) => item('1997', `B65${n}`, kinds1997.factor, [n])),
  item('1997', 'B64F', kinds1997.reactive, all),
  item('1997', 'B640', kinds1997.reactive, [0]),
  ...phases.map((n) => item('1997', `B64${n}`, kinds1997.reactive, [n])),
  item('1997', '9010', kinds1997.energy, [0]),
];

const byIdentifier = new Map(items.map((one) => [one.identifier, one]));
export const itemOf = (identifier: string): Item | undefined => byIdentifier.get(identifier);

/**
 * The items that together give a quantity: its block, or each phase by itself, or the total where nothing else is to
 * be had. A meter of one phase is its total. Empty where the edition does not have the quantity.
 */
export function itemsFor(
  quantity: Quantity,
  how: { readonly edition: Edition; readonly phases: 1 | 3; readonly blocks: boolean },
): readonly Item[] {
  const own = items.filter((one) => one.edition === how.edition && one.quantity === quantity);
  const block = own.filter(({ slots }) => slots.length > 1);
  const total = own.filter(({ slots: [slot], slots: { length } }) => length === 1 && slot === 0);
  const each = own.filter(({ slots: [slot], slots: { length } }) => length === 1 && slot !== 0);
  if (how.blocks && block.length > 0) return block;
  if (how.phases === 1) return total.length > 0 ? total : each.slice(0, 1);
  // Of a three-phase meter's totals only the power says more than its phases.
  return quantity === 'power' || each.length === 0 ? [...total, ...each] : each;
}

/** Values in SI units, one for each slot of the item; null where the meter says FFH. */
export function readItem(of: Item, data: Uint8Array): (number | null)[] {
  // A block of the 1997 edition may end in AAH.
  const blockEnd = of.edition === '1997' && data.length % of.bytes === 1 && data.at(-1) === 0xaa;
  const bytes = blockEnd ? data.subarray(0, -1) : data;
  const count = bytes.length / of.bytes;
  if (!Number.isInteger(count) || count < 1 || count > of.slots.length) {
    throw new CodecError(`${of.identifier}: ${data.length} bytes of ${of.bytes} each`);
  }
  const [times, over] = of.step;
  return Array.from({ length: count }, (_, n) => {
    const steps = readBcd(bytes.subarray(n * of.bytes, (n + 1) * of.bytes), of);
    return steps === null ? null : (steps * times) / over;
  });
}

/** The inverse, to the digits that the item has; null becomes FFH. */
export function writeItem(of: Item, values: readonly (number | null)[]): Uint8Array {
  const [times, over] = of.step;
  return Uint8Array.from(
    values.flatMap((value) => [
      ...writeBcd(value === null ? null : Math.round((value * over) / times), of),
    ]),
  );
}

/** What a meter that stands at `reading` knows of one item; null where it does not have it. */
export function valuesOf(
  { quantity, slots }: Item,
  reading: PowerReading,
): (number | null)[] | null {
  const values = slots.map((slot) => quantityAt(quantity, slot, reading));
  return values.every((value) => value === null) ? null : values;
}
