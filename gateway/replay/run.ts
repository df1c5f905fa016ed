import { armRules } from '../../rules/fold.ts';
import { rules as allRules } from '../../rules/index.ts';
import type { Site } from '../../rules/site.ts';
import { openStored } from '../journal/stored.ts';
import { chosenRules } from './chosen.ts';
import { foldStored } from './fold-stored.ts';
import { createTally, type Tally } from './tally.ts';

/** What a thread is told: plain data. */
export interface ReplayTask {
  readonly dataDir: string;
  readonly site: Site;
  readonly zone: string;
  readonly rule: string;
  /** Settings of the rule and of those it hears, by rule id, as in gateway.yaml. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly fromMs: number;
  readonly toMs: number;
  /** Readings before `fromMs` that let the rule learn; what it says of them is not counted, ms. */
  readonly warmUpMs: number;
}

export interface ReplayResult extends Tally {
  readonly fromMs: number;
  readonly toMs: number;
  /** Readings that were folded, those to warm up included. */
  readonly readings: number;
}

/** What a thread answers: how far it is, then one of the others. */
export type ReplayAnswer =
  | { readonly share: number }
  | { readonly done: ReplayResult | null }
  | { readonly error: string };

/** One rule over stored days on connections of its own. Null: it was stopped. */
export async function runReplay(
  task: ReplayTask,
  stopped: () => boolean,
  onShare: (share: number) => void,
): Promise<ReplayResult | null> {
  const { fromMs, toMs, warmUpMs, zone, site, rule } = task;
  const rules = chosenRules(armRules(allRules, task.settings), rule);
  const stored = await openStored(task.dataDir);
  const tally = createTally(fromMs, toMs, zone);
  let readings = 0;
  try {
    const startMs = fromMs - warmUpMs;
    for await (const step of foldStored(stored, { site, rules, fromMs: startMs, toMs })) {
      if (stopped()) return null;
      readings += step.readings;
      for (const finding of step.findings)
        if (finding.rule === rule && finding.atMs >= fromMs) tally.take(finding);
      onShare((step.atMs - startMs) / Math.max(1, toMs - startMs));
    }
  } finally {
    await stored.close();
  }
  return { ...tally.result(), fromMs, toMs, readings };
}
