/** One sample: what it shows, its score so far, what it was, and how much it counts. */
export interface Shown {
  readonly shape: Float64Array;
  readonly score: number;
  readonly isCharge: boolean;
  readonly weight: number;
}

const trees = 120;
const depth = 3;
const rate = 0.1;
/** Pull of each value towards nothing, and the least weight of samples behind it. */
const ridge = 5;
const leastCurve = 1;
const edges = 48;

/**
 * Gradient boosting (Friedman 2001) with Newton steps and histograms: trees of three questions that mend what the score so far
 * gets wrong. Returns them as `readTrees` reads them. Deterministic.
 */
export function boost(samples: readonly Shown[]): string {
  const features = samples[0]?.shape.length ?? 0;
  const cuts = Array.from({ length: features }, (_, f) => cutsOf(samples, f));
  const bins = cuts.map((list, f) =>
    Uint8Array.from(samples, ({ shape }) => binOf(list, shape[f] ?? 0)),
  );
  const n = samples.length;
  const scores = Float64Array.from(samples, ({ score }) => score);
  const [slope, curve] = [new Float64Array(n), new Float64Array(n)];
  const grow = (members: Uint32Array, left: number): string => {
    const [g, h] = sums(members, slope, curve);
    const value = (rate * g) / (h + ridge);
    const best = left === 0 ? null : bestSplit(members, bins, slope, curve, g, h);
    if (best === null) {
      for (const i of members) scores[i] = (scores[i] ?? 0) + value;
      return `* ${short(value)}`;
    }
    const column = bins[best.feature] as Uint8Array;
    const low = members.filter((i) => (column[i] ?? 0) <= best.bin);
    const high = members.filter((i) => (column[i] ?? 0) > best.bin);
    const threshold = cuts[best.feature]?.[best.bin] ?? 0;
    return `${best.feature} ${threshold} ${short(value)} ${grow(low, left - 1)} ${grow(high, left - 1)}`;
  };
  const all = Uint32Array.from(samples, (_, i) => i);
  return Array.from({ length: trees }, () => {
    for (const [i, { isCharge, weight }] of samples.entries()) {
      const p = 1 / (1 + Math.exp(-(scores[i] ?? 0)));
      slope[i] = weight * ((isCharge ? 1 : 0) - p);
      curve[i] = weight * Math.max(1e-6, p * (1 - p));
    }
    return grow(all, depth);
  }).join(' ');
}

const short = (value: number): number => Number(value.toFixed(3));

/** Thresholds between equal shares of the samples; what is at or above one lies right of it. Rounded, so that what is written is what was fitted. */
function cutsOf(samples: readonly Shown[], feature: number): number[] {
  const sorted = Float64Array.from(samples, ({ shape }) => shape[feature] ?? 0).sort();
  const cuts = new Set<number>();
  for (let i = 1; i < edges; i += 1) {
    const cut = Number((sorted[Math.floor((i * sorted.length) / edges)] ?? 0).toPrecision(3));
    if (cut > (sorted[0] ?? 0)) cuts.add(cut);
  }
  return [...cuts].sort((a, b) => a - b);
}

/** How many of the thresholds `value` reaches. */
function binOf(cuts: readonly number[], value: number): number {
  let [low, high] = [0, cuts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value >= (cuts[middle] ?? 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sums(members: Uint32Array, slope: Float64Array, curve: Float64Array): [number, number] {
  let [g, h] = [0, 0];
  for (const i of members) {
    g += slope[i] ?? 0;
    h += curve[i] ?? 0;
  }
  return [g, h];
}

function bestSplit(
  members: Uint32Array,
  bins: readonly Uint8Array[],
  slope: Float64Array,
  curve: Float64Array,
  g: number,
  h: number,
): { readonly feature: number; readonly bin: number } | null {
  let best: { readonly feature: number; readonly bin: number } | null = null;
  let most = 1e-6;
  const whole = (g * g) / (h + ridge);
  for (const [feature, column] of bins.entries()) {
    const [gs, hs] = [new Float64Array(edges), new Float64Array(edges)];
    for (const i of members) {
      const bin = column[i] ?? 0;
      gs[bin] = (gs[bin] ?? 0) + (slope[i] ?? 0);
      hs[bin] = (hs[bin] ?? 0) + (curve[i] ?? 0);
    }
    let [gl, hl] = [0, 0];
    for (let bin = 0; bin < edges - 1; bin += 1) {
      gl += gs[bin] ?? 0;
      hl += hs[bin] ?? 0;
      if (hl < leastCurve || h - hl < leastCurve) continue;
      const gain = (gl * gl) / (hl + ridge) + (g - gl) ** 2 / (h - hl + ridge) - whole;
      if (gain > most) [best, most] = [{ feature, bin }, gain];
    }
  }
  return best;
}
