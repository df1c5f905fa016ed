/** Where simulated time began, and how fast it runs. */
export interface SimulatedTime {
  /** Simulated wall time at the start, ms UTC. */
  readonly startMs: number;
  /** Real wall time at the start, ms UTC. */
  readonly realStartMs: number;
  /** 60: a minute a second. */
  readonly speed: number;
}

/** Simulated wall time at a real one. The demonstration's gateway and its village go by the same one. */
export const simulatedMs = (
  realMs: number,
  { startMs, realStartMs, speed }: SimulatedTime,
): number => startMs + (realMs - realStartMs) * speed;

const dayMs = 86_400_000;

/** The last time it was `hour` o'clock at the site, ms UTC. */
export function lastLocal(hour: number, nowMs: number, utcOffsetMs: number): number {
  const local = nowMs + utcOffsetMs;
  const today = Math.floor(local / dayMs) * dayMs + hour * 3_600_000;
  return (today > local ? today - dayMs : today) - utcOffsetMs;
}
