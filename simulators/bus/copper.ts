import type { End } from './end.ts';

/** Bytes that somebody on the line says, and how long after now he begins, ms. */
export interface Saying {
  readonly afterMs: number;
  readonly bytes: Uint8Array;
}

/** Two wires on which bytes take as long as they do on RS-485. */
export interface Copper {
  /** What the gateway said, byte by byte as the last bit of each arrives at the meters. */
  onBytes(listener: (bytes: Uint8Array) => void): void;
  /** Who speaks at the same time garbles the other: a 0 on either is a 0 on the line. */
  say(sayings: readonly Saying[]): void;
  stop(): Promise<void>;
}

/** Start bit, eight data bits, parity, stop bit. */
const bitsPerByte = 11;

export function createCopper(end: End, baudRate: number): Copper {
  const byteMs = (1000 * bitsPerByte) / baudRate;
  const timers = new Set<NodeJS.Timeout>();
  const at = (atMs: number, work: () => void) => {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        work();
      },
      Math.max(0, atMs - performance.now()),
    );
    timers.add(timer);
  };
  let hear: (bytes: Uint8Array) => void = () => {};
  let questionEndsMs = 0;
  end.onBytes((bytes) => {
    // They come at once from a pseudo-terminal; on copper they would still be on their way.
    questionEndsMs = Math.max(questionEndsMs, performance.now()) + bytes.length * byteMs;
    at(questionEndsMs, () => hear(bytes));
  });
  return {
    onBytes: (listener) => {
      hear = listener;
    },
    say(sayings) {
      const fromMs = performance.now();
      const line = mixed(sayings, byteMs);
      const speak = (next: number) => {
        const byte = line[next];
        if (byte === undefined) return;
        const due = (n: number) => fromMs + (line[n]?.endMs ?? 0);
        at(due(next), () => {
          // A timer that comes late finds more than one byte done.
          let last = next;
          while (last + 1 < line.length && due(last + 1) <= performance.now()) last += 1;
          end.write(Uint8Array.from(line.slice(next, last + 1).map(({ value }) => value)));
          speak(last + 1);
        });
      };
      speak(0);
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
      return end.stop();
    },
  };
}

/** One sequence of bytes with the times of their ends; where they overlap, bit by bit the zero wins. */
function mixed(
  sayings: readonly Saying[],
  byteMs: number,
): readonly { readonly value: number; readonly endMs: number }[] {
  const slots = new Map<number, number>();
  const startMs = Math.min(...sayings.map(({ afterMs }) => afterMs));
  for (const { afterMs, bytes } of sayings) {
    const first = Math.round((afterMs - startMs) / byteMs);
    for (const [n, byte] of bytes.entries()) {
      slots.set(first + n, (slots.get(first + n) ?? 0xff) & byte);
    }
  }
  return [...slots]
    .sort(([a], [b]) => a - b)
    .map(([slot, value]) => ({ value, endMs: startMs + (slot + 1) * byteMs }));
}
