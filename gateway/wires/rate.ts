/** How often something happened lately. */
export interface Rate {
  note(): void;
  /** A minute, to one digit behind the point; 0 when nothing came for ten minutes. */
  perMinute(): number;
}

/** Counted in halves of this window, ms: two numbers a device, however fast it speaks. */
const halfMs = 5 * 60_000;

/** By the monotonic clock, so that a clock that is set makes nobody faster. */
export function createRate(monoMs: () => number): Rate {
  let halfFromMs = monoMs();
  let before: number | null = null;
  let now = 0;
  const roll = () => {
    const halves = Math.floor((monoMs() - halfFromMs) / halfMs);
    if (halves === 0) return;
    before = halves === 1 ? now : 0;
    now = 0;
    halfFromMs += halves * halfMs;
  };
  return {
    note() {
      roll();
      now += 1;
    },
    perMinute() {
      roll();
      const sinceMs = monoMs() - halfFromMs;
      // In the first five minutes there is no half before; a second is the least that a rate is told from.
      const count = before === null ? now : now + before * (1 - sinceMs / halfMs);
      const windowMs = before === null ? Math.max(1000, sinceMs) : halfMs;
      return Math.round((count * 600_000) / windowMs) / 10;
    },
  };
}
