import { isKnown, missing } from '../missing.ts';

/** How far back the unrest before a step is looked at, minutes. */
const beforeMin = 12;
export const rememberedMin = 44;

/**
 * How much the power moves within the minutes since `minute` more than in those before it, W. The quiet quarter
 * of the minutes counts on both sides: other loads come and go. Null where too few minutes are known.
 * `spreads` are those of the last minutes up to `now`, each at its minute's remainder; `missing` where it is not known.
 */
export function unrestSince(
  spreads: readonly number[],
  now: number,
  minute: number,
): number | null {
  const of = (from: number, to: number): number | null => {
    const known: number[] = [];
    for (let m = Math.max(from, now - spreads.length + 1); m <= to; m += 1) {
      const spread = spreads[m % spreads.length] ?? missing;
      if (isKnown(spread)) known.push(spread);
    }
    if (known.length < 4) return null;
    return known.sort((a, b) => a - b)[Math.floor(known.length / 4)] ?? null;
  };
  const after = of(minute + 1, now);
  const before = of(minute - beforeMin, minute - 1);
  if (after === null || before === null) return null;
  return Math.round(10 * Math.sqrt(Math.max(0, after * after - before * before))) / 10;
}
