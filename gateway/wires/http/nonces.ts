import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock.ts';

/** Nonces for Digest log-ins, RFC 7616 section 3.3. */
export interface Nonces {
  make(): string;
  /**
   * `good` once for each count `nc` of a nonce, which must rise; `null`, for those who do not count, once for each
   * nonce. `stale`: it was ours, but it is too old, or its count has been heard. `foreign`: we never gave it away.
   */
  use(nonce: string, nc: number | null): 'good' | 'stale' | 'foreign';
  /** As `use`, without counting it as used. */
  look(nonce: string): 'good' | 'stale' | 'foreign';
}

/** A nonce is good for so long, ms; then the device is told `stale=true` and asks again by itself. */
export const nonceLivesMs = 300_000;
/** Nonces whose counts are remembered. Only a right log-in is remembered, so nobody outside can fill it. */
export const maxNonces = 10_000;

const keyBytes = 32;
const saltBytes = 8;
const markBytes = 16;

/** Nonces carry their age and our mark; nothing is kept of them before somebody has logged in with one. */
export function createNonces(clock: Pick<Clock, 'monoMs'>): Nonces {
  const key = randomBytes(keyBytes);
  const used = new Map<string, { readonly madeMs: number; highest: number }>();
  /** What was made up to then is stale: its count may have been forgotten. */
  let forgottenMs = Number.NEGATIVE_INFINITY;

  const markOf = (body: Uint8Array) =>
    createHmac('sha256', key).update(body).digest().subarray(0, markBytes);

  const madeMs = (nonce: string): number | null => {
    const bytes = Buffer.from(nonce, 'base64url');
    // Base64 has several spellings of the same bytes: only ours, or a count could begin again.
    if (bytes.length !== 8 + saltBytes + markBytes || bytes.toString('base64url') !== nonce) {
      return null;
    }
    const body = bytes.subarray(0, 8 + saltBytes);
    return timingSafeEqual(markOf(body), bytes.subarray(body.length))
      ? bytes.readDoubleBE(0)
      : null;
  };

  const look: Nonces['look'] = (nonce) => {
    const made = madeMs(nonce);
    if (made === null) return 'foreign';
    return made <= forgottenMs || clock.monoMs() - made > nonceLivesMs ? 'stale' : 'good';
  };

  return {
    look,
    make() {
      const body = Buffer.alloc(8 + saltBytes);
      body.writeDoubleBE(clock.monoMs(), 0);
      randomBytes(saltBytes).copy(body, 8);
      return Buffer.concat([body, markOf(body)]).toString('base64url');
    },
    use(nonce, nc) {
      const state = look(nonce);
      if (state !== 'good') return state;
      const known = used.get(nonce);
      if (known && (nc === null || nc <= known.highest)) return 'stale';
      if (!known && used.size >= maxNonces) forgetOldest();
      const highest = nc ?? Number.POSITIVE_INFINITY;
      if (known) known.highest = highest;
      else used.set(nonce, { madeMs: madeMs(nonce) ?? 0, highest });
      return 'good';
    },
  };

  function forgetOldest() {
    for (const [nonce, { madeMs: made }] of used) {
      if (clock.monoMs() - made > nonceLivesMs) used.delete(nonce);
    }
    if (used.size < maxNonces) return;
    const oldest = [...used].reduce((a, b) => (b[1].madeMs < a[1].madeMs ? b : a));
    used.delete(oldest[0]);
    forgottenMs = Math.max(forgottenMs, oldest[1].madeMs);
  }
}
