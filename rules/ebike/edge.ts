import type { Jump } from './bins.ts';

/** What the samples and minutes around a step show, before the opening takes short things away. Null: not known. Plain JSON. */
export interface Edge {
  /** Harmonic / active power of the jump that fits the step best, -1 where the active power did not rise: within seconds little else is switched. */
  readonly ratio: number | null;
  /** That jump / the step: 1 for what goes on with its full size at once. */
  readonly share: number | null;
  /** How much more the first minutes had than the last ones, as a share of the step: air conditioners settle, chargers do not. */
  readonly early: number | null;
  /** Share of the minutes in which something else was on top. */
  readonly above: number | null;
}

export const noEdge: Edge = { ratio: null, share: null, early: null, above: null };

/** Minutes whose jumps are kept beside those of the opening: the step test, and what lies before the step. */
export const jumpsBesideMin = 9;

/** A step may be off from the jump that made it by so much, min. */
const beforeMin = 3;
const afterMin = 2;
/** Watts below which no ratio is told. */
const leastPowerW = 5;

/** The jump nearest in size to a step. `jumps` are those of the last minutes up to `now`, each at its minute's remainder; `scale`: signal of a jump / its watts. */
export function jumpAt(
  jumps: readonly (Jump | null)[],
  now: number,
  { minute, sizeW }: { readonly minute: number; readonly sizeW: number },
  scale: number,
): Pick<Edge, 'ratio' | 'share'> {
  let best: Jump | null = null;
  let least = Number.POSITIVE_INFINITY;
  const first = Math.max(minute - beforeMin, now - jumps.length + 1);
  for (let m = first; m <= Math.min(minute + afterMin, now); m += 1) {
    const jump = jumps[m % jumps.length] ?? null;
    if (jump === null) continue;
    const off = Math.abs(jump[0] / scale - sizeW);
    if (off >= least) continue;
    best = jump;
    least = off;
  }
  if (best === null) return { ratio: null, share: null };
  const [signal, powerW] = best;
  return {
    ratio: powerW === undefined ? null : powerW > leastPowerW ? thousandth(signal / powerW) : -1,
    share: thousandth(signal / scale / sizeW),
  };
}

/** Fewer minutes than this have no beginning and no end. */
const leastMinutes = 20;
const endMinutes = 8;
const onTopShare = 0.15;

/** What the minutes from a step on, `values` of a signal that is `scale` a watt, show beside the level that is left of them in the end. */
export function minutesOf(
  values: readonly number[],
  scale: number,
  levelW: number,
  sizeW: number,
): Pick<Edge, 'early' | 'above'> {
  const n = values.length;
  if (n < leastMinutes) return { early: null, above: null };
  const first = Math.min(...values.slice(0, endMinutes));
  const last = Math.min(...values.slice(-endMinutes));
  const topW = levelW + onTopShare * sizeW;
  const over = values.filter((value) => value / scale > topW).length;
  return { early: thousandth((first - last) / scale / sizeW), above: thousandth(over / n) };
}

const thousandth = (value: number): number => Math.round(value * 1000) / 1000;
