import type { PowerReading } from '../../drivers/reading.ts';
import type { CurveChannel, CurvePoint } from './contract.ts';

/** Readings sorted into at most `maxPoints` buckets of time: a phone draws no more, and loses no peak. */
export interface Buckets {
  add(reading: PowerReading): void;
  points(): readonly CurvePoint[];
}

export function createBuckets(
  channel: CurveChannel,
  fromMs: number,
  toMs: number,
  maxPoints: number,
): Buckets {
  const widthMs = Math.max(1, Math.ceil((toMs - fromMs + 1) / Math.max(1, maxPoints)));
  const size = Math.max(1, Math.ceil((toMs - fromMs + 1) / widthMs));
  const count = new Uint32Array(size);
  const sum = new Float64Array(size);
  const min = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const max = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  return {
    add(reading) {
      if (reading.atMs < fromMs || reading.atMs > toMs) return;
      const value = figureOf(reading, channel);
      if (value === undefined) return;
      const at = Math.floor((reading.atMs - fromMs) / widthMs);
      count[at] = (count[at] ?? 0) + 1;
      sum[at] = (sum[at] ?? 0) + value;
      if (value < (min[at] ?? 0)) min[at] = value;
      if (value > (max[at] ?? 0)) max[at] = value;
    },
    points() {
      const points: CurvePoint[] = [];
      for (let at = 0; at < size; at += 1) {
        const n = count[at] ?? 0;
        if (n === 0) continue;
        const mean = (sum[at] ?? 0) / n;
        points.push({
          atMs: fromMs + at * widthMs,
          min: min[at] ?? mean,
          mean,
          max: max[at] ?? mean,
          n,
        });
      }
      return points;
    },
  };
}

/** The figure of a channel; `currentA` is the highest phase. */
export function figureOf(reading: PowerReading, channel: CurveChannel): number | undefined {
  const { phases } = reading;
  switch (channel) {
    case 'powerW':
    case 'residualMa':
    case 'temperatureC':
      return reading[channel];
    case 'voltageV':
      return phases?.[0]?.voltageV;
    case 'l1A':
      return phases?.[0]?.currentA;
    case 'l2A':
      return phases?.[1]?.currentA;
    case 'l3A':
      return phases?.[2]?.currentA;
    case 'currentA': {
      let highest: number | undefined;
      for (const { currentA } of phases ?? []) {
        if (currentA !== undefined && (highest === undefined || currentA > highest))
          highest = currentA;
      }
      return highest;
    }
  }
}
