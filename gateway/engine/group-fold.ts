import type { Finding } from '../../rules/finding.ts';
import type { Fold } from '../../rules/fold.ts';
import { tickMs } from '../../rules/replay.ts';
import type { Group } from '../journal/contract.ts';

/** Gives the journal's groups to the rules, in order, with the time that passed between them. */
export interface GroupFold {
  take(group: Group): readonly Finding[];
  /** The box's time of the last tick, ms; part of the checkpoint. */
  tickedMs(): number;
}

/** `tickedMs` as it stood at the checkpoint; 0 for none. */
export function createGroupFold(fold: Fold, tickedAtMs = 0): GroupFold {
  let tickedMs = tickedAtMs;
  return {
    tickedMs: () => tickedMs,
    take({ atMs, stepMs, start, readings }) {
      const findings: Finding[] = [];
      const keep = (found: readonly Finding[]) => {
        for (const finding of found) findings.push(finding);
      };
      if (start) {
        tickedMs = atMs;
        keep(fold.take({ kind: 'start', atMs }));
      } else if (stepMs !== 0) {
        tickedMs = atMs;
        keep(fold.take({ kind: 'clock', atMs, stepMs }));
      }
      if (atMs - tickedMs >= tickMs) {
        tickedMs = atMs;
        keep(fold.take({ kind: 'tick', atMs }));
      }
      for (const reading of readings) keep(fold.take(reading));
      return findings;
    },
  };
}
