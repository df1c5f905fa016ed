import type { Finding } from '../../rules/finding.ts';
import type { Fold } from '../../rules/fold.ts';
import { tickMs } from '../../rules/replay.ts';
import type { Group } from '../journal/contract.ts';

/** Gives the journal's groups to the rules, in order, with the time that passed between them. */
export interface GroupFold {
  take(group: Group): readonly Finding[];
  /** The same a few readings a step, for whoever must let others in between; the findings come with the last. */
  steps(group: Group): Generator<undefined, readonly Finding[]>;
  /** The box's time of the last tick, ms; part of the checkpoint. */
  tickedMs(): number;
}

/** A group may hold 8,192 readings, 40 ms of work; so many are half a millisecond of it. */
const readingsPerStep = 100;

/** `tickedMs` as it stood at the checkpoint; 0 for none. */
export function createGroupFold(fold: Fold, tickedAtMs = 0): GroupFold {
  let tickedMs = tickedAtMs;
  const keepTime = ({ atMs, stepMs, start }: Group, keep: (found: readonly Finding[]) => void) => {
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
  };
  function* inSteps(group: Group, readingsAStep: number): Generator<undefined, Finding[]> {
    const findings: Finding[] = [];
    const keep = (found: readonly Finding[]) => {
      for (const finding of found) findings.push(finding);
    };
    keepTime(group, keep);
    let inStep = 0;
    for (const reading of group.readings) {
      keep(fold.take(reading));
      inStep += 1;
      if (inStep < readingsAStep) continue;
      inStep = 0;
      yield;
    }
    return findings;
  }
  return {
    tickedMs: () => tickedMs,
    steps: (group) => inSteps(group, readingsPerStep),
    take: (group) => inSteps(group, Number.POSITIVE_INFINITY).next().value ?? [],
  };
}
