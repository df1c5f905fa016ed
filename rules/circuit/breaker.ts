/** A household breaker, IEC 60898-1:2015 table 7 (GB/T 10963.1-2020). */
export interface Breaker {
  readonly ratedA: number;
  readonly curve: 'B' | 'C' | 'D';
}

/** When a breaker may trip at the earliest, and must trip at the latest; null: perhaps never. */
export interface TripBand {
  readonly earliestS: number | null;
  readonly latestS: number | null;
}

/** Where the magnetic release begins at the earliest, and must act: multiples of In. */
const magnetic = { B: [3, 5], C: [5, 10], D: [10, 20] } as const;
/** Test d: latest time at the lower magnetic multiple, up to and above 32 A, s. */
const testD = { B: [45, 90], C: [15, 30], D: [4, 8] } as const;

/** 45.2 / 40 is not quite 1.13 in binary. */
const rounding = 1e-9;

/** The band at `currentA`, between the tests of the standard interpolated in log time over log current. */
export function tripBand({ ratedA, curve }: Breaker, currentA: number): TripBand {
  const multiple = currentA / ratedA;
  const conventionalS = ratedA <= 63 ? 3600 : 7200;
  const small = ratedA <= 32;
  const [lower, upper] = magnetic[curve];
  const earliest = [
    [1.13, conventionalS],
    [2.55, 1],
    [lower, 0.1],
  ] as const;
  const latest = [
    [1.45, conventionalS],
    [2.55, small ? 60 : 120],
    [lower, testD[curve][small ? 0 : 1]],
  ] as const;
  return {
    earliestS:
      multiple <= 1.13 + rounding ? null : multiple >= lower ? 0 : between(earliest, multiple),
    latestS:
      multiple < 1.45 - rounding ? null : multiple >= upper ? 0.1 : between(latest, multiple),
  };
}

function between(points: ReadonlyArray<readonly [number, number]>, multiple: number): number {
  for (let i = 1; i < points.length; i += 1) {
    const [fromX, fromY] = points[i - 1] ?? [1, 1];
    const [toX, toY] = points[i] ?? [1, 1];
    if (multiple > toX) continue;
    const share = Math.log(multiple / fromX) / Math.log(toX / fromX);
    return Math.exp(Math.log(fromY) + share * Math.log(toY / fromY));
  }
  return points.at(-1)?.[1] ?? 0;
}
