import type { Reading } from '../drivers/reading.ts';

/** What is wrong with a device. Times in s since the first midnight. */
export interface Fault {
  /** It says nothing at such a moment. */
  readonly silent?: (s: number) => boolean;
  /** It keeps so many readings while it is silent, and sends them when it is back, oldest first. */
  readonly keeps?: number;
  /** Its clock minus the true one, ms. */
  readonly clockMs?: (s: number) => number;
  /** It says everything so many times at such a moment. */
  readonly copies?: (s: number) => number;
  /** ms between the copies' own times; 0: the very same reading again. */
  readonly copyMs?: number;
}

/** A device with this fault: takes a reading where it is due and adds what the device sends. */
export function withFault(
  fault: Fault | null,
): (s: number, sent: Reading[], take: () => Reading) => void {
  if (!fault) return (_s, sent, take) => void sent.push(take());
  const { silent, keeps = 0, clockMs, copies, copyMs = 0 } = fault;
  const kept: Reading[] = [];
  return (s, sent, take) => {
    const isSilent = silent?.(s) ?? false;
    if (isSilent && keeps === 0) return;
    const taken = take();
    const reading = clockMs ? { ...taken, atMs: taken.atMs + Math.round(clockMs(s)) } : taken;
    if (isSilent) {
      kept.push(reading);
      if (kept.length > keeps) kept.shift();
      return;
    }
    for (const old of kept.splice(0)) sent.push(old);
    for (let i = copies?.(s) ?? 1; i > 0; i -= 1)
      sent.push({ ...reading, atMs: reading.atMs - (i - 1) * copyMs });
  };
}
