import type { Phase, PowerReading } from '../../drivers/reading.ts';

/** One minute of one channel. */
export interface Bin {
  readonly minute: number;
  /** Median active power, W. */
  readonly powerW: number;
  /** Mean non-active power, the root of S² − P², VA; null where current or power factor is missing. */
  readonly nonActiveVa: number | null;
  /** Mean harmonic power U × I1 × THD, VA; null where the THD is missing. */
  readonly harmonicVa: number | null;
  /** Mean distance of the samples from their median, W; null with fewer than three. */
  readonly spreadW: number | null;
}

/** The minute that is being gathered. Plain JSON. */
export interface Gathering {
  minute: number;
  powers: number[];
  nonActive: number;
  nonActiveN: number;
  harmonic: number;
  harmonicN: number;
}

/** A meter that speaks more often than this is thinned out: a minute's median needs no more. */
const maxSamples = 60;
const nominalV = 220;

export const newGathering = (): Gathering => ({
  minute: -1,
  powers: [],
  nonActive: 0,
  nonActiveN: 0,
  harmonic: 0,
  harmonicN: 0,
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
    state.harmonic = 0;
    state.harmonicN = 0;
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
      state.harmonic += (apparentVa / Math.sqrt(1 + thd * thd)) * thd;
      state.harmonicN += 1;
    }
  }
  return done;
}

function close(state: Gathering): Bin {
  const { minute, powers, nonActive, nonActiveN, harmonic, harmonicN } = state;
  const middle = median(powers);
  const apart = powers.reduce((sum, powerW) => sum + Math.abs(powerW - middle), 0);
  return {
    minute,
    // A tenth of a watt: finer than any meter, and short in a checkpoint.
    powerW: tenth(middle),
    nonActiveVa: nonActiveN > 0 ? tenth(nonActive / nonActiveN) : null,
    harmonicVa: harmonicN > 0 ? tenth(harmonic / harmonicN) : null,
    spreadW: powers.length >= 3 ? tenth(apart / powers.length) : null,
  };
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
  return [[powerW, phases?.length === 1 ? phases[0] : undefined]];
}
