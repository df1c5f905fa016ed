import {
  answersTo,
  type Frame,
  functionOf,
  identifierBytes,
  identifierOf,
  reads,
} from '../../drivers/dlt645/frame.ts';
import {
  type Edition,
  type Item,
  itemOf,
  valuesOf,
  writeItem,
} from '../../drivers/dlt645/items.ts';
import { CodecError } from '../../drivers/driver.ts';
import type { PowerReading } from '../../drivers/reading.ts';

/** A meter on the wall. What is not `readonly` may be changed while it runs. */
export interface MeterPlan {
  readonly address: string;
  readonly edition?: Edition;
  readonly reading: () => PowerReading;
  /** Whether it knows blocks of three phases; many single-phase meters do not. */
  readonly blocks?: boolean;
  /** Answers that are longer are split into parts of so many bytes. */
  readonly partBytes?: number;
  /** Pause before an answer, ms: 20 to 500 (2007, 5.3.3). */
  delayMs?: number;
  /** No power, a wire off. */
  dead?: boolean;
  /** So many answers to come have a byte turned over. */
  garble?: number;
  /** Noise before every answer. */
  noise?: Uint8Array;
}

/** What a meter says to a question, or null where it keeps silent. */
export function answerOf(plan: MeterPlan, asked: Frame): Frame | null {
  const { address, edition = '2007' } = plan;
  if (plan.dead || !answersTo(asked.address, address)) return null;
  const of = functionOf(asked);
  if (of === reads.address && edition === '2007') {
    return { address, control: 0x93, data: identifierBytes(address) };
  }
  const [first, further] =
    edition === '2007' ? [reads.data, reads.more] : [reads.data1997, reads.more1997];
  if (of !== first && of !== further) return null;
  const size = edition === '2007' ? 4 : 2;
  const identifier = identifierOf(asked.data.subarray(0, size));
  const item = itemOf(identifier);
  const values = item && valuesOf(item, plan.reading());
  const known = item && values && (item.slots.length === 1 || plan.blocks !== false);
  const all = known ? written(item, values) : null;
  // Bit 1: no such data.
  if (!all) return { address, control: of | 0xc0, data: Uint8Array.of(2) };
  const { partBytes = all.length } = plan;
  const part = of === first ? 0 : (asked.data[size] ?? 0);
  const more = (part + 1) * partBytes < all.length ? 0x20 : 0;
  const data = [
    ...identifierBytes(identifier),
    ...all.subarray(part * partBytes, (part + 1) * partBytes),
    ...(of === reads.more ? [part] : []),
  ];
  return { address, control: of | 0x80 | more, data: Uint8Array.from(data) };
}

/** Null: the figure has more digits than the item, as a distortion of 120 %. */
function written(item: Item, values: readonly (number | null)[]): Uint8Array | null {
  try {
    return writeItem(item, values);
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}
