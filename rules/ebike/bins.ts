import type { Phase, PowerReading } from '../../drivers/reading.ts';
import { figures } from './figures.ts';

/** One minute of one channel. */
export interface Bin {
  readonly minute: number;
  /** Median active power, W. */
  readonly powerW: number;
  /** Median non-active power, the root of S² − P², VA; null where current or power factor is missing. */
  readonly nonActiveVa: number | null;
  /** Median harmonic power U × I1 × THD, VA; null where the THD is missing. */
  readonly harmonicVa: number | null;
  /** Unrest within the minute: of the harmonics where they are measured, else of the power, W or VA. */
  readonly spreadW: number | null;
  /** The largest jump from one sample to the next; null where nobody can tell. */
  readonly jump: Jump | null;
}

/** Of the harmonics beyond what motors, heaters and corrected loads make, VA, and of the power at that moment, W; where there are no harmonics, of the power alone. */
export type Jump = readonly [signal: number, powerW?: number];

/** The minute that is being gathered. Plain JSON. */
export interface Gathering {
  minute: number;
  /** Time of the last sample that was kept. */
  keptMs: number;
  powers: number[];
  nonActive: number[];
  harmonics: number[];
  /** The sample before: W, and VA where it told its harmonics; and the minute in which any did. */
  beforeW: number | null;
  beforeVa: number | null;
  toldMinute: number;
  /** The largest jump so far, and the sum and number of all moves of the harmonics. */
  jumpSignal: number;
  jumpW: number;
  movedVa: number;
  moves: number;
}

/** A meter that speaks more often than this is thinned out, ms: a minute's median needs no more. */
export const thinnedMs = 4000;
/** What comes even so in one minute, by times that cannot be. */
const maxSamples = 20;
const nominalV = 220;
/** Samples further apart have no jump between them, ms. */
const apartMs = 120_000;
/** Meters that are asked for their harmonics less often than for their power: the last ones hold so long, min. */
export const heldMin = 10;
/** Fewer moves of the harmonics in a minute tell nothing of its unrest. */
const leastMoves = 3;

