import type { Channel } from './channel.ts';

/**
 * How an exchange ended. `garbled`: something was said that was not taken, with what it came nearest to; null where
 * nothing but whole answers was heard.
 */
export type Outcome<T> =
  | { readonly kind: 'taken'; readonly value: T }
  | { readonly kind: 'silent' }
  | { readonly kind: 'garbled'; readonly trouble: string | null };

/** The one who asks on a line. */
export interface Master<F> {
  /**
   * Sends a question and shows `take` every frame that a meter sends, until it returns something or the time for an
   * answer is over. One exchange at a time.
   */
  exchange<T>(question: Uint8Array, take: (frame: F) => T | null): Promise<Outcome<T>>;
  close(): Promise<void>;
}

/** What was found among bytes from a line. */
export interface Scanned<F> {
  /** Whole frames that a meter sent: not the echo of a question. */
  readonly frames: readonly F[];
  /** What the rest came nearest to; null where there is no rest. */
  readonly trouble: string | null;
  /** Where the last whole frame ends. */
  readonly end: number;
}

export interface MasterSettings<F> {
  /** Finds the frames of the line's protocol. An error that it throws is one of the line. */
  readonly scan: (bytes: Uint8Array) => Scanned<F>;
  /** bit/s on the line, also behind a converter: how long a question takes is reckoned from it. */
  readonly baudRate: number;
  /** How long a meter may take to begin its answer, ms. DL/T 645 gives it 20 to 500 (2007, 5.3.3). */
  readonly timeoutMs: number;
  /** Bytes of the longest answer, with what may stand before it. */
  readonly longestAnswer: number;
}

/** A byte is a start bit, eight data bits, parity or a second stop bit, a stop bit (DL/T 645-2007, 5.1; Modbus over serial line V1.02, 2.5.1). */
const bitsPerByte = 11;
/** Longest pause between two bytes of a frame, ms (DL/T 645-2007, 5.3.3: Tb at most 500; Modbus forbids any, converters make them). */
export const longestGapMs = 500;
/** Pause between an answer and the next question, ms: the meter has to turn its transceiver round. */
export const turnaroundMs = 20;
/** A line that never falls quiet is asked all the same, ms: waiting on would only prolong it. */
const longestWaitForQuietMs = 500;
/** The time that so many bytes need on the line, ms. */
export const lineMs = (bytes: number, baudRate: number): number =>
  (1000 * bytes * bitsPerByte) / baudRate;

interface Waiting {
  hear(bytes: Uint8Array): void;
  fail(cause: Error): void;
}

export function createMaster<F>(
  channel: Channel,
  { scan, baudRate, timeoutMs, longestAnswer }: MasterSettings<F>,
): Master<F> {
  // Twice over, for an adapter's echo and noise.
  const maxHeldBytes = 2 * longestAnswer;
  let waiting: Waiting | null = null;
  let asking = false;
  let ended: Error | null = null;
  let lastByteMs = Number.NEGATIVE_INFINITY;
  channel.onBytes((bytes) => {
    lastByteMs = performance.now();
    waiting?.hear(bytes);
  });
  const end = (cause: Error) => {
    ended ??= cause;
    waiting?.fail(ended);
  };
  channel.onEnd(end);

  /** Late answers and noise die away before the next question. */
  const quiet = async () => {
    const untilMs = performance.now() + longestWaitForQuietMs;
    for (;;) {
      const nowMs = performance.now();
      const waitMs = Math.min(lastByteMs + turnaroundMs, untilMs) - nowMs;
      if (waitMs <= 0) return;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  };

  const listen = <T>(question: Uint8Array, take: (frame: F) => T | null) =>
    new Promise<Outcome<T>>((resolve, reject) => {
      let held = Buffer.alloc(0);
      let otherAnswers = false;
      const settle = (outcome: Outcome<T> | Error) => {
        clearTimeout(timer);
        waiting = null;
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      const scanned = (): Scanned<F> => {
        try {
          return scan(held);
        } catch (cause) {
          end(cause as Error);
          return { frames: [], trouble: null, end: 0 };
        }
      };
      const over = () => {
        const trouble = isStartOf(held, question) ? null : scanned().trouble;
        settle(
          trouble !== null || otherAnswers ? { kind: 'garbled', trouble } : { kind: 'silent' },
        );
      };
      const beginMs = lineMs(question.length, baudRate) + timeoutMs;
      const beginsByMs = performance.now() + beginMs;
      // Noise that never ends must not hold the bus.
      const lastMs = beginsByMs + lineMs(longestAnswer, baudRate) + longestGapMs;
      let timer = setTimeout(over, beginMs);
      waiting = {
        hear(bytes) {
          held = Buffer.concat([held, bytes]);
          const { frames, end: done } = scanned();
          for (const frame of frames) {
            const value = take(frame);
            if (value !== null) return settle({ kind: 'taken', value });
            otherAnswers = true;
          }
          held = held.subarray(done).subarray(-maxHeldBytes);
          // One's own question is not yet an answer.
          if (!otherAnswers && isStartOf(held, question)) return;
          const nowMs = performance.now();
          // Whoever was heard may have been another: the one who was asked still has his time.
          const untilMs = Math.min(lastMs, Math.max(beginsByMs, nowMs + longestGapMs));
          clearTimeout(timer);
          timer = setTimeout(over, Math.max(0, untilMs - nowMs));
        },
        fail: settle,
      };
      channel.write(question).catch((cause: Error) => settle(cause));
    });

  return {
    async exchange(question, take) {
      if (asking) throw new Error('Two questions at a time on one bus');
      asking = true;
      try {
        await quiet();
        if (ended) throw ended;
        return await listen(question, take);
      } finally {
        asking = false;
      }
    },
    async close() {
      end(new Error('The line is closed'));
      await channel.close();
    },
  };
}

/** Many RS-485 adapters hear themselves. True of nothing at all, too. */
const isStartOf = (held: Uint8Array, question: Uint8Array): boolean =>
  held.every((byte, n) => byte === question[n]);
