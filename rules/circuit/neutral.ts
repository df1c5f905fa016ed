import type { Phase } from '../../drivers/reading.ts';

/** Current in the neutral of three currents 120° apart and of equal power factor, A. */
export function fundamentalNeutralA(l1A: number, l2A: number, l3A: number): number {
  return Math.sqrt(Math.max(0, l1A ** 2 + l2A ** 2 + l3A ** 2 - l1A * l2A - l2A * l3A - l3A * l1A));
}

/**
 * Neutral current of three phases, A; third harmonics do not cancel but add. Where the distortion is measured,
 * four fifths of it are taken for the third harmonic, as capacitor-input rectifiers make it. Null without three currents.
 */
export function neutralA(phases: readonly Phase[] | undefined): number | null {
  if (phases?.length !== 3) return null;
  let a = 0;
  let b = 0;
  let c = 0;
  let thirdA = 0;
  for (let i = 0; i < 3; i += 1) {
    const { currentA, thdPercent = 0 } = phases[i] ?? {};
    if (currentA === undefined) return null;
    const share = thdPercent / 100;
    const fundamentalA = currentA / Math.sqrt(1 + share * share);
    thirdA += fundamentalA * share * 0.8;
    if (i === 0) a = fundamentalA;
    else if (i === 1) b = fundamentalA;
    else c = fundamentalA;
  }
  const first = fundamentalNeutralA(a, b, c);
  return Math.sqrt(first * first + thirdA * thirdA);
}
