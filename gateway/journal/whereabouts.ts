/** In which groups a device has spoken lately: a curve of the running hour then reads those and no others. */
export interface Whereabouts {
  /** The group `seq` has `n` readings, `numberAt(i)` says of which device; called in the order of groups. */
  add(seq: number, n: number, numberAt: (i: number) => number): void;
  /**
   * Groups behind `after` in which any of the devices spoke, rising, each once. Groups up to `knownFrom` may be missing:
   * they came before this start, or so long ago that they are forgotten.
   */
  of(
    numbers: Iterable<number>,
    after: number,
  ): { readonly knownFrom: number; readonly seqs: readonly number[] };
}

/** Groups that came within an hour, as differences: one byte for a meter that speaks every second. */
interface Generation {
  readonly beganMs: number;
  /** The last group before it. */
  readonly before: number;
  readonly devices: Map<number, Trace>;
  bytes: number;
}

/** Seven bits a byte, as ByteWriter writes them; nothing more than the bytes, for there are as many as devices. */
interface Trace {
  steps: Uint8Array;
  length: number;
  lastSeq: number;
}

/** Hours are packed some minutes after their end: this one and the one before are all that is asked for. */
const generationMs = 3_600_000;
/** A generation ends early with this: two of them are all that is kept. 473 meters that speak every second take 1.7 MB an hour. */
export const maxGenerationBytes = 2 * 1024 * 1024;
const firstBytes = 32;
/** A step takes no more, bytes. */
const longestStep = 8;

/** `lastSeq` is the last group on the disk now; `monoMs` any clock that goes on. */
export function createWhereabouts(lastSeq: number, monoMs: () => number): Whereabouts {
  let newest = lastSeq;
  const begin = (): Generation => ({
    beganMs: monoMs(),
    before: newest,
    devices: new Map(),
    bytes: 0,
  });
  let generations: readonly Generation[] = [begin()];

  return {
    add(seq, n, numberAt) {
      let now = generations.at(-1) as Generation;
      if (monoMs() - now.beganMs >= generationMs || now.bytes >= maxGenerationBytes) {
        const next = begin();
        generations = [now, next];
        now = next;
      }
      for (let i = 0; i < n; i += 1) {
        const number = numberAt(i);
        let trace = now.devices.get(number);
        if (!trace) {
          trace = { steps: new Uint8Array(firstBytes), length: 0, lastSeq: now.before };
          now.devices.set(number, trace);
        }
        // A meter may speak several times in one group.
        if (trace.lastSeq !== seq) now.bytes += put(trace, seq);
      }
      newest = seq;
    },

    of(numbers, after) {
      const found = new Set<number>();
      for (const { before, devices } of generations) {
        for (const number of numbers) {
          const trace = devices.get(number);
          if (!trace) continue;
          let seq = before;
          for (let at = 0; at < trace.length; ) {
            let unit = 1;
            for (;;) {
              const byte = trace.steps[at++] as number;
              seq += (byte & 0x7f) * unit;
              if (byte < 0x80) break;
              unit *= 128;
            }
            if (seq > after) found.add(seq);
          }
        }
      }
      const knownFrom = (generations[0] as Generation).before;
      return { knownFrom, seqs: [...found].sort((a, b) => a - b) };
    },
  };
}

/** Adds the step to `seq`. Returns how many bytes it took. */
function put(trace: Trace, seq: number): number {
  const { length } = trace;
  if (length + longestStep > trace.steps.length) {
    const larger = new Uint8Array(trace.steps.length * 2);
    larger.set(trace.steps);
    trace.steps = larger;
  }
  let step = seq - trace.lastSeq;
  for (; step >= 128; step = Math.floor(step / 128)) {
    trace.steps[trace.length++] = (step % 128) | 0x80;
  }
  trace.steps[trace.length++] = step;
  trace.lastSeq = seq;
  return trace.length - length;
}
