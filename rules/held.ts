import { isKnown, missing } from './missing.ts';

/** A condition that must last before it counts, and must be gone for a while before it ends. Times are `missing` where there are none. Plain JSON. */
export interface Held {
  lastMs: number;
  overMs: number;
  underMs: number;
  raised: boolean;
  sinceMs: number;
}

export const newHeld = (): Held => ({
  lastMs: missing,
  overMs: missing,
  underMs: missing,
  raised: false,
  sinceMs: 0,
});

/** What is asked of a condition: how long it holds before it is raised and cleared, and which silence breaks it. */
export interface Hold {
  readonly holdMs: number;
  readonly clearMs: number;
  readonly gapMs: number;
}

/**
 * One observation at `atMs`: `over` the raising level, or `under` the clearing one (between the two: neither).
 * Returns the change, if any. Late and repeated observations change nothing.
 */
export function observe(
  held: Held,
  atMs: number,
  over: boolean,
  under: boolean,
  { holdMs, clearMs, gapMs }: Hold,
): 'raised' | 'cleared' | null {
  if (atMs <= held.lastMs) return null;
  if (atMs - held.lastMs > gapMs) {
    held.overMs = missing;
    held.underMs = missing;
  }
  held.lastMs = atMs;
  if (!over) held.overMs = missing;
  else if (!isKnown(held.overMs)) held.overMs = atMs;
  if (!under) held.underMs = missing;
  else if (!isKnown(held.underMs)) held.underMs = atMs;
  if (!held.raised && isKnown(held.overMs) && atMs - held.overMs >= holdMs) {
    held.raised = true;
    held.sinceMs = held.overMs;
    return 'raised';
  }
  if (held.raised && isKnown(held.underMs) && atMs - held.underMs >= clearMs) {
    held.raised = false;
    return 'cleared';
  }
  return null;
}

/** The clock was set: what was held is held no longer. */
export function breakOff(held: Held): void {
  held.lastMs = missing;
  held.overMs = missing;
  held.underMs = missing;
}
