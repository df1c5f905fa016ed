import type { Pace } from './pace.ts';

/** A pace that a test moves by hand: a day on a bus takes milliseconds. */
export interface HandPace extends Pace {
  /** Lets so much time pass, ms, waking whoever waits, in order. */
  pass(ms: number): Promise<void>;
}

export function handPace(random: () => number = () => 0): HandPace {
  let nowMs = 0;
  const waiting = new Set<{ readonly atMs: number; readonly wake: () => void }>();
  // Whatever follows from the last event has happened when the event loop has gone round.
  const settle = async () => {
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    monoMs: () => nowMs,
    random,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const one = {
          atMs: nowMs + Math.max(0, ms),
          wake: () => {
            waiting.delete(one);
            signal.removeEventListener('abort', one.wake);
            resolve();
          },
        };
        waiting.add(one);
        signal.addEventListener('abort', one.wake, { once: true });
      }),
    async pass(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (;;) {
        const next = [...waiting].sort((a, b) => a.atMs - b.atMs)[0];
        if (!next || next.atMs > untilMs) break;
        nowMs = next.atMs;
        next.wake();
        await settle();
      }
      nowMs = untilMs;
    },
  };
}
