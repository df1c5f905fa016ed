/** What is left of a difference in heat after `dtS`: exp(−dt/tau). */
export const cooling = (dtS: number, tauS: number): number => Math.exp(-dtS / tauS);

/**
 * Thermal memory of a circuit, IEC 60255-149: H follows (I/kIb)² with time constant tau, in its exact
 * exponential form, so that the step size does not matter while the current is constant. H = 1: as hot as
 * the limit allows. `kept` is `cooling` of the step.
 */
export function heat(before: number, ratio: number, kept: number): number {
  const target = ratio * ratio;
  return target + (before - target) * kept;
}

/**
 * How long a constant `ratio` = I/kIb takes to bring H from `before` to `level`, s; null where it never does.
 * Hot start t = tau ln((I² − Ip²)/(I² − (kIb)²)).
 */
export function secondsTo(
  level: number,
  before: number,
  ratio: number,
  tauS: number,
): number | null {
  if (before >= level) return 0;
  const target = ratio * ratio;
  if (target <= level) return null;
  return tauS * Math.log((target - before) / (target - level));
}
