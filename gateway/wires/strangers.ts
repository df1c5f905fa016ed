import type { Message } from '../../drivers/driver.ts';
import { guessDrivers } from '../../drivers/guess.ts';
import type { Clock } from '../clock.ts';

/** Somebody who tried to speak and is in no list. */
export interface UnknownDevice {
  /** The name or path that it used, cut. */
  readonly name: string;
  readonly wire: string;
  readonly attempts: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly reason: string;
  /** Drivers that could read what it said, the likeliest first; absent where nothing was heard. */
  readonly guesses?: readonly string[];
}

/** Who knocks without being known. Nothing of what they say is kept, but which drivers would understand it. */
export interface Strangers {
  note(name: string, wire: string, reason: string, message?: Message): void;
  /** For those who may talk: noted only where a driver understands them. */
  overheard(name: string, wire: string, message: Message): void;
  list(): readonly UnknownDevice[];
}

/** So many strangers are remembered; the oldest goes first. */
export const maxStrangers = 200;
const longestName = 64;
/** Guessing asks every driver: only so often for one stranger, and of no longer message than this. */
const guessEveryMs = 60_000;
const guessBytes = 16 * 1024;
/** Whoever comes under ever new names does not keep the box busy. */
const guessesPerSecond = 10;

type Known = { -readonly [K in keyof UnknownDevice]: UnknownDevice[K] };

export function createStrangers(clock: Clock): Strangers {
  const strangers = new Map<string, Known>();
  const overheardMonoMs = new Map<string, number>();
  let second = { sinceMonoMs: Number.NEGATIVE_INFINITY, guesses: 0 };
  /** Guesses at most once in a while for one name; null where it is too early. */
  const guess = (of: Map<string, number>, name: string, message: Message): string[] | null => {
    const monoMs = clock.monoMs();
    const before = of.get(name);
    if (message.body.length > guessBytes) return null;
    if (before !== undefined && monoMs - before < guessEveryMs) return null;
    if (monoMs - second.sinceMonoMs >= 1000) second = { sinceMonoMs: monoMs, guesses: 0 };
    if (second.guesses >= guessesPerSecond) return null;
    second.guesses += 1;
    if (of.size >= maxStrangers) of.clear();
    of.set(name, monoMs);
    return guessDrivers(message);
  };
  const note = (name: string, wire: string, reason: string, guesses: readonly string[] | null) => {
    const nowMs = clock.nowMs();
    const known = strangers.get(name);
    if (known) {
      known.attempts += 1;
      known.lastMs = nowMs;
      if (guesses && guesses.length > 0) known.guesses = guesses;
      return;
    }
    const oldest = strangers.size >= maxStrangers ? strangers.keys().next().value : undefined;
    if (oldest !== undefined) strangers.delete(oldest);
    strangers.set(name, {
      name,
      wire,
      attempts: 1,
      firstMs: nowMs,
      lastMs: nowMs,
      reason,
      ...(guesses && guesses.length > 0 ? { guesses } : {}),
    });
  };
  const guessedMonoMs = new Map<string, number>();

  return {
    note(name, wire, reason, message) {
      const short = name.slice(0, longestName);
      note(short, wire, reason, message ? guess(guessedMonoMs, short, message) : null);
    },
    overheard(name, wire, message) {
      const short = name.slice(0, longestName);
      const guesses = guess(overheardMonoMs, short, message);
      if (strangers.has(short) || (guesses && guesses.length > 0)) {
        note(short, wire, 'it speaks on topics of no device', guesses);
      }
    },
    list: () => [...strangers.values()],
  };
}
