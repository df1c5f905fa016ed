import type { Finding } from '../../../rules/finding.ts';
import type { TrueSession } from '../../../simulators/house/compose.ts';

/** What became of one suspicion: its highest score, when it reached probable, and whether it was a charge. */
export interface Suspicion {
  readonly score: number;
  readonly truth: TrueSession | null;
  readonly probableMs: number | null;
  /** It became a message, or would have: any severity above info. */
  readonly alerted: boolean;
}

/** One house-day, judged. */
export interface Judged {
  readonly suspicions: readonly Suspicion[];
  /** Charges that took place, found or not. */
  readonly charges: number;
}

/** A start may be off by this much, ms. */
const startWithinMs = 10 * 60_000;

/** Matches suspicions with charges: the same meter and phase, begun within ten minutes. Each charge counts once. */
export function judge(findings: readonly Finding[], truth: readonly TrueSession[]): Judged {
  const byId = new Map<string, Finding[]>();
  for (const finding of findings) byId.set(finding.id, [...(byId.get(finding.id) ?? []), finding]);
  const left = new Set(truth);
  const suspicions = [...byId.values()].map((changes): Suspicion => {
    const first = changes[0] as Finding;
    const phase = first.phase ? Number(first.phase.slice(1)) - 1 : 0;
    const match = [...left].find(
      (session) =>
        session.meter === first.point &&
        session.phase === phase &&
        Math.abs(session.fromMs - first.sinceMs) <= startWithinMs,
    );
    if (match) left.delete(match);
    const probable = changes.find(
      ({ change, level }) =>
        change !== 'cleared' && (level === 'probable' || level === 'confirmed'),
    );
    return {
      score: Math.max(...changes.map(({ score }) => score ?? Number.NEGATIVE_INFINITY)),
      truth: match ?? null,
      probableMs: probable && match ? probable.atMs - match.fromMs : null,
      alerted: changes.some(({ change, severity }) => change !== 'cleared' && severity !== 'info'),
    };
  });
  return { suspicions, charges: truth.length };
}

export interface Quality {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Quality when everything from `threshold` on counts as a charge. */
export function qualityAt(days: readonly Judged[], threshold: number): Quality {
  let right = 0;
  let wrong = 0;
  let charges = 0;
  for (const day of days) {
    charges += day.charges;
    for (const { score, truth } of day.suspicions) {
      if (score < threshold) continue;
      if (truth) right += 1;
      else wrong += 1;
    }
  }
  const precision = right + wrong > 0 ? right / (right + wrong) : 0;
  const recall = charges > 0 ? right / charges : 0;
  return {
    precision,
    recall,
    f1: precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0,
  };
}

const thresholds = Array.from({ length: 29 }, (_, i) => -1 + i * 0.25);

/** The best F1 over all thresholds: what the score could do, if one knew where to cut. */
export const bestF1 = (days: readonly Judged[]): number =>
  Math.max(...thresholds.map((at) => qualityAt(days, at).f1));

export const quantile = (values: readonly number[], q: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return (
    sorted[Math.min(sorted.length - 1, Math.max(0, Math.floor(q * sorted.length)))] ?? Number.NaN
  );
};

/** 90 % interval of the best F1 over resampled house-days. `pick` gives whole numbers below its argument. */
export function interval(
  days: readonly Judged[],
  pick: (below: number) => number,
  rounds = 100,
): readonly [number, number] {
  const values = Array.from({ length: rounds }, () =>
    bestF1(days.map(() => days[pick(days.length)] as Judged)),
  );
  return [quantile(values, 0.05), quantile(values, 0.95)];
}
