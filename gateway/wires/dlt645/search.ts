import {
  answersTo,
  anyAddress,
  encodeFrame,
  type Frame,
  functionOf,
  identifierOf,
  isRefusal,
  maxWakeUpBytes,
  question,
  questionForAddress,
} from '../../../drivers/dlt645/frame.ts';
import { type Edition, itemOf, readItem } from '../../../drivers/dlt645/items.ts';
import type { Master } from './line.ts';

/** A meter that was found, and what it can be asked. */
export interface FoundMeter {
  readonly address: string;
  readonly edition: Edition;
  readonly phases: 1 | 3;
  /** It answers for all phases in one question. */
  readonly blocks: boolean;
}

export interface SearchSettings {
  readonly edition: Edition;
  /** Go through all addresses though one meter answered alone: a loud one may drown the others. */
  readonly deep: boolean;
  /** Questions done, and how many there are to be, as far as is known. */
  readonly onStep?: (done: number, total: number) => void;
  readonly onFound?: (meter: FoundMeter) => void;
}

export interface SearchResult {
  readonly found: readonly FoundMeter[];
  /** Something was said that nobody could read: two meters of one address, wrong speed or parity, noise. */
  readonly unread: boolean;
}

/** What every meter has: the imported energy; its power; voltages to count the phases by. */
const probes = {
  2007: { any: '00010000', blockV: '0201FF00', secondV: '02010200' },
  1997: { any: '9010', blockV: 'B61F', secondV: 'B612' },
} as const;
/** A phase that carries less than this is not connected, V. */
const leastV = 50;
const pairs = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'));
/** An address has six bytes; the search goes from the lowest to the highest. */
const digits = 12;

/**
 * Finds the addresses on a line: first whoever is there; where more than one answers at once, by the lowest two
 * digits, then the next two wherever answers still collide (shortened addressing, 2007, 5.2.2). It only reads.
 */
export async function findMeters(master: Master, settings: SearchSettings): Promise<SearchResult> {
  const { edition, deep, onStep, onFound } = settings;
  const found = new Map<string, FoundMeter>();
  let [done, total] = [0, 1 + pairs.length];
  let unread = false;

  const ask = async (asked: Frame): Promise<Heard> => {
    const heard = await listen(master, asked);
    done += 1;
    onStep?.(done, total);
    return heard;
  };
  const add = async (address: string) => {
    if (found.has(address)) return;
    const meter = await describe(master, address, edition);
    // Two answers on top of each other can look like a third; who does not answer to his name is not there.
    if (!meter) {
      unread = true;
      return;
    }
    found.set(address, meter);
    onFound?.(meter);
  };
  const branch = async (suffix: string): Promise<void> => {
    for (const pair of pairs) {
      const known = pair + suffix;
      const asked = question(known.padStart(digits, 'A'), probes[edition].any);
      const { addresses, collided } = await ask(asked);
      for (const address of addresses) await add(address);
      if (!collided) continue;
      if (known.length === digits) {
        unread = true;
        continue;
      }
      total += pairs.length;
      await branch(known);
    }
  };

  const whoever =
    edition === '2007' ? questionForAddress() : question(anyAddress, probes[edition].any);
  const first = await ask(whoever);
  for (const address of first.addresses) await add(address);
  const alone = found.size === 1 && first.addresses.length === 1 && !first.collided;
  if (deep || !alone) await branch('');
  return { found: [...found.values()], unread };
}

interface Heard {
  readonly addresses: readonly string[];
  /** Something that is no whole answer was heard as well. */
  readonly collided: boolean;
}

async function listen(master: Master, asked: Frame): Promise<Heard> {
  const addresses: string[] = [];
  const outcome = await master.exchange(encodeFrame(asked, maxWakeUpBytes), (frame) => {
    if (functionOf(frame) === functionOf(asked) && answersTo(asked.address, frame.address)) {
      addresses.push(frame.address);
    }
    // Never taken: others may still speak.
    return null;
  });
  return { addresses, collided: outcome.kind === 'garbled' && outcome.trouble !== null };
}

/** Asks one meter by its full address what it can; null where it does not answer to it. */
async function describe(
  master: Master,
  address: string,
  edition: Edition,
): Promise<FoundMeter | null> {
  const { any, blockV, secondV } = probes[edition];
  if ((await values(master, address, any)) === null) return null;
  const voltages = await values(master, address, blockV);
  const blocks = (voltages?.length ?? 0) > 1;
  const [, second] = blocks
    ? (voltages ?? [])
    : [null, ...((await values(master, address, secondV)) ?? [])];
  return { address, edition, phases: (second ?? 0) > leastV ? 3 : 1, blocks };
}

/** The values of an item, none where the meter refuses; null where it does not answer, twice. */
async function values(
  master: Master,
  address: string,
  identifier: string,
): Promise<readonly (number | null)[] | null> {
  const asked = question(address, identifier);
  for (let tries = 0; tries < 2; tries += 1) {
    const outcome = await master.exchange(encodeFrame(asked, maxWakeUpBytes), (frame) =>
      frame.address === address && functionOf(frame) === functionOf(asked) ? frame : null,
    );
    if (outcome.kind === 'taken') return isRefusal(outcome.value) ? [] : said(outcome.value);
  }
  return null;
}

function said({ data }: Frame): readonly (number | null)[] {
  const size = data.length > 3 && itemOf(identifierOf(data.subarray(0, 4))) ? 4 : 2;
  const item = itemOf(identifierOf(data.subarray(0, size)));
  try {
    return item ? readItem(item, data.subarray(size)) : [];
  } catch {
    // It answers, though not in digits; which meter it is has been told.
    return [];
  }
}
