import type { Reading } from '../drivers/reading.ts';
import type { Finding } from './finding.ts';
import type { Fold } from './fold.ts';
import type { Input } from './rule.ts';

/** The box's time goes to the rules this often, ms. */
export const tickMs = 10_000;

/** A gap after which nobody can say whether the box or the village was silent: rules are told of a start. */
const awayMs = 15 * 60_000;

/** How many ticks a gap is filled with at the most: 15 minutes' worth. */
const maxTicks = awayMs / tickMs;

/**
 * Feeds readings to a fold with the ticks that a box would have made, its time being the latest reading's.
 * `take` returns the findings of one reading and of the time before it. No clock, no disk, no network: the same
 * readings give the same findings.
 */
export function createReplay(fold: Fold): { take(reading: Reading): readonly Finding[] } {
  let nowMs: number | null = null;
  /** Time up to `boundaryMs`, as the box would have told it. */
  const pass = (boundaryMs: number): Finding[] => {
    const findings: Finding[] = [];
    const give = (input: Input) => {
      for (const finding of fold.take(input)) findings.push(finding);
    };
    if (nowMs === null || boundaryMs - nowMs > awayMs) {
      give({ kind: 'start', atMs: boundaryMs });
      nowMs = boundaryMs;
    }
    for (let n = 0; nowMs < boundaryMs && n < maxTicks; n += 1) {
      nowMs += tickMs;
      give({ kind: 'tick', atMs: nowMs });
    }
    return findings;
  };
  return {
    take(reading) {
      const boundaryMs = Math.floor(reading.atMs / tickMs) * tickMs;
      // Most readings fall between two ticks.
      if (nowMs !== null && boundaryMs <= nowMs) return fold.take(reading);
      const findings = pass(boundaryMs);
      return findings.length === 0 ? fold.take(reading) : [...findings, ...fold.take(reading)];
    },
  };
}
