import type { Reading } from '../../drivers/reading.ts';

/** Several streams of readings, each in the order of time, as one. */
export interface InOrder {
  /** Time of the next reading, ms; Infinity when all are through. */
  atMs(): number;
  /** The next reading. Throws where there is none. */
  take(): Promise<Reading>;
}

/** Looks one reading ahead into each stream; of one time the earlier stream goes first. */
export async function inOrder(streams: readonly AsyncIterator<Reading>[]): Promise<InOrder> {
  const heads = await Promise.all(streams.map(async (stream) => headOf(stream)));
  const times = heads.map((head) => head?.atMs ?? Number.POSITIVE_INFINITY);
  return {
    atMs: () => Math.min(...times),
    async take() {
      const first = times.indexOf(Math.min(...times));
      const [stream, head] = [streams[first], heads[first]];
      if (!stream || !head) throw new Error('All readings were taken');
      const next = await headOf(stream);
      heads[first] = next;
      times[first] = next?.atMs ?? Number.POSITIVE_INFINITY;
      return head;
    },
  };
}

async function headOf(stream: AsyncIterator<Reading>): Promise<Reading | undefined> {
  const { value, done } = await stream.next();
  return done ? undefined : value;
}
