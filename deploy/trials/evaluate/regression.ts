/** One sample of a regression: evidence, what it was, and how much it counts. */
export interface Sample {
  readonly values: Float64Array;
  readonly isCharge: boolean;
  readonly weight: number;
}

const rounds = 30;

/**
 * Logistic regression by Newton's method, with a pull of `ridge` towards the values in `towards` (the first, the start,
 * is free). Returns the weights in log-odds. Deterministic.
 */
export function regress(
  samples: readonly Sample[],
  towards: readonly number[],
  ridge: number,
): number[] {
  const n = towards.length;
  const weights = [...towards];
  for (let round = 0; round < rounds; round += 1) {
    const gradient = new Float64Array(n);
    const hessian = Array.from({ length: n }, () => new Float64Array(n));
    for (const { values, isCharge, weight } of samples) {
      const held: number[] = [];
      let score = 0;
      for (let i = 0; i < n; i += 1) {
        const value = values[i] ?? 0;
        if (value === 0) continue;
        held.push(i);
        score += value * (weights[i] ?? 0);
      }
      const p = 1 / (1 + Math.exp(-score));
      const error = weight * ((isCharge ? 1 : 0) - p);
      const curve = weight * Math.max(1e-6, p * (1 - p));
      for (const i of held) {
        const value = values[i] ?? 0;
        gradient[i] = (gradient[i] ?? 0) + error * value;
        const row = hessian[i] as Float64Array;
        for (const j of held) row[j] = (row[j] ?? 0) + curve * value * (values[j] ?? 0);
      }
    }
    for (let i = 0; i < n; i += 1) {
      const pull = i === 0 ? 1e-3 : ridge;
      gradient[i] = (gradient[i] ?? 0) - pull * ((weights[i] ?? 0) - (towards[i] ?? 0));
      const row = hessian[i] as Float64Array;
      row[i] = (row[i] ?? 0) + pull;
    }
    const move = solve(hessian, gradient);
    let most = 0;
    for (let i = 0; i < n; i += 1) {
      // A step of two log-odds at the most keeps Newton from overshooting where classes part cleanly.
      const step = Math.max(-2, Math.min(2, move[i] ?? 0));
      weights[i] = (weights[i] ?? 0) + step;
      most = Math.max(most, Math.abs(step));
    }
    if (most < 1e-6) break;
  }
  return weights;
}

/** Gauss with pivoting; both arguments are used up. */
function solve(rows: Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  for (let i = 0; i < n; i += 1) {
    let best = i;
    for (let j = i + 1; j < n; j += 1)
      if (Math.abs(rows[j]?.[i] ?? 0) > Math.abs(rows[best]?.[i] ?? 0)) best = j;
    [rows[i], rows[best]] = [rows[best] as Float64Array, rows[i] as Float64Array];
    [right[i], right[best]] = [right[best] ?? 0, right[i] ?? 0];
    const pivot = rows[i] as Float64Array;
    for (let j = i + 1; j < n; j += 1) {
      const row = rows[j] as Float64Array;
      const factor = (row[i] ?? 0) / (pivot[i] || 1e-12);
      if (factor === 0) continue;
      for (let k = i; k < n; k += 1) row[k] = (row[k] ?? 0) - factor * (pivot[k] ?? 0);
      right[j] = (right[j] ?? 0) - factor * (right[i] ?? 0);
    }
  }
  const out = new Float64Array(n);
  for (let i = n - 1; i >= 0; i -= 1) {
    const row = rows[i] as Float64Array;
    let sum = right[i] ?? 0;
    for (let k = i + 1; k < n; k += 1) sum -= (row[k] ?? 0) * (out[k] ?? 0);
    out[i] = sum / (row[i] || 1e-12);
  }
  return out;
}
