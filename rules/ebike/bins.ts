import type { Phase, PowerReading } from '../../drivers/reading.ts';

/** One minute of one channel. */
export interface Bin {
  readonly minute: number;
  /** Median active power, W. */
  readonly powerW: number;
  /** Mean non-active power, the root of S² − P², VA; null where current or power factor is missing. */
  readonly nonActiveVa: number | null;
  /** Median harmonic power U × I1 × THD, VA; null where the THD is missing. */
  readonly harmonicVa: number | null;
  /** Unrest within the minute: of the harmonics where they are measured, else of the power, W or VA. */
  readonly spreadW: number | null;
}

/** The minute that is being gathered. Plain JSON. */
export interface Gathering {
  minute: number;
  powers: number[];
  nonActive: number;
  nonActiveN: number;
  harmonics: number[];
}

/** A meter that speaks more often than this is thinned out: a minute's median needs no more. */
const maxSamples = 60;
const nominalV = 220;

export const newGathering = (): Gathering => ({
  minute: -1,
  powers: [],
  nonActive: 0,
  nonActiveN: 0,
  harmonics: [],
});

/** Adds a reading; returns the minute before where this one begins another. `least`: samples that make a minute. */
export function gather(
  state: Gathering,
  atMs: number,
  powerW: number,
  phase: Phase | undefined,
  least: number,
): Bin | null {
  const minute = Math.floor(atMs / 60_000);
  let done: Bin | null = null;
  if (minute !== state.minute) {
    done = state.powers.length >= least ? close(state) : null;
    state.minute = minute;
    state.powers = [];
    state.nonActive = 0;
    state.nonActiveN = 0;
    state.harmonics = [];
  }
  if (state.powers.length < maxSamples) state.powers.push(powerW);
  if (phase === undefined) return done;
  const { currentA, powerFactor, thdPercent, voltageV = nominalV } = phase;
  const apparentVa =
    currentA !== undefined
      ? voltageV * currentA
      : powerFactor
        ? Math.abs(powerW) / powerFactor
        : null;
  if (apparentVa !== null) {
    state.nonActive += Math.sqrt(Math.max(0, apparentVa * apparentVa - powerW * powerW));
    state.nonActiveN += 1;
    if (thdPercent !== undefined) {
      const thd = thdPercent / 100;
      if (state.harmonics.length < maxSamples) {
        state.harmonics.push((apparentVa / Math.sqrt(1 + thd * thd)) * thd);
      }
    }
  }
  return done;
}

function close(state: Gathering): Bin {
  const { minute, powers, nonActive, nonActiveN, harmonics } = state;
  const middle = median(powers);
  const harmonicVa = harmonics.length > 0 ? median(harmonics) : null;
  // Where harmonics are measured their unrest is looked at: few other loads make any.
  const spreadW = harmonicVa === null ? spreadOf(powers, middle) : spreadOf(harmonics, harmonicVa);
  return {
    minute,
    // A tenth of a watt: finer than any meter, and short in a checkpoint.
    powerW: tenth(middle),
    nonActiveVa: nonActiveN > 0 ? tenth(nonActive / nonActiveN) : null,
    harmonicVa: harmonicVa === null ? null : tenth(harmonicVa),
    spreadW,
  };
}

/** Mean distance from the median; null with fewer than three samples. */
function spreadOf(values: readonly number[], middle: number): number | null {
  if (values.length < 3) return null;
  return tenth(values.reduce((sum, value) => sum + Math.abs(value - middle), 0) / values.length);
}

const tenth = (value: number): number => Math.round(value * 10) / 10;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** The channels of a reading: each phase where there are three, else the whole. */
export function channelsOf({
  powerW,
  phases,
}: PowerReading): ReadonlyArray<readonly [powerW: number, phase: Phase | undefined]> {
  if (phases?.length === 3 && phases.every((phase) => phase.powerW !== undefined)) {
    return phases.map((phase) => [phase.powerW ?? 0, phase] as const);
  }
  // One of three phases is silent: the total is none of them.
  if (phases?.length === 3 && phases.some((phase) => phase.powerW !== undefined)) return [];
  return [[powerW, phases?.length === 1 ? phases[0] : undefined]];
}
