import type { CurveChannel } from './contract.ts';

/** One figure of one device, of all groups that are not packed yet up to `toSeq`; index by index they belong together. */
export interface Tail {
  readonly times: number[];
  readonly values: number[];
  toSeq: number;
}

/** Tails of what was asked for lately: who looks at a curve looks again, and only what came since is read. */
export interface Tails {
  /** `after` is the last packed group: when it moves, what was kept lies in blocks and is forgotten. */
  of(device: number, channel: CurveChannel, after: number): Tail;
  /** Only one at a time fills tails: two would each add what is new. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

/** The curves of a page and of some people who look at it: 1 MB where meters speak every second. */
export const maxTails = 16;
/** Five hours of a reading a second: packing stands still then, and nothing is kept of such a tail. */
export const maxTailReadings = 20_000;

export function createTails(): Tails {
  const tails = new Map<string, Tail>();
  let packed = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    of(device, channel, after) {
      if (after !== packed) tails.clear();
      packed = after;
      const key = `${device} ${channel}`;
      const known = tails.get(key);
      tails.delete(key);
      const isKept = known !== undefined && known.times.length <= maxTailReadings;
      const tail = isKept ? known : { times: [], values: [], toSeq: after };
      // The one that was asked for longest ago goes first.
      tails.set(key, tail);
      const [oldest] = tails.keys();
      if (tails.size > maxTails && oldest !== undefined) tails.delete(oldest);
      return tail;
    },
    alone(work) {
      const mine = last.then(work, work);
      last = mine.catch(() => {});
      return mine;
    },
  };
}
