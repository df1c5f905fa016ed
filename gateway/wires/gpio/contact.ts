export type Level = 0 | 1;

/** A contact that bounces: a level counts once it has held. Pure; time is handed in, monotonic, ms. */
export interface Contact {
  /** The line is at `level`; `edge` where it has moved since, though it may be back at the same level. */
  see(level: Level, atMs: number, edge: boolean): void;
  /** The level that counts from now on, if it is another one than before. */
  settle(atMs: number): Level | null;
  /** When `settle` is worth asking; null while nothing is pending. */
  dueMs(): number | null;
  settled(): Level | null;
  /** Movements that did not hold. */
  bounces(): number;
}

/** A debounce of our own: that of onoff outlives its line, and ends the process then. */
export function createContact(holdMs: number): Contact {
  let settled: Level | null = null;
  let seen: Level | null = null;
  let sinceMs = 0;
  let moving = false;
  let bounces = 0;
  return {
    see(level, atMs, edge) {
      if (level === seen && !edge) return;
      if (moving) bounces += 1;
      seen = level;
      sinceMs = atMs;
      moving = true;
    },
    settle(atMs) {
      if (!moving || atMs - sinceMs < holdMs) return null;
      moving = false;
      if (seen === settled) {
        bounces += 1;
        return null;
      }
      settled = seen;
      return settled;
    },
    dueMs: () => (moving ? sinceMs + holdMs : null),
    settled: () => settled,
    bounces: () => bounces,
  };
}
