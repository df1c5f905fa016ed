import type { Phase, PowerReading } from '../../drivers/reading.ts';
import { nominalV } from '../circuit/supply.ts';
import { figures } from '../figures.ts';
import { isKnown, missing } from '../missing.ts';

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
  /** Of each sample its active power, W, and its non-active and harmonic power, VA, `missing` where not told. What lies behind the last is of a minute before. */
  samples: number[];
  /** How many there are, and how many of them told their harmonics. */
  count: number;
  harmonics: number;
  /** The sample before, if any: W, and VA where it told its harmonics; and the minute in which any did. */
  hasBefore: boolean;
  beforeW: number;
  beforeVa: number;
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
/** Figures of one. */
const perSample = 3;
/** Samples further apart have no jump between them, ms. */
const apartMs = 120_000;
/** Meters that are asked for their harmonics less often than for their power: the last ones hold so long, min. */
export const heldMin = 10;
/** Fewer moves of the harmonics in a minute tell nothing of its unrest. */
const leastMoves = 3;

export const newGathering = (): Gathering => ({
  minute: -1,
  keptMs: 0,
  samples: figures(0),
  count: 0,
  harmonics: 0,
  hasBefore: false,
  beforeW: 0,
  beforeVa: missing,
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
    if (state.count >= maxSamples) return null;
    state.keptMs = atMs;
    keep(state, powerW, phase);
    return null;
  }
  const done = state.count >= least ? close(state) : null;
  if (atMs - state.keptMs > apartMs) state.hasBefore = false;
  state.minute = minute;
  state.keptMs = atMs;
  state.jumpSignal = 0;
  state.jumpW = 0;
  state.movedVa = 0;
  state.moves = 0;
  state.count = 0;
  state.harmonics = 0;
  keep(state, powerW, phase);
  return done;
}

/** One sample. */
function keep(state: Gathering, powerW: number, phase: Phase | undefined): void {
  const apparentVa = phase === undefined ? missing : apparentOf(powerW, phase);
  const thdPercent = isKnown(apparentVa) ? phase?.thdPercent : undefined;
  let harmonicVa = missing;
  if (thdPercent !== undefined) {
    const thd = thdPercent / 100;
    harmonicVa = tenth((apparentVa / Math.sqrt(1 + thd * thd)) * thd);
    state.harmonics += 1;
  }
  const { samples } = state;
  const at = state.count * perSample;
  samples[at] = powerW;
  // A tenth: three digits more would only lengthen a checkpoint.
  samples[at + 1] = isKnown(apparentVa)
    ? tenth(Math.sqrt(Math.max(0, apparentVa * apparentVa - powerW * powerW)))
    : missing;
  samples[at + 2] = harmonicVa;
  state.count += 1;
  move(state, powerW, harmonicVa);
}

/** What changed since the sample before. `harmonicVa` is `missing` where the sample does not tell it. */
function move(state: Gathering, powerW: number, harmonicVa: number): void {
  if (state.minute - state.toldMinute > heldMin) state.beforeVa = missing;
  const { hasBefore, beforeW, beforeVa } = state;
  const isTold = isKnown(harmonicVa);
  const wasTold = isKnown(beforeVa);
  // A jump of watts is none of harmonics: a meter that tells them now and then is asked again when it does.
  if (wasTold && !isTold) return;
  state.hasBefore = true;
  state.beforeW = powerW;
  state.beforeVa = harmonicVa;
  if (isTold) state.toldMinute = state.minute;
  if (!hasBefore || wasTold !== isTold) return;
  const movedW = powerW - beforeW;
  const moved = isTold ? beyond(harmonicVa - beforeVa, movedW) : movedW;
  if (isTold) {
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

/** What flows in all, VA; `missing` where neither current nor power factor is told. */
function apparentOf(powerW: number, { currentA, powerFactor, voltageV = nominalV }: Phase): number {
  if (currentA !== undefined) return voltageV * currentA;
  return powerFactor ? Math.abs(powerW) / powerFactor : missing;
}

/** Harmonics are often asked for less often than power: the one reading of a minute that has them is never left out. */
const isFirstThd = ({ harmonics }: Gathering, phase: Phase | undefined): boolean =>
  harmonics === 0 && phase?.thdPercent !== undefined;

function close(state: Gathering): Bin {
  const { minute, harmonics } = state;
  const nonActiveVa = sorted(state, 1) > 0 ? median() : null;
  const harmonicVa = sorted(state, 2) > 0 ? median() : null;
  sorted(state, 0);
  const middle = median();
  const isMoved = state.moves >= leastMoves;
  // Where harmonics are measured their unrest is looked at, without that of a hob that switches every few seconds.
  const movesVa = isMoved ? tenth(state.movedVa / state.moves) : null;
  const spreadW = harmonicVa === null ? spreadOf(middle) : movesVa;
  return {
    minute,
    // A tenth of a watt: finer than any meter, and short in a checkpoint.
    powerW: tenth(middle),
    nonActiveVa: nonActiveVa === null ? null : tenth(nonActiveVa),
    harmonicVa: harmonicVa === null ? null : tenth(harmonicVa),
    spreadW,
    jump:
      harmonicVa === null
        ? [state.jumpSignal]
        : isMoved || harmonics < leastMoves
          ? [state.jumpSignal, state.jumpW]
          : null,
  };
}

/** Figures of the minute that is being closed, of one kind, in rising order. */
const inOrder = new Float64Array(maxSamples);
let known = 0;

/** Puts the figures of one kind there, by insertion: a minute has a handful, and nearly in order. Returns how many are known. */
function sorted({ samples, count }: Gathering, kind: number): number {
  known = 0;
  for (let i = 0; i < count; i += 1) {
    const value = samples[i * perSample + kind] ?? missing;
    if (kind > 0 && !isKnown(value)) continue;
    let at = known;
    for (; at > 0 && (inOrder[at - 1] ?? 0) > value; at -= 1) inOrder[at] = inOrder[at - 1] ?? 0;
    inOrder[at] = value;
    known += 1;
  }
  return known;
}

/** Of the figures that were sorted last. */
function median(): number {
  const middle = known >> 1;
  const upper = inOrder[middle] ?? 0;
  return known % 2 === 1 ? upper : (upper + (inOrder[middle - 1] ?? upper)) / 2;
}

/** Their mean distance from the median; null with fewer than three. */
function spreadOf(middle: number): number | null {
  if (known < 3) return null;
  let sum = 0;
  for (let i = 0; i < known; i += 1) sum += Math.abs((inOrder[i] ?? 0) - middle);
  return tenth(sum / known);
}

const tenth = (value: number): number => Math.round(value * 10) / 10;

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
