/** What the step test remembers: the last opened values of power, non-active and harmonic power. Plain JSON. */
export interface StepTest {
  /** Newest last, at most eight. */
  recent: OpenedMinute[];
  /** Typical move from minute to minute, W. */
  quietW: number;
  /** The strongest contrast of the step that is passing; null while none is. */
  best: Step | null;
}

export interface OpenedMinute {
  readonly minute: number;
  /** What is tested for steps, as watts: the power, or where harmonics are measured what a charger of such harmonics would draw. */
  readonly signalW: number;
  readonly powerW: number;
  readonly nonActiveVa: number | null;
  readonly harmonicVa: number | null;
}

/** A lasting change of level. */
export interface Step {
  readonly minute: number;
  /** Positive: switched on. */
  readonly signalW: number;
  readonly powerW: number;
  readonly nonActiveVa: number | null;
  readonly harmonicVa: number | null;
}

export const newStepTest = (): StepTest => ({ recent: [], quietW: 4, best: null });

const side = 3;
const kept = 8;
export const leastStepW = 45;

/** What one minute brought: a step that has passed, or a slow change; neither while a step is passing. */
export interface Move {
  readonly step: Step | null;
  readonly slowW: number;
}

/**
 * Contrast of three minutes after with three before, against 45 W and four times the usual unrest. The strongest
 * of neighbouring contrasts is the step. What moves without one is slow: the part that tells a battery.
 */
export function testStep(state: StepTest, opened: OpenedMinute): Move {
  state.recent.push(opened);
  if (state.recent.length > kept) state.recent.shift();
  const { recent } = state;
  const last = recent.at(-1);
  const before = recent.at(-2);
  if (!last || !before || recent.length < 2 * side) return { step: null, slowW: 0 };
  const moved = last.signalW - before.signalW;
  const contrast = contrastOf(recent);
  const threshold = Math.max(leastStepW, 4 * 1.25 * state.quietW);
  if (Math.abs(contrast.signalW) > threshold) {
    if (state.best === null || Math.abs(contrast.signalW) > Math.abs(state.best.signalW))
      state.best = contrast;
    return { step: null, slowW: 0 };
  }
  // Clipped, so that a step does not count as unrest.
  state.quietW = 0.98 * state.quietW + 0.02 * Math.min(Math.abs(moved), 3 * state.quietW + 5);
  if (state.best !== null) {
    const step = state.best;
    state.best = null;
    return { step, slowW: 0 };
  }
  // A minute that begins a step is not known as such until its contrast shows: leave its jump out.
  return { step: null, slowW: Math.abs(moved) < leastStepW / side ? moved : 0 };
}

function contrastOf(recent: readonly OpenedMinute[]): Step {
  const after = recent.slice(-side);
  const before = recent.slice(-2 * side, -side);
  const difference = (of: (one: OpenedMinute) => number | null): number | null => {
    const a = meanOf(after, of);
    const b = meanOf(before, of);
    return a === null || b === null ? null : a - b;
  };
  return {
    minute: after[0]?.minute ?? 0,
    signalW: difference(({ signalW }) => signalW) ?? 0,
    powerW: difference(({ powerW }) => powerW) ?? 0,
    nonActiveVa: difference(({ nonActiveVa }) => nonActiveVa),
    harmonicVa: difference(({ harmonicVa }) => harmonicVa),
  };
}

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
