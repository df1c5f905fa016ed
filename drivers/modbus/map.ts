import type { Quantity, Said, Slot } from '../codec/asked.ts';
import { phaseOf } from '../codec/figures.ts';
import { CodecError } from '../driver.ts';
import type { ReadCode } from './frame.ts';
import { type RegisterType, readNumber, tidy, wordsOf, writeNumber } from './registers.ts';

/** One value in a meter. */
export interface Register {
  readonly quantity: Quantity;
  readonly slot: Slot;
  /** As it goes over the line, zero-based. */
  readonly address: number;
  readonly type: RegisterType;
  /** What one step is in the SI unit of readings: 0.1 for tenths of a volt, 1000 for kW. */
  readonly scale: number;
  /** True: on the secondary side of current transformers; the device's `ctRatio` is applied. */
  readonly secondary?: true;
}

/** Registers that are asked for together; holes between values are read and passed over. */
export interface Block {
  readonly start: number;
  readonly count: number;
}

/** What a meter keeps where: data, from the maker's manual. */
export interface RegisterMap {
  readonly code: ReadCode;
  /** Phases that it measures. */
  readonly phases: 1 | 3;
  /** The first block holds the power: without it there is no reading. */
  readonly blocks: readonly Block[];
  /** Of two registers for one value the first that is not 0 counts: editions of a meter keep it in different places. */
  readonly registers: readonly Register[];
  readonly lowWordFirst?: true;
}

/** Three registers in a row, one a phase. */
export const perPhase = (
  quantity: Quantity,
  first: number,
  type: RegisterType,
  scale: number,
  rest: { readonly pitch?: number; readonly secondary?: true } = {},
): readonly Register[] => {
  const { pitch = wordsOf[type], ...more } = rest;
  return ([1, 2, 3] as const).map((slot) => ({
    quantity,
    slot,
    address: first + (slot - 1) * pitch,
    type,
    scale,
    ...more,
  }));
};

export const isIn = ({ start, count }: Block, { address, type }: Register): boolean =>
  address >= start && address + wordsOf[type] <= start + count;

/** Adds what one answer says to what was said before. Throws where the figures of one moment do not go together. */
export function noteRegisters(
  said: Said,
  map: RegisterMap,
  {
    start,
    words,
    ctRatio,
  }: { readonly start: number; readonly words: readonly number[]; readonly ctRatio: number },
): void {
  const now: Said = {};
  for (const register of map.registers) {
    if (!isIn({ start, count: words.length }, register)) continue;
    const { quantity, slot, address, type, scale, secondary } = register;
    const from = address - start;
    const raw = readNumber(words.slice(from, from + wordsOf[type]), type, map.lowWordFirst);
    const value = raw === null ? null : tidy(raw * scale * (secondary ? ctRatio : 1));
    now[quantity] = noted(now[quantity], slot, value);
    said[quantity] = noted(said[quantity], slot, value);
  }
  together(now, map.phases);
}

function noted(
  all: (number | null | undefined)[] = [],
  slot: Slot,
  value: number | null,
): (number | null | undefined)[] {
  // The first that counts stays; 0 gives way to what another edition's register has counted.
  if ((all[slot] ?? 0) === 0 && (value !== null || all[slot] === undefined)) all[slot] = value;
  return all;
}

/** Volts, amperes and watts out of one answer are of one moment: a wrong map or edition shows there. */
function together({ voltage = [], current = [], power = [] }: Said, phases: 1 | 3): void {
  for (const slot of [1, 2, 3] as const) {
    phaseOf({
      voltage: voltage[slot],
      current: current[slot] == null ? undefined : Math.abs(current[slot]),
      power: power[slot] ?? (phases === 1 && slot === 1 ? power[0] : undefined),
    });
  }
}

/** The words of one block of a meter that stands at `valueAt`; null where it has none of its values. Holes are 0. */
export function writeBlock(
  map: RegisterMap,
  block: Block,
  ctRatio: number,
  valueAt: (quantity: Quantity, slot: Slot) => number | null,
): number[] | null {
  const words = new Array<number>(block.count).fill(0);
  const here = map.registers.filter((register) => isIn(block, register));
  const values = here.map(({ quantity, slot }) => valueAt(quantity, slot));
  if (values.every((value) => value === null)) return null;
  for (const [n, { address, type, scale, secondary }] of here.entries()) {
    const value = values[n] ?? null;
    const raw = value === null ? null : tidy(value / scale / (secondary ? ctRatio : 1));
    for (const [i, word] of writeNumber(raw, type, map.lowWordFirst).entries())
      words[address - block.start + i] = word;
  }
  return words;
}

/** Why a map cannot be asked; null where it can. Held by a test for every meter. */
export function mapTrouble({ blocks, registers }: RegisterMap, maxCount: number): string | null {
  if (!registers.some((one) => one.quantity === 'power' && blocks[0] && isIn(blocks[0], one)))
    return 'the first block has no power';
  for (const block of blocks) {
    if (block.count > maxCount) return `${block.count} registers at ${block.start}`;
    if (!registers.some((one) => isIn(block, one))) return `nothing to read at ${block.start}`;
  }
  const lost = registers.find((one) => blocks.filter((block) => isIn(block, one)).length !== 1);
  return lost ? `${lost.quantity} at ${lost.address} is not in exactly one block` : null;
}

/** A map is data: a fault in it is the driver's, and shows when the driver is loaded. */
export function soundMap(map: RegisterMap, maxCount: number): RegisterMap {
  const trouble = mapTrouble(map, maxCount);
  if (trouble) throw new CodecError(`Register map: ${trouble}`);
  return map;
}
