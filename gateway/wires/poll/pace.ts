import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** Time as a bus feels it. Tests pass one that they move by hand. */
export interface Pace {
  /** Monotonic, ms. */
  monoMs(): number;
  /** Waits so long, or until the signal; never throws. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** 0 to below 1; spreads what would otherwise happen at once. */
  random(): number;
}

export const realPace: Pace = {
  monoMs: () => performance.now(),
  wait: (ms, signal) =>
    sleep(Math.max(0, ms), undefined, { signal }).catch(() => {
      // The signal came first, and that is what was waited for as well.
    }),
  random: Math.random,
};
