import { performance } from 'node:perf_hooks';

/** Time as the box knows it. Tests move one by hand. */
export interface Clock {
  /** Wall time, ms since 1970 UTC. On a Pi it may be wrong until the network answers. */
  nowMs(): number;
  /** Monotonic, ms since an arbitrary moment. All durations are taken on this one. */
  monoMs(): number;
  /** False while the wall clock has not been confirmed: nothing is deleted then, and no day is closed. */
  trusted(): boolean;
}

/** Before this the wall clock of a box cannot be right: this program did not exist. */
const buildMs = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;
/** A clock that moved by more than a day is believed when it has stood by it for so long, ms. */
const doubtMs = dayMs;

/**
 * Judges a wall clock against the monotonic one. Right from the start if it is not before this program was; when it
 * then moves by more than a day it is doubted, for what is kept by its age must not be deleted by a wrong battery.
 * Moved back to within a day of where it was, or standing by the new time for a day, it is believed again.
 */
export function createTrust(nowMs: () => number, monoMs: () => number): () => boolean {
  let believedMs: number | null = null;
  let doubted: { readonly offsetMs: number; readonly sinceMonoMs: number } | null = null;
  return () => {
    const wallMs = nowMs();
    if (wallMs < buildMs) return false;
    const atMonoMs = monoMs();
    const offsetMs = wallMs - atMonoMs;
    if (believedMs === null || Math.abs(offsetMs - believedMs) < dayMs) {
      believedMs = offsetMs;
      doubted = null;
      return true;
    }
    if (doubted === null || Math.abs(offsetMs - doubted.offsetMs) >= dayMs) {
      doubted = { offsetMs, sinceMonoMs: atMonoMs };
      return false;
    }
    if (atMonoMs - doubted.sinceMonoMs < doubtMs) return false;
    believedMs = offsetMs;
    doubted = null;
    return true;
  };
}

const nowMs = () => Date.now();
const monoMs = () => performance.now();

export const systemClock: Clock = { nowMs, monoMs, trusted: createTrust(nowMs, monoMs) };
