import { BlobError, LaterBlock } from './blob.ts';

/**
 * Blocks that cannot be read: a worn card, a salvage. What was in one is lost; it must not stop a start, the packing or
 * a question, so it is passed over, and counted so that somebody hears of it.
 */
export interface Damage {
  /** What `read` gives, or `otherwise` where the block `name` is damaged. A block of a later version is thrown on: it is whole. */
  pass<T>(name: string, read: () => T, otherwise: T): T;
  /** Different blocks that were passed over. */
  count(): number;
}

/** So many are told apart; a store with more is counted no further. */
const most = 10_000;

export function createDamage(): Damage {
  const seen = new Set<string>();
  return {
    pass(name, read, otherwise) {
      try {
        return read();
      } catch (error) {
        if (error instanceof LaterBlock) throw error;
        if (!(error instanceof BlobError) && !(error instanceof RangeError)) throw error;
        if (seen.size < most) seen.add(name);
        return otherwise;
      }
    },
    count: () => seen.size,
  };
}
