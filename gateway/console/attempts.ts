import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';

/** Failures of one name before it is locked, and for how long (PR-32). */
export const failuresOfName = 5;
export const lockMs = 15 * 60_000;
/** Failures of one address in that time, whatever names it tried. */
export const failuresOfAddress = 20;
/** Addresses and groups of names that are counted at once. */
const mostAddresses = 4096;
const nameGroups = 4096;

/** One try that was let through; it counts as a failure until it is said to be none. */
export interface Attempt {
  /** It was right: the name begins anew. */
  succeeded(): void;
  /** It was no guess (a second factor is asked for, the box was busy): it is not counted. */
  forgiven(): void;
}

export type Taken =
  | { readonly attempt: Attempt }
  /** `first`: this refusal is the one that found the name locked. */
  | { readonly refused: 'name' | 'address'; readonly first: boolean };

interface Count {
  n: number;
  untilMs: number;
  told: boolean;
}

/**
 * Counts tries per name and per address BEFORE anything is computed: of a thousand parallel guesses five are looked
 * at. Names that are no account are counted too, in groups, so that a lock does not tell which names exist.
 */
export function createAttempts(clock: Pick<Clock, 'monoMs'>) {
  const names = new Map<string, Count>();
  const addresses = new Map<string, Count>();

  const countOf = (map: Map<string, Count>, key: string): Count => {
    const known = map.get(key);
    if (known && clock.monoMs() < known.untilMs) return known;
    const fresh = { n: 0, untilMs: Number.POSITIVE_INFINITY, told: false };
    map.delete(key);
    map.set(key, fresh);
    return fresh;
  };
  const raise = (count: Count) => {
    count.n += 1;
    count.untilMs = clock.monoMs() + lockMs;
  };
  const lower = (count: Count) => {
    count.n = Math.max(0, count.n - 1);
  };

  return {
    take(name: string, known: boolean, address: string): Taken {
      const byName = countOf(names, known ? `=${name}` : `~${groupOf(name)}`);
      const byAddress = countOf(addresses, address);
      // The oldest goes; its names stay locked all the same.
      if (addresses.size > mostAddresses) addresses.delete(addresses.keys().next().value ?? '');
      if (byName.n >= failuresOfName) {
        const first = !byName.told;
        byName.told = true;
        return { refused: 'name', first };
      }
      if (byAddress.n >= failuresOfAddress) return { refused: 'address', first: false };
      raise(byName);
      raise(byAddress);
      return {
        attempt: {
          succeeded() {
            byName.n = 0;
            lower(byAddress);
          },
          forgiven() {
            lower(byName);
            lower(byAddress);
          },
        },
      };
    },
  };
}
export type Attempts = ReturnType<typeof createAttempts>;

const groupOf = (name: string): number =>
  createHash('sha256').update(name).digest().readUInt32BE() % nameGroups;
