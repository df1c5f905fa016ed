import { dlt645 } from '../../../drivers/dlt645.ts';
import type { Message } from '../../../drivers/driver.ts';
import type { PowerReading } from '../../../drivers/reading.ts';
import { lineMs, turnaroundMs } from '../../../gateway/wires/poll/master.ts';

/** What the physics of the line let one meter take: nothing a program could do better. */
export interface Reckoned {
  readonly questions: number;
  /** Bytes of a round of one meter, on the line. */
  readonly askedBytes: number;
  readonly answeredBytes: number;
  /** These bytes at the line's pace, ms. */
  readonly bytesMs: number;
  /** What the meter takes before its answers, ms. */
  readonly waitMs: number;
  /** Silence between an answer and the next question, ms. */
  readonly quietMs: number;
  readonly totalMs: number;
}

/** FEH before an answer, as most meters send (2007, 5.2.1: one to four). */
export const answerWakeUp = 4;

/** Reckons a round of one meter from the very frames that driver and meter exchange. */
export function reckon(
  options: Readonly<Record<string, unknown>>,
  reading: PowerReading,
  line: { readonly baudRate: number; readonly delayMs: number },
): Reckoned {
  const parsed = dlt645.options.parse(options);
  const polls = dlt645.polls?.(parsed) ?? [];
  const asked = polls.flatMap((poll) => (poll.wire === 'dlt645' ? [poll.frame] : []));
  const identifiers = new Set(asked.map((frame) => identifierIn(frame)));
  // A driver says all that a meter could; a round has what was asked for.
  const [first] = dlt645.encode(reading, parsed);
  const answers = (first ? [first, ...(first.rest ?? [])] : []).filter(({ body }: Message) =>
    identifiers.has(identifierIn(body)),
  );
  const sum = (frames: readonly Uint8Array[]) => frames.reduce((n, { length }) => n + length, 0);
  const askedBytes = sum(asked);
  const answeredBytes = sum(answers.map(({ body }) => body)) + answerWakeUp * answers.length;
  const bytesMs = lineMs(askedBytes + answeredBytes, line.baudRate);
  const [waitMs, quietMs] = [answers.length * line.delayMs, asked.length * turnaroundMs];
  const totalMs = bytesMs + waitMs + quietMs;
  const questions = asked.length;
  return { questions, askedBytes, answeredBytes, bytesMs, waitMs, quietMs, totalMs };
}

/** The first four bytes of the data, which say what is asked for and what was answered. */
const identifierIn = (frame: Uint8Array): string => {
  const bare = frame.subarray(frame.indexOf(0x68));
  return Buffer.from(bare.subarray(10, 14)).toString('hex');
};

/** The longest time that a meter may take to answer so that a round of `meters` takes `goalS`, ms; below 0: never. */
export const slowestAnswerMs = (one: Reckoned, meters: number, goalS: number): number =>
  ((goalS * 1000) / meters - one.bytesMs - one.quietMs) / one.questions;
