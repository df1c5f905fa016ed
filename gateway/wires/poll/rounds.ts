import type { Message } from '../../../drivers/driver.ts';
import type { Device } from '../../config/device.ts';
import type { Log } from '../../log.ts';
import type { Intake } from '../intake.ts';
import { type Line, NoAnswer, type Unanswered } from './line.ts';
import type { Pace } from './pace.ts';
import { unlessStopped, withPatience } from './patience.ts';
import {
  due,
  isReliable,
  isSilent,
  newStanding,
  noteAnswer,
  noteMiss,
  noteNoAnswer,
  type Standing,
} from './standing.ts';

export interface RoundsParts {
  /** Name of the bus, for the log. */
  readonly bus: string;
  /** A round starts this often, s; the next at once where it took longer. */
  readonly everyS: number;
  /** How long one question may take at most, ms. */
  readonly timeoutMs: number;
  readonly open: () => Promise<Line>;
  /** In the order in which they are asked. */
  readonly devices: readonly Device[];
  readonly intake: Pick<Intake, 'take'>;
  readonly pace: Pace;
  readonly log: Log;
}

/** How a bus is doing. Counts since the start. */
export interface BusState {
  readonly bus: string;
  readonly up: boolean;
  /** Why the line failed last; absent once something has answered since. */
  readonly reason?: string;
  /** How long nobody has answered, ms; 0 unless the line has failed since the last answer. */
  readonly deafForMs: number;
  readonly answered: number;
  readonly unanswered: Readonly<Record<Unanswered, number>>;
  /** Failures of the line: port gone, converter away. */
  readonly failures: number;
  /** Turns whose readings the disk refused. */
  readonly refusedByDisk: number;
  /** How long the questions of the last whole round took, ms. */
  readonly roundMs: number;
  readonly devices: readonly PolledState[];
}

export interface PolledState {
  readonly device: string;
  readonly silent: boolean;
  readonly answered: number;
  readonly unanswered: number;
  readonly lastReason?: string;
}

export interface Rounds {
  state(): BusState;
  stop(): Promise<void>;
}

/** Share of the bus's busy time that silent devices may cost the others. */
export const silentShare = 0.1;
/** Buses begin within so many ms of each other, not all at once after a power cut. */
const staggerMs = 2000;
/** Pauses before a failed line is opened again, ms: doubled each time, and jittered. */
export const reopen = { firstMs: 1000, longestMs: 60_000 } as const;
/**
 * After so long without a single answer the line is closed and opened anew, ms: a converter that was switched off leaves
 * a connection on which nothing ever fails.
 */
export const deafMs = 120_000;
/** A wire that has not answered by then, over its own timeout, hangs: it is opened anew, ms. */
const hangsMs = 30_000;
/** In one turn of a device so many questions may end in silence; then it is the device, not the question. */
const silencesPerTurn = 2;

/**
 * Asks the devices of one bus, one question at a time, round after round. A device's answers of one round are handed
 * over together, and the next device has its turn when they are on the disk.
 */
