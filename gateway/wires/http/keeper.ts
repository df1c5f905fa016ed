/** Bytes that are kept, up to a limit; in one piece, so that a million scraps cost no more than one text. */
export interface Keeper {
  /** Takes what there is room for. */
  keep(bytes: Buffer): void;
  held(): number;
  clear(): void;
  /** What is kept; the caller's own. */
  bytes(): Buffer;
}

const firstBytes = 1024;

export function createKeeper(maxBytes: number): Keeper {
  let kept = Buffer.alloc(0);
  let held = 0;
  return {
    keep(bytes) {
      const taken = Math.min(bytes.length, maxBytes - held);
      if (taken <= 0) return;
      if (held + taken > kept.length) {
        const larger = Math.max(firstBytes, kept.length * 2, held + taken);
        const next = Buffer.allocUnsafeSlow(Math.min(maxBytes, larger));
        kept.copy(next, 0, 0, held);
        kept = next;
      }
      bytes.copy(kept, held, 0, taken);
      held += taken;
    },
    held: () => held,
    clear() {
      held = 0;
    },
    bytes: () => Buffer.from(kept.subarray(0, held)),
  };
}
