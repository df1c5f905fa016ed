import type { Finding, Level } from '../../../rules/finding.ts';
import type { TrueSession } from '../../../simulators/house/compose.ts';
import { isCharging } from './watch.ts';

/** What became of one suspicion. */
export interface Suspicion {
  /** Its last score: what was known of it in the end. */
  readonly score: number;
  /** The highest level that was told. */
  readonly level: Level | null;
  readonly truth: TrueSession | null;
  /** From plugging in to probable, ms; null where it never was, or was wrong. */
  readonly probableMs: number | null;
  /** It became a message, or would have: any severity above info. */
  readonly alerted: boolean;
  /** It did, was no charge, and whoever went to look then found no charger at work behind that meter and phase either. */
  readonly wrongAlert: boolean;
}

/**
 * Why a charge was not told at all: its charger is corrected and has no mark but its shape, it lasted less than an hour,
 * no step of its own stood out, or one did and its score stayed low.
 */
export type Miss = 'corrected' | 'short' | 'unseen' | 'unsure';

/** Some days of one house, judged. */
export interface Judged {
  readonly suspicions: readonly Suspicion[];
  /** Charges that took place, found or not. */
  readonly charges: number;
  readonly missed: readonly Miss[];
  /** Repeated nights that became a message. */
  readonly repeatAlerts: number;
}