export function startRounds(parts: RoundsParts): Rounds {
  const { bus, intake, pace, log, timeoutMs } = parts;
  const everyMs = parts.everyS * 1000;
  const standings = parts.devices.map(newStanding);
  const asksAnything = standings.some(({ questions }) => questions.length > 0);
  const counts = { answered: 0, failures: 0, refusedByDisk: 0, roundMs: 0 };
  const unanswered = { silent: 0, garbled: 0, refused: 0 };
  const stopping = new AbortController();
  const { signal } = stopping;
  let line: Line | undefined;
  let reason: string | undefined;
  let failuresInARow = 0;
  let lastHeardMs = 0;
  /** As `lastHeardMs`, but opening the line anew does not count as hearing. */
  let lastAnswerMs = pace.monoMs();
  let toldSlow = false;
  /** Time that silent devices may still take from the others, ms. */
  let creditMs = 0;

  const patiently = <T>(work: Promise<T>): Promise<T> =>
    withPatience(work, timeoutMs + hangsMs, { pace, signal });

  /** One question, with one repetition where a reliable device lost it in noise. Null: no answer. */
  const ask = async (
    open: Line,
    standing: Standing,
    question: Standing['questions'][number],
  ): Promise<Message | null> => {
    for (let triesLeft = isReliable(standing) && question.failures === 0 ? 2 : 1; ; ) {
      triesLeft -= 1;
      try {
        const answer = await patiently(open.ask(question.poll, standing.device));
        counts.answered += 1;
        well();
        noteAnswer(standing, question);
        return answer;
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        unanswered[error.why] += 1;
        if (error.why !== 'refused' && triesLeft > 0) continue;
        noteNoAnswer(standing, question, error, pace.monoMs());
        // A refusal is a word too: the device is there.
        if (error.why === 'refused') {
          standing.misses = 0;
          well();
        }
        return null;
      }
    }
  };

  /** All questions of one device. True: the next may have its turn, the answers are kept. */
  const turn = async (open: Line, standing: Standing): Promise<boolean> => {
    const answers: Message[] = [];
    let unheard = 0;
    for (const [n, question] of due(standing, pace.monoMs()).entries()) {
      const refusals = unanswered.refused;
      const answer = await ask(open, standing, question);
      if (answer) {
        answers.push(answer);
        continue;
      }
      if (unanswered.refused === refusals) unheard += 1;
      if (n === 0 || unheard >= silencesPerTurn) break;
    }
    const [first, ...rest] = answers;
    if (!first) {
      if (unheard > 0) noteMiss(standing, everyMs, pace.monoMs());
      return true;
    }
    return keep(standing.device, rest.length === 0 ? first : { ...first, rest });
  };

  const keep = async (device: Device, message: Message): Promise<boolean> => {
    const taken = new Promise<boolean>((resolve) => {
      intake.take(device, message, (error) => resolve(error === null));
    });
    const kept = await unlessStopped(taken, signal);
    if (!kept) counts.refusedByDisk += 1;
    return kept;
  };

  /** False: the disk refuses; to ask on would be to throw away what is answered. */
  const round = async (open: Line): Promise<boolean> => {
    const startMs = pace.monoMs();
    const endMs = startMs + everyMs;
    const heard = standings.filter((standing) => !isSilent(standing));
    const silent = standings.filter(isSilent).sort((a, b) => a.askAgainMs - b.askAgainMs);
    for (const standing of heard) if (!(await turn(open, standing))) return false;
    const busyMs = pace.monoMs() - startMs;
    creditMs = Math.min(2 * timeoutMs, creditMs + silentShare * busyMs);
    for (const standing of silent) {
      const fromMs = pace.monoMs();
      if (standing.askAgainMs > fromMs) continue;
      const spare = fromMs + timeoutMs <= endMs;
      if (!spare && creditMs < timeoutMs && heard.length > 0) break;
      if (!(await turn(open, standing))) return false;
      if (!spare && isSilent(standing)) creditMs -= pace.monoMs() - fromMs;
    }
    counts.roundMs = Math.round(pace.monoMs() - startMs);
    if (counts.roundMs > everyMs && !toldSlow) {
      toldSlow = true;
      const { everyS } = parts;
      log.warn({ bus, everyS, roundMs: counts.roundMs }, 'a round takes longer than everyS');
    }
    return true;
  };

  const run = async () => {
    await pace.wait(pace.random() * Math.min(everyMs, staggerMs), signal);
    while (!signal.aborted) {
      try {
        line = await openLine();
        lastHeardMs = pace.monoMs();
        while (!signal.aborted) {
          const startMs = pace.monoMs();
          const kept = await round(line);
          if (asksAnything && pace.monoMs() - lastHeardMs > deafMs)
            throw new Error('Nobody on the bus answers');
          const restOfRoundMs = startMs + everyMs - pace.monoMs();
          // At least a breath: a wire that answers at once must not starve the rest of the box.
          await pace.wait(Math.max(kept ? 1 : everyMs, restOfRoundMs), signal);
        }
      } catch (cause) {
        if (!signal.aborted) failed(cause);
      }
      await closeLine();
      if (signal.aborted) return;
      const pauseMs = Math.min(reopen.longestMs, reopen.firstMs * 2 ** (failuresInARow - 1));
      await pace.wait(pauseMs * (0.5 + pace.random() / 2), signal);
    }
  };

  const openLine = async (): Promise<Line> => {
    const opening = parts.open();
    try {
      return await patiently(opening);
    } catch (cause) {
      // It may still open later, when nobody wants it any more.
      opening.then((late) => late.close()).catch(() => {});
      throw cause;
    }
  };

  const well = () => {
    if (reason !== undefined) log.info({ bus }, 'the bus answers again');
    reason = undefined;
    failuresInARow = 0;
    lastHeardMs = pace.monoMs();
    lastAnswerMs = lastHeardMs;
  };

  const failed = (cause: unknown) => {
    counts.failures += 1;
    failuresInARow = Math.min(10, failuresInARow + 1);
    const why = cause instanceof Error ? cause.message : String(cause);
    // One line for each new reason: a converter that is off for a week must not fill the card.
    if (why !== reason) log.warn({ bus, err: cause }, 'the bus failed: tried again');
    reason = why;
  };

  const closeLine = async () => {
    const open = line;
    line = undefined;
    await open?.close().catch((error) => log.debug({ bus, err: error }, 'cannot close the bus'));
  };

  const running = run();
  return {
    state: () => ({
      bus,
      up: line !== undefined,
      ...(reason === undefined ? {} : { reason }),
      deafForMs: reason === undefined ? 0 : Math.round(pace.monoMs() - lastAnswerMs),
      ...counts,
      unanswered: { ...unanswered },
      devices: standings.map((standing) => ({
        device: standing.device.id,
        silent: isSilent(standing),
        answered: standing.answered,
        unanswered: standing.unanswered,
        ...(standing.lastReason === undefined ? {} : { lastReason: standing.lastReason }),
      })),
    }),
    async stop() {
      stopping.abort();
      await closeLine();
      await running;
    },
  };
}
