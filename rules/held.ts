/** A condition that must last before it counts, and must be gone for a while before it ends. Plain JSON. */
export interface Held {
  lastMs: number | null;
  overMs: number | null;
  underMs: number | null;
  raised: boolean;
  sinceMs: number;
}

export const newHeld = (): Held => ({
  lastMs: null,
  overMs: null,
  underMs: null,
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
  if (held.lastMs !== null && atMs <= held.lastMs) return null;
  if (held.lastMs !== null && atMs - held.lastMs > gapMs) {
    held.overMs = null;
    held.underMs = null;
  }
  held.lastMs = atMs;
  held.overMs = over ? (held.overMs ?? atMs) : null;
  held.underMs = under ? (held.underMs ?? atMs) : null;
  if (!held.raised && held.overMs !== null && atMs - held.overMs >= holdMs) {
    held.raised = true;
    held.sinceMs = held.overMs;
    return 'raised';
  }
  if (held.raised && held.underMs !== null && atMs - held.underMs >= clearMs) {
    held.raised = false;
    return 'cleared';
  }
  return null;
}

/** The clock was set: what was held is held no longer. */
export function breakOff(held: Held): void {
  held.lastMs = null;
  held.overMs = null;
  held.underMs = null;
}