/** What a house's days are judged against. */
export interface Truth {
  /** Charges that began in the window. */
  readonly truth: readonly TrueSession[];
  readonly all: readonly TrueSession[];
  /** Score from which a suspicion would have been told. */
  readonly possible: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A start may be off by this much, ms. */
const startWithinMs = 10 * 60_000;
const levels: readonly Level[] = ['possible', 'probable', 'confirmed'];

/**
 * Matches suspicions with charges: the same meter and phase, begun within ten minutes, the nearest first. Each charge
 * counts once. Suspicions that begin outside the window are nobody's.
 */
export function judge(
  findings: readonly Finding[],
  { truth, all, possible, fromMs, toMs }: Truth,
): Judged {
  const byId = new Map<string, Finding[]>();
  let repeatAlerts = 0;
  for (const finding of findings) {
    if (finding.rule === 'load.ebike.repeat') {
      if (finding.severity !== 'info') repeatAlerts += 1;
      continue;
    }
    if (finding.sinceMs < fromMs || finding.sinceMs >= toMs) continue;
    const changes = byId.get(finding.id);
    if (changes) changes.push(finding);
    else byId.set(finding.id, [finding]);
  }
  const matched = match([...byId.values()], truth);
  const suspicions = [...byId.values()].map((changes): Suspicion => {
    const session = matched.get(changes) ?? null;
    const told = changes.filter(({ change }) => change !== 'cleared');
    const top = Math.max(...told.map(({ level }) => (level ? levels.indexOf(level) : 0)));
    const highest = Math.max(...told.map(({ score }) => score ?? Number.NEGATIVE_INFINITY));
    const probable = told.find(({ level }) => level === 'probable' || level === 'confirmed');
    const alert = told.find(({ severity }) => severity !== 'info');
    return {
      score: changes.at(-1)?.score ?? highest,
      level: top > 0 ? (levels[top] ?? null) : highest >= possible ? 'possible' : null,
      truth: session,
      probableMs: probable && session ? probable.atMs - session.fromMs : null,
      alerted: alert !== undefined,
      wrongAlert:
        alert !== undefined &&
        session === null &&
        !isCharging(all, alert.point ?? '', phaseOf(alert), alert.atMs),
    };
  });
  const missed = truth.flatMap((session): Miss[] => {
    const suspicion = suspicions.find((one) => one.truth === session);
    if (suspicion && suspicion.level !== null) return [];
    if (session.corrected) return ['corrected'];
    if (session.toMs - session.fromMs < 3_600_000) return ['short'];
    return [suspicion ? 'unsure' : 'unseen'];
  });
  return { suspicions, charges: truth.length, missed, repeatAlerts };
}

const phaseOf = ({ phase }: Finding): number => (phase ? Number(phase.slice(1)) - 1 : 0);

function match(
  suspicions: readonly Finding[][],
  truth: readonly TrueSession[],
): ReadonlyMap<Finding[], TrueSession> {
  const pairs = suspicions
    .flatMap((changes) => {
      const [first] = changes;
      if (!first) return [];
      return truth
        .filter(
          (one) =>
            one.meter === first.point &&
            one.phase === phaseOf(first) &&
            Math.abs(one.fromMs - first.sinceMs) <= startWithinMs,
        )
        .map((session) => ({ changes, session, off: Math.abs(session.fromMs - first.sinceMs) }));
    })
    .sort((a, b) => a.off - b.off);
  const matched = new Map<Finding[], TrueSession>();
  const taken = new Set<TrueSession>();
  for (const { changes, session } of pairs) {
    if (matched.has(changes) || taken.has(session)) continue;
    matched.set(changes, session);
    taken.add(session);
  }
  return matched;
}

export interface Quality {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

const qualityOf = (right: number, found: number, charges: number): Quality => ({
  precision: found > 0 ? right / found : 0,
  recall: charges > 0 ? right / charges : 0,
  f1: found + charges > 0 ? (2 * right) / (found + charges) : 0,
});

/** Quality of what was told at `level` or above. */
export function qualityAt(days: readonly Judged[], level: Level): Quality {
  const told = days
    .flatMap(({ suspicions }) => suspicions)
    .filter((one) => one.level !== null && levels.indexOf(one.level) >= levels.indexOf(level));
  return qualityOf(told.filter(({ truth }) => truth !== null).length, told.length, chargesOf(days));
}

const chargesOf = (days: readonly Judged[]): number =>
  days.reduce((sum, { charges }) => sum + charges, 0);

/** The best F1 over all thresholds of the last score: what the score could do, if one knew where to cut. */
export function bestF1(days: readonly Judged[]): number {
  const charges = chargesOf(days);
  const ranked = days.flatMap(({ suspicions }) => suspicions).sort((a, b) => b.score - a.score);
  let right = 0;
  let best = 0;
  for (const [i, { truth, score }] of ranked.entries()) {
    if (truth) right += 1;
    // Equal scores cannot be cut apart.
    if (ranked[i + 1]?.score === score) continue;
    best = Math.max(best, qualityOf(right, i + 1, charges).f1);
  }
  return best;
}

export const quantile = (values: readonly number[], q: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return (
    sorted[Math.min(sorted.length - 1, Math.max(0, Math.floor(q * sorted.length)))] ?? Number.NaN
  );
};

/** 90 % interval of `of` over resampled houses: seeds are what varies. `pick` gives whole numbers below its argument. */
export function interval<T>(
  houses: readonly T[],
  of: (sample: readonly T[]) => number,
  pick: (below: number) => number,
  rounds = 200,
): readonly [number, number] {
  const values = Array.from({ length: rounds }, () =>
    of(houses.map(() => houses[pick(houses.length)] as T)),
  );
  return [quantile(values, 0.05), quantile(values, 0.95)];
}

/** Upper 95 % bound of a rate of which `seen` were seen in `days`: Poisson, 3 for none (the rule of three). */
export function upperRate(seen: number, days: number): number {
  // Chi-squared by Wilson and Hilferty: exact enough from one on, and for none the rule of three itself.
  if (seen === 0) return 3 / days;
  const n = seen + 1;
  return (n * (1 - 1 / (9 * n) + 1.645 / (3 * Math.sqrt(n))) ** 3) / days;
}

/** Share of pairs of a night with and one without charging that a ranking puts right: 0.5 is chance. */
export function areaUnder(
  nights: ReadonlyArray<{ readonly scoreW: number; readonly charged: boolean }>,
): number {
  const without = nights.filter(({ charged }) => !charged);
  const pairs = nights
    .filter(({ charged }) => charged)
    .flatMap((one) =>
      without.map(
        (other) =>
          (one.scoreW > other.scoreW ? 1 : one.scoreW === other.scoreW ? 0.5 : 0) as number,
      ),
    );
  return pairs.length > 0 ? pairs.reduce((sum, one) => sum + one, 0) / pairs.length : Number.NaN;
}
