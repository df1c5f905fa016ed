import { isKnown } from '../missing.ts';

/** What the step test remembers: the last opened values of power, non-active and harmonic power. Plain JSON. */
export interface StepTest {
  /** Newest last, at most six; tuples of figures, for a checkpoint holds thousands of them. */
  recent: OpenedMinute[];
  /** Typical move from minute to minute, W. */
  quietW: number;
  /** The strongest contrast of the step that is passing; null while none is. */
  best: Step | null;
}

/**
 * One opened minute; powers that are not measured are `missing`. `signalW` is what is tested for steps, as watts: the power, or what a charger of such non-active
 * power or harmonics would draw.
 */
export type OpenedMinute = readonly [
  minute: number,
  signalW: number,
  powerW: number,
  nonActiveVa: number,
  harmonicVa: number,
];

/** A lasting change of level. */
export interface Step {
  readonly minute: number;
  /** Positive: switched on. */
  readonly signalW: number;
  readonly powerW: number;
  readonly nonActiveVa: number | null;
  /** Root of the difference of the squares: the non-active power of what is at right angles to what ran before, VA. */
  readonly squareVa: number | null;
  readonly harmonicVa: number | null;
}

export const newStepTest = (): StepTest => ({ recent: [], quietW: 4, best: null });

const side = 3;
const kept = 2 * side;
export const leastStepW = 45;

/** What one minute brought: a step that has passed, or a slow change; neither while a step is passing. */
export interface Move {
  readonly step: Step | null;
  readonly slowW: number;
}

/**
 * Contrast of three minutes after with three before, against 45 W and four times the usual unrest, half of it within
 * one minute. The strongest of neighbouring contrasts is the step. What moves without one is slow: the part that tells a battery.
 */
export function testStep(state: StepTest, opened: OpenedMinute): Move {
  state.recent.push(opened);
  if (state.recent.length > kept) state.recent.shift();
  const { recent } = state;
  const last = recent.at(-1);
  const before = recent.at(-2);
  if (!last || !before || recent.length < 2 * side) return { step: null, slowW: 0 };
  const moved = last[1] - before[1];
  const contrastW = signalContrast(recent);
  const threshold = Math.max(leastStepW, 4 * 1.25 * state.quietW);
  const isOver = Math.abs(contrastW) > threshold;
  if (isOver && isSharp(recent, contrastW)) {
    if (state.best === null || Math.abs(contrastW) > Math.abs(state.best.signalW))
      state.best = contrastOf(recent);
    return { step: null, slowW: 0 };
  }
  // Clipped, so that a step does not count as unrest.
  state.quietW = 0.98 * state.quietW + 0.02 * Math.min(Math.abs(moved), 3 * state.quietW + 5);
  if (state.best !== null) {
    const step = state.best;
    state.best = null;
    return { step, slowW: 0 };
  }
  // A minute that begins a step is not known as such until its contrast shows: leave its jump out. On a ramp
  // steeper than that, as a big lithium pack falls, no minute stands out.
  return { step: null, slowW: isOver || Math.abs(moved) < leastStepW / side ? moved : 0 };
}

/** The contrast of the signal alone: all that most minutes are asked for. */
function signalContrast(recent: readonly OpenedMinute[]): number {
  let sum = 0;
  const n = recent.length;
  for (let i = n - side; i < n; i += 1) sum += (recent[i]?.[1] ?? 0) - (recent[i - side]?.[1] ?? 0);
  return sum / side;
}

/** True where one minute makes at least half of the contrast: switches do, batteries do not. */
function isSharp(recent: readonly OpenedMinute[], contrastW: number): boolean {
  for (let i = recent.length - 2 * side + 1; i < recent.length; i += 1) {
    const moved = (recent[i]?.[1] ?? 0) - (recent[i - 1]?.[1] ?? 0);
    if (moved / contrastW >= 0.5) return true;
  }
  return false;
}

function contrastOf(recent: readonly OpenedMinute[]): Step {
  const after = recent.slice(-side);
  const before = recent.slice(-2 * side, -side);
  const difference = (of: (one: OpenedMinute) => number | null): number | null => {
    const a = meanOf(after, of);
    const b = meanOf(before, of);
    return a === null || b === null ? null : a - b;
  };
  const [nowVa, thenVa] = [nonActive(after), nonActive(before)];
  return {
    minute: after[0]?.[0] ?? 0,
    signalW: difference(([, signalW]) => signalW) ?? 0,
    powerW: difference(([, , powerW]) => powerW) ?? 0,
    nonActiveVa: difference(([, , , nonActiveVa]) => known(nonActiveVa)),
    squareVa:
      nowVa === null || thenVa === null ? null : Math.sqrt(Math.max(0, nowVa ** 2 - thenVa ** 2)),
    harmonicVa: difference(([, , , , harmonicVa]) => known(harmonicVa)),
  };
}

const nonActive = (minutes: readonly OpenedMinute[]): number | null =>
  meanOf(minutes, ([, , , nonActiveVa]) => known(nonActiveVa));

/** Null where a minute has none. */
function meanOf(
  minutes: readonly OpenedMinute[],
  of: (one: OpenedMinute) => number | null,
): number | null {
  let sum = 0;
  for (const minute of minutes) {
    const value = of(minute);
    if (value === null) return null;
    sum += value;
  }
  return minutes.length === 0 ? null : sum / minutes.length;
}

const known = (value: number): number | null => (isKnown(value) ? value : null);