export const newGathering = (): Gathering => ({
  minute: -1,
  keptMs: 0,
  powers: figures(0),
  nonActive: figures(0),
  harmonics: figures(0),
  beforeW: null,
  beforeVa: null,
  toldMinute: -1,
  jumpSignal: 0,
  jumpW: 0,
  movedVa: 0,
  moves: 0,
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
  if (minute === state.minute) {
    if (atMs - state.keptMs < thinnedMs && !isFirstThd(state, phase)) return null;
    if (state.powers.length >= maxSamples) return null;
    state.keptMs = atMs;
    state.powers.push(powerW);
    move(state, powerW, phase === undefined ? null : gatherPhase(state, powerW, phase));
    return null;
  }
  const done = state.powers.length >= least ? close(state) : null;
  if (atMs - state.keptMs > apartMs) state.beforeW = null;
  state.minute = minute;
  state.keptMs = atMs;
  state.jumpSignal = 0;
  state.jumpW = 0;
  state.movedVa = 0;
  state.moves = 0;
  startWith(state.powers, powerW);
  if (state.nonActive.length > 0) state.nonActive.length = 0;
  if (state.harmonics.length > 0) state.harmonics.length = 0;
  move(state, powerW, phase === undefined ? null : gatherPhase(state, powerW, phase));
  return done;
}

/** What changed since the sample before. */
function move(state: Gathering, powerW: number, harmonicVa: number | null): void {
  if (state.minute - state.toldMinute > heldMin) state.beforeVa = null;
  const { beforeW, beforeVa } = state;
  // A jump of watts is none of harmonics: a meter that tells them now and then is asked again when it does.
  if (beforeVa !== null && harmonicVa === null) return;
  state.beforeW = powerW;
  state.beforeVa = harmonicVa;
  if (harmonicVa !== null) state.toldMinute = state.minute;
  if (beforeW === null || (beforeVa === null) !== (harmonicVa === null)) return;
  const movedW = powerW - beforeW;
  const moved =
    harmonicVa === null || beforeVa === null ? movedW : beyond(harmonicVa - beforeVa, movedW);
  if (harmonicVa !== null) {
    state.movedVa = tenth(state.movedVa + Math.abs(moved));
    state.moves += 1;
  }
  if (Math.abs(moved) <= Math.abs(state.jumpSignal)) return;
  state.jumpSignal = tenth(moved);
  state.jumpW = tenth(movedW);
}

/** Harmonic / active power of a hob, a television, a washing machine, at the most: loads with correction (IEC 61000-3-2) and motors. */
const correctedRatio = 0.13;

/** The part of a move of the harmonics that loads with correction, motors and heaters cannot make, VA: what is left are bare rectifiers. */
function beyond(movedVa: number, movedW: number): number {
  const most = correctedRatio * movedW;
  return movedVa - Math.min(Math.max(movedVa, Math.min(0, most)), Math.max(0, most));
}

/** An array that is emptied gives its memory back, to ask for it anew with the next value: one is kept, and written over. */
function startWith(values: number[], value: number): void {
  while (values.length > 1) values.pop();
  values[0] = value;
}

/** What is known of it beside its watts; returns its harmonics, VA. */
function gatherPhase(state: Gathering, powerW: number, phase: Phase): number | null {
  const { currentA, powerFactor, thdPercent, voltageV = nominalV } = phase;
  const apparentVa =
    currentA !== undefined
      ? voltageV * currentA
      : powerFactor
        ? Math.abs(powerW) / powerFactor
        : null;
  if (apparentVa === null) return null;
  // A tenth: three digits more would only lengthen a checkpoint.
  state.nonActive.push(tenth(Math.sqrt(Math.max(0, apparentVa * apparentVa - powerW * powerW))));
  if (thdPercent === undefined) return null;
  const thd = thdPercent / 100;
  const harmonicVa = tenth((apparentVa / Math.sqrt(1 + thd * thd)) * thd);
  state.harmonics.push(harmonicVa);
  return harmonicVa;
}

/** Harmonics are often asked for less often than power: the one reading of a minute that has them is never left out. */
const isFirstThd = ({ harmonics }: Gathering, phase: Phase | undefined): boolean =>
  harmonics.length === 0 && phase?.thdPercent !== undefined;

function close(state: Gathering): Bin {
  const { minute, powers, nonActive, harmonics } = state;
  const middle = medianOf(powers);
  const harmonicVa = harmonics.length > 0 ? medianOf(harmonics) : null;
  const isMoved = state.moves >= leastMoves;
  // Where harmonics are measured their unrest is looked at, without that of a hob that switches every few seconds.
  const movesVa = isMoved ? tenth(state.movedVa / state.moves) : null;
  const spreadW = harmonicVa === null ? spreadOf(powers, middle) : movesVa;
  return {
    minute,
    // A tenth of a watt: finer than any meter, and short in a checkpoint.
    powerW: tenth(middle),
    nonActiveVa: nonActive.length > 0 ? tenth(medianOf(nonActive)) : null,
    harmonicVa: harmonicVa === null ? null : tenth(harmonicVa),
    spreadW,
    jump:
      harmonicVa === null
        ? [state.jumpSignal]
        : isMoved || harmonics.length < leastMoves
          ? [state.jumpSignal, state.jumpW]
          : null,
  };
}

/** Mean distance from the median; null with fewer than three samples. */
function spreadOf(values: readonly number[], middle: number): number | null {
  if (values.length < 3) return null;
  let sum = 0;
  for (const value of values) sum += Math.abs(value - middle);
  return tenth(sum / values.length);
}

const tenth = (value: number): number => Math.round(value * 10) / 10;

/** Median; sorts `values` where they are, by insertion: a minute has a handful, and nearly in order. */
function medianOf(values: number[]): number {
  for (let i = 1; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    let at = i;
    for (let before = values[at - 1] ?? 0; at > 0 && before > value; before = values[at - 1] ?? 0) {
      values[at] = before;
      at -= 1;
    }
    values[at] = value;
  }
  const middle = values.length >> 1;
  const upper = values[middle] ?? 0;
  return values.length % 2 === 1 ? upper : (upper + (values[middle - 1] ?? upper)) / 2;
}

/** How many channels a reading has: each phase where there are three with their own power, else the whole; 0 where one of three is silent. */
export function channelCount({ phases }: PowerReading): 0 | 1 | 3 {
  if (phases?.length !== 3) return 1;
  let known = 0;
  for (const phase of phases) if (phase.powerW !== undefined) known += 1;
  // One of three phases is silent: the total is none of them.
  return known === 3 ? 3 : known > 0 ? 0 : 1;
}

/** Power of channel `index` of `count`, W. */
export const powerOf = (
  { powerW, phases }: PowerReading,
  count: 0 | 1 | 3,
  index: number,
): number => (count === 3 ? (phases?.[index]?.powerW ?? 0) : powerW);

/** What else is known of that channel. */
export const phaseOf = (
  { phases }: PowerReading,
  count: 0 | 1 | 3,
  index: number,
): Phase | undefined => (count === 3 || phases?.length === 1 ? phases?.[index] : undefined);
