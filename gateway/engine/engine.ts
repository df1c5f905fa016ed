import type { Finding } from '../../rules/finding.ts';
import { type ArmedRule, createFold, snapshotVersion } from '../../rules/fold.ts';
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
  /** How far the rules have come with what is on the disk already; null while they keep up with the journal. */
  catchingUp(): CatchingUp | null;
  /** Findings since the start, by rule. */
  counts(): ReadonlyMap<string, number>;
  /** When the run before last kept something, ms; undefined where there was none. */
  readonly lastKeptMs: number | undefined;
  /** The journal is needed from here on: what the next start folds. */
  keepFromSeq(): number;
  /** Waits for the desk, writes a last checkpoint. A tail that is not folded yet is left to the next start. */
  stop(): Promise<void>;
}

/** Rules that are behind the journal. */
export interface CatchingUp {
  /** Groups that they have not seen yet. */
  readonly groups: number;
  /** Of the groups since they fell behind, how many they have seen, 0…99. */
  readonly percent: number;
  /** How long it has taken until now, ms. */
  readonly forMs: number;
}

export interface EngineParts {
  readonly site: Site;
  readonly rules: readonly ArmedRule[];
  readonly journal: Pick<Journal, 'groups' | 'lastSeq' | 'onGroup'>;
  readonly gate: Sqlite;
  readonly desk: Pick<Desk, 'apply' | 'appliedSeq'>;
  readonly log: Log;
  /** How often the rules' state is kept, ms: a start folds at most this much. Each costs about 100 KB of disk. */
  readonly checkpointMs?: number;
  /** How long a start may fold, ms. */
  readonly startFoldMs?: number;
  readonly monoMs: () => number;
}

/** Findings that may wait for the desk; beyond, the rules stop and the journal's tail is folded later. */
const maxWaiting = 20_000;
const retryMs = 2000;
/** A start folds the journal's tail for so long before devices are heard, ms; what is left is folded behind them. */
const defaultStartFoldMs = 2000;
/** Of a tail behind the devices so much is folded before they have a turn, ms: an acknowledgement takes a few turns. */
const sliceMs = 3;
/** While rules catch up, where they stand is kept so often, ms: killed meanwhile, most need not be done again. */
const catchUpKeepMs = 10_000;

interface Waiting {
  readonly findings: readonly Finding[];
  readonly seq: number;
  readonly atMs: number;
}

/** Everybody else has a turn. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * Loads the checkpoint, folds the journal's tail, then follows the journal. A long tail is folded behind the devices,
 * which are heard and kept meanwhile. Findings of groups that the desk has taken before are not given again, so a
 * crash anywhere neither repeats nor loses one.
 */
