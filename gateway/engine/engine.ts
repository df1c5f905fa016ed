import type { Finding } from '../../rules/finding.ts';
import { type ArmedRule, createFold } from '../../rules/fold.ts';
import type { Site } from '../../rules/site.ts';
import type { Desk } from '../desk/contract.ts';
import type { Group, Journal } from '../journal/contract.ts';
import type { Log } from '../log.ts';
import type { Sqlite } from '../store/sqlite.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { createGroupFold } from './group-fold.ts';

/** The rules at work on the journal. */
export interface Engine {
  /** Groups that the rules have seen but the desk has not yet taken. */
  behind(): number;
  /** Findings since the start, by rule. */
  counts(): ReadonlyMap<string, number>;
  /** When the run before last kept something, to the minute, ms; undefined where there was none. */
  readonly lastKeptMs: number | undefined;
  /** The journal is needed from here on: what the next start folds. */
  keepFromSeq(): number;
  /** Waits for the desk, writes a last checkpoint. */
  stop(): Promise<void>;
}

export interface EngineParts {
  readonly site: Site;
  readonly rules: readonly ArmedRule[];
  readonly journal: Journal;
  readonly gate: Sqlite;
  readonly desk: Pick<Desk, 'apply' | 'appliedSeq'>;
  readonly log: Log;
  /** How often the rules' state is kept, ms: a start folds at most this much. Each costs about 100 KB of disk. */
  readonly checkpointMs?: number;
  readonly monoMs: () => number;
}

/** Findings that may wait for the desk; beyond, the rules stop and the journal's tail is folded later. */
const maxWaiting = 20_000;
const retryMs = 2000;

interface Waiting {
  readonly findings: readonly Finding[];
  readonly seq: number;
  readonly atMs: number;
}

/**
 * Loads the checkpoint, folds the journal's tail, then follows the journal. Findings of groups that the desk
 * has taken before are not given again, so a crash anywhere neither repeats nor loses one.
 */
export async function startEngine(parts: EngineParts): Promise<Engine> {
  const { site, journal, gate, desk, log, monoMs, checkpointMs = 15 * 60_000 } = parts;
  const fold = createFold(site, parts.rules);
  const checkpoint = await readCheckpoint(gate);
  if (checkpoint) fold.restore(checkpoint.snapshot);
  const groups = createGroupFold(fold, checkpoint?.tickedMs);
  const counts = new Map<string, number>();

  let seq = checkpoint?.seq ?? 0;
  const take = (group: Group): readonly Finding[] => {
    seq = group.seq;
    const findings = groups.take(group);
    for (const { rule } of findings) counts.set(rule, (counts.get(rule) ?? 0) + 1);
    return findings;
  };

  const startedMs = monoMs();
  let folded = 0;
  /** Folds what the journal holds beyond `seq`, and waits for the desk at each finding. */
  const catchUp = async () => {
    for await (const group of journal.groups(seq + 1)) {
      const findings = take(group);
      folded += group.readings.length;
      if (findings.length > 0 && group.seq > desk.appliedSeq()) {
        await desk.apply(findings, group.seq, group.atMs);
      }
    }
  };
  await catchUp();
  const lastKeptMs = groups.tickedMs() || undefined;
  log.info({ readings: folded, ms: Math.round(monoMs() - startedMs), seq }, 'rules caught up');

  const waiting: Waiting[] = [];
  let held = 0;
  let working: Promise<void> | null = null;
  let stopping = false;
  /** Too much waits for the desk: the rules pause, and fold the journal's tail when it has cleared. */
  let paused = false;
  let keptMs = monoMs();

  const work = async () => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      try {
        await desk.apply(next.findings, next.seq, next.atMs);
        waiting.shift();
        held -= next.findings.length;
      } catch (cause) {
        if (stopping) return;
        log.error({ err: cause, seq: next.seq }, 'findings wait: the desk cannot write');
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
    while (paused && !stopping) {
      await catchUp();
      paused = seq < journal.lastSeq();
    }
  };

  let keptSeq = checkpoint?.seq ?? 0;
  const keep = async () => {
    keptMs = monoMs();
    const at = seq;
    await writeCheckpoint(gate, {
      seq: at,
      tickedMs: groups.tickedMs(),
      snapshot: fold.snapshot(),
    });
    keptSeq = at;
  };

  journal.onGroup((group) => {
    if (held >= maxWaiting) paused = true;
    if (stopping || paused) return;
    const findings = take(group);
    if (findings.length > 0) {
      waiting.push({ findings, seq: group.seq, atMs: group.atMs });
      held += findings.length;
      working ??= work().finally(() => {
        working = null;
      });
    }
    // Only when the desk has everything: a checkpoint ahead of it would lose what waits.
    if (waiting.length === 0 && monoMs() - keptMs >= checkpointMs) {
      keep().catch((cause) =>
        log.error({ err: cause }, 'no checkpoint: the next start takes longer'),
      );
    }
  });

  return {
    lastKeptMs,
    behind: () => waiting.length,
    counts: () => counts,
    keepFromSeq: () => keptSeq + 1,
    async stop() {
      stopping = true;
      await working;
      if (waiting.length === 0) await keep();
    },
  };
}
