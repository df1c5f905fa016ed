import type { Poll } from '../../../drivers/driver.ts';
import type { Device } from '../../config/device.ts';
import type { NoAnswer } from './line.ts';

/** After so many turns without an answer a device is asked in the spare time only. */
export const missesUntilSilent = 2;
/** A silent device is asked again after twice the last pause, from one round up to this, ms. */
export const longestSilentPauseMs = 60_000;
/** After so many turns in which the device answered all but this question, the question rests. */
const failuresUntilRest = 3;
/** A question that the device does not know rests so long, ms: its firmware may have been changed since. */
export const restMs = 600_000;

interface Question {
  readonly poll: Poll;
  failures: number;
  /** Not asked before, on the monotonic clock. */
  restsUntilMs: number;
}

/** How one device on a bus has been answering. */
export interface Standing {
  readonly device: Device;
  readonly questions: readonly Question[];
  /** Turns in a row without any answer. */
  misses: number;
  /** Silent: not asked before, on the monotonic clock. */
  askAgainMs: number;
  answered: number;
  unanswered: number;
  /** Why the last question that had no answer had none. */
  lastReason: string | undefined;
}

/** An answer that does not end is none of the rounds: it is held open by itself. */
export const isStream = (poll: Poll): poll is Extract<Poll, { wire: 'http' }> =>
  poll.wire === 'http' && poll.stream === true;

/** What a device is asked round after round. */
export const roundOf = ({ driver, options }: Device): readonly Poll[] =>
  (driver.polls?.(options) ?? []).filter((poll) => !isStream(poll));

export const newStanding = (device: Device): Standing => ({
  device,
  questions: roundOf(device).map((poll) => ({ poll, failures: 0, restsUntilMs: 0 })),
  misses: 0,
  askAgainMs: 0,
  answered: 0,
  unanswered: 0,
  lastReason: undefined,
});

export const isSilent = ({ misses }: Standing): boolean => misses >= missesUntilSilent;

/** Somebody who answered last time: one lost answer is noise, and the question is worth repeating. */
export const isReliable = ({ misses, answered }: Standing): boolean => misses === 0 && answered > 0;

/** The questions that are due now. The first never rests: without it there is no reading. */
export const due = ({ questions }: Standing, nowMs: number): readonly Question[] =>
  questions.filter((question, n) => n === 0 || question.restsUntilMs <= nowMs);

export function noteAnswer(standing: Standing, question: Question): void {
  standing.answered += 1;
  standing.misses = 0;
  question.failures = 0;
}

export function noteNoAnswer(
  standing: Standing,
  question: Question,
  { why, message }: NoAnswer,
  nowMs: number,
): void {
  standing.unanswered += 1;
  standing.lastReason = message;
  question.failures += 1;
  if (why === 'refused' || question.failures >= failuresUntilRest) {
    question.restsUntilMs = nowMs + restMs;
  }
}

/** A whole turn without an answer. */
export function noteMiss(standing: Standing, roundMs: number, nowMs: number): void {
  standing.misses += 1;
  const doublings = Math.min(10, Math.max(0, standing.misses - missesUntilSilent));
  standing.askAgainMs = nowMs + Math.min(longestSilentPauseMs, roundMs * 2 ** doublings);
}
