import type { Clock } from '../clock.ts';
import type { Tx } from './alert-row.ts';
import { quietAt, quietEndAfter } from './calendar.ts';

/** Longer than any night: after that a clock that nobody sets is taken at its word, for silence for ever would be worse. */
export const doubtfulNightMs = 9 * 3_600_000;

/** What decides whether somebody may be woken. */
export interface QuietContext {
  readonly zone: string;
  /** True while the time is not known, for at most nine hours: it may be night. */
  readonly inDoubt: () => boolean;
}

/** Watches the clock: a box without one of its own wakes up in 1970, whose first hour is a morning in Shanghai. */
export function doubtOf(clock: Clock): () => boolean {
  let sinceMonoMs: number | null = null;
  return () => {
    if (clock.trusted()) {
      sinceMonoMs = null;
      return false;
    }
    sinceMonoMs ??= clock.monoMs();
    return clock.monoMs() - sinceMonoMs < doubtfulNightMs;
  };
}

/** True in the quiet hours of the site; a time that is not known is taken for night. */
export const isQuiet = async (tx: Tx, context: QuietContext, atMs: number): Promise<boolean> =>
  context.inDoubt() || quietAt(tx, atMs, context.zone);

/** When it is morning again; where nobody knows the time, when the longest night would be over. */
export const quietEnd = async (tx: Tx, context: QuietContext, atMs: number): Promise<number> =>
  context.inDoubt() ? atMs + doubtfulNightMs : quietEndAfter(tx, atMs, context.zone);
