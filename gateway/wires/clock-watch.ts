/** Listens to the clock of one device that puts its own time on what it measures. */
export interface ClockWatch {
  /** A reading's time minus the box's, ms; what is to be said of the device's clock now, ms, if anything. */
  note(skewMs: number): number | undefined;
}

/** It is looked at so often, ms. A heap of old readings among new ones is none: the nearest counts. */
export const watchEveryMs = 5 * 60_000;
/** Nothing is said of less, ms: networks and slow rounds make seconds. */
export const leastSkewMs = 20_000;

/** Says how wrong the clock is at the end of each span in which it was, and once when it is right again. */
export function watchClock(monoMs: () => number): ClockWatch {
  let fromMs = monoMs();
  let nearestMs: number | undefined;
  let isWrong = false;
  return {
    note(skewMs) {
      if (nearestMs === undefined || Math.abs(skewMs) < Math.abs(nearestMs)) nearestMs = skewMs;
      if (monoMs() - fromMs < watchEveryMs) return undefined;
      const said = nearestMs;
      fromMs = monoMs();
      nearestMs = undefined;
      const wasWrong = isWrong;
      isWrong = Math.abs(said) >= leastSkewMs;
      return isWrong || wasWrong ? said : undefined;
    },
  };
}
