import { performance } from 'node:perf_hooks';

/** Time as the box knows it. Tests move one by hand. */
export interface Clock {
  /** Wall time, ms since 1970 UTC. On a Pi it may be wrong until the network answers. */
  nowMs(): number;
  /** Monotonic, ms since an arbitrary moment. All durations are taken on this one. */
  monoMs(): number;
  /** False while the wall clock has not been confirmed. */
  trusted(): boolean;
}

/** Before this the wall clock of a box cannot be right: this program did not exist. */
const buildMs = Date.UTC(2026, 0, 1);

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monoMs: () => performance.now(),
  trusted: () => Date.now() >= buildMs,
};