export async function startEngine(parts: EngineParts): Promise<Engine> {
  const { site, journal, gate, desk, log, monoMs } = parts;
  const { checkpointMs = 15 * 60_000, startFoldMs = defaultStartFoldMs } = parts;
  const fold = createFold(site, parts.rules);
  const kept = await readCheckpoint(gate);
  // Of an earlier program whose states mean something else: what the journal still has is folded anew.
  const checkpoint = kept?.snapshot.version === snapshotVersion ? kept : undefined;
  if (checkpoint) fold.restore(checkpoint.snapshot);
  const groups = createGroupFold(fold, checkpoint?.tickedMs);
  const counts = new Map<string, number>();
  let lastKeptMs = kept?.tickedMs || undefined;
  for await (const { atMs } of journal.groups(journal.lastSeq())) lastKeptMs = atMs;

  let seq = checkpoint?.seq ?? 0;
  const saw = (group: Group, findings: readonly Finding[]) => {
    seq = group.seq;
    for (const { rule } of findings) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  };

  const waiting: Waiting[] = [];
  let held = 0;
  let working: Promise<void> | null = null;
  let stopping = false;
  /** The rules do not follow the journal but fold its tail: after a start, and when too much waited for the desk. */
  let tail: { readonly fromSeq: number; readonly sinceMs: number } | null = null;
  const fallBehind = () => {
    tail ??= { fromSeq: seq, sinceMs: monoMs() };
  };

  let keptSeq = seq;
  let keptMs = monoMs();
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
  const keepOrTell = () =>
    keep().catch((cause) =>
      log.error({ err: cause }, 'no checkpoint: the next start takes longer'),
    );

  const hold = (group: Group, findings: readonly Finding[]) => {
    waiting.push({ findings, seq: group.seq, atMs: group.atMs });
    held += findings.length;
  };
  /** Gives the desk what waits for it. */
  const give = async () => {
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
  };

  let folded = 0;
  /**
   * Folds what the journal holds beyond `seq`, a slice at a time, until it is through or `after` a group says enough:
   * then false. It never ends within a group: a checkpoint there would repeat the half of it.
   */
  const foldTail = async (
    apply: (group: Group, findings: readonly Finding[]) => Promise<void>,
    after: () => Promise<boolean> | boolean,
  ): Promise<boolean> => {
    let sliceFromMs = monoMs();
    const breathe = async () => {
      if (monoMs() - sliceFromMs < sliceMs) return;
      await turn();
      sliceFromMs = monoMs();
    };
    for await (const group of journal.groups(seq + 1)) {
      const steps = groups.steps(group);
      let step = steps.next();
      for (; !step.done; step = steps.next()) await breathe();
      saw(group, step.value);
      folded += group.readings.length;
      if (step.value.length > 0 && group.seq > desk.appliedSeq()) await apply(group, step.value);
      if (await after()) return false;
      await breathe();
    }
    return true;
  };

  const startedMs = monoMs();
  const told = () => ({ readings: folded, ms: Math.round(monoMs() - startedMs), seq });
  const through = await foldTail(
    ({ seq: of, atMs }, findings) => desk.apply(findings, of, atMs),
    () => monoMs() - startedMs >= startFoldMs,
  );

  /** Gives the desk what waits, then folds the tail, if there is one, behind the devices. */
  const work = async () => {
    await give();
    while (tail && !stopping) {
      const untilSeq = journal.lastSeq();
      await foldTail(
        (group, findings) => {
          hold(group, findings);
          return give();
        },
        async () => {
          if (!stopping && monoMs() - keptMs >= catchUpKeepMs) await keepOrTell();
          return stopping;
        },
      );
      // Numbers are left out, so the last one may be of no group; what came meanwhile was not taken.
      if (stopping || journal.lastSeq() > Math.max(seq, untilSeq)) continue;
      tail = null;
      log.info(told(), 'rules caught up');
      void keepOrTell();
    }
  };
  const beAtWork = () => {
    working ??= work().finally(() => {
      working = null;
    });
  };

  journal.onGroup((group) => {
    if (held >= maxWaiting) fallBehind();
    // What the tail had before it was told of is not taken twice.
    if (stopping || tail || group.seq <= seq) return;
    const findings = groups.take(group);
    saw(group, findings);
    if (findings.length > 0) {
      hold(group, findings);
      beAtWork();
    }
    // Only when the desk has everything: a checkpoint ahead of it would lose what waits.
    if (waiting.length === 0 && monoMs() - keptMs >= checkpointMs) void keepOrTell();
  });
  if (through) {
    log.info(told(), 'rules caught up');
    // A box that is restarted every few minutes would never keep where it stands, and its tail would grow.
    keptMs -= Math.max(0, groups.tickedMs() - (checkpoint?.tickedMs ?? 0));
  } else {
    log.info(told(), 'rules catch up while devices are heard');
    fallBehind();
    beAtWork();
  }

  return {
    lastKeptMs,
    behind: () => waiting.length,
    catchingUp() {
      if (!tail) return null;
      const left = journal.lastSeq() - seq;
      const all = journal.lastSeq() - tail.fromSeq;
      return {
        groups: left,
        percent: all === 0 ? 0 : Math.floor((99 * (all - left)) / all),
        forMs: monoMs() - tail.sinceMs,
      };
    },
    counts: () => counts,
    keepFromSeq: () => keptSeq + 1,
    async stop() {
      stopping = true;
      await working;
      if (waiting.length === 0) await keep();
    },
  };
}
