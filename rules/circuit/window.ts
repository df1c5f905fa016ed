import { figures } from '../figures.ts';

/** Sums of I / limit and counts of the last 15 minutes, by minute; `minute` is the newest. Plain JSON. */
export interface Window {
  minute: number;
  sums: number[];
  counts: number[];
  /** Mean of the last full minutes, and how many of them are known. */
  meanShare: number;
  known: number;
}

export const windowMin = 15;
/** So many of its minutes must be known before its mean is believed. */
const windowFull = 12;

/** Of which nothing is known yet. */
export const newWindow = (): Window => ({
  minute: 0,
  sums: figures(windowMin),
  counts: new Array<number>(windowMin).fill(0),
  meanShare: 0,
  known: 0,
});

export const isMeanKnown = ({ known }: Window): boolean => known >= windowFull;

/** Takes one reading's I / limit. */
export function remember(state: Window, atMs: number, ratio: number): void {
  const minute = Math.floor(atMs / 60_000);
  if (minute !== state.minute) {
    settle(state);
    const passed = Math.min(minute - state.minute, windowMin);
    for (let i = 1; i <= passed; i += 1) {
      const slot = (minute - passed + i) % windowMin;
      state.sums[slot] = 0;
      state.counts[slot] = 0;
    }
    state.minute = minute;
  }
  const slot = minute % windowMin;
  state.sums[slot] = (state.sums[slot] ?? 0) + ratio;
  state.counts[slot] = (state.counts[slot] ?? 0) + 1;
}

/**
 * Mean of the minutes' means, once a minute: a meter that speaks more often when the load moves has no more
 * weight.
 */
function settle(state: Window): void {
  let sum = 0;
  let n = 0;
  for (let slot = 0; slot < windowMin; slot += 1) {
    const count = state.counts[slot] ?? 0;
    if (count === 0) continue;
    sum += (state.sums[slot] ?? 0) / count;
    n += 1;
  }
  state.meanShare = n === 0 ? 0 : sum / n;
  state.known = n;
}

/** When the known part of the window began, at most `atMs`. */
export const startOfWindow = (state: Window, atMs: number): number =>
  Math.min(atMs, (state.minute - state.known) * 60_000);
