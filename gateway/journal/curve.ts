import type { PowerReading } from '../../drivers/reading.ts';
import type { CurveChannel, CurvePoint } from './contract.ts';
import type { Folding } from './fold-hour.ts';
import type { HourFigures } from './hour.ts';

/** Figures sorted into at most `maxPoints` buckets of time: a phone draws no more, and loses no peak. */
export interface Buckets extends Folding {
  add(atMs: number, value: number): void;
  /** Adds figures of rising times. */
  addRising(figures: HourFigures): void;
  /** Adds what was summed up before. */
  merge(atMs: number, figure: Omit<CurvePoint, 'atMs'>): void;
  points(): readonly CurvePoint[];
}

export function createBuckets(fromMs: number, toMs: number, maxPoints: number): Buckets {
  const widthMs = Math.max(1, Math.ceil((toMs - fromMs + 1) / Math.max(1, maxPoints)));
  const size = Math.max(1, Math.ceil((toMs - fromMs + 1) / widthMs));
  const count = new Uint32Array(size);
  const sum = new Float64Array(size);
  const min = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const max = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  const put = (atMs: number, n: number, low: number, total: number, high: number) => {
    if (atMs < fromMs || atMs > toMs) return;
    const at = Math.floor((atMs - fromMs) / widthMs);
    count[at] = (count[at] as number) + n;
    sum[at] = (sum[at] as number) + total;
    if (low < (min[at] as number)) min[at] = low;
    if (high > (max[at] as number)) max[at] = high;
  };
  return {
    fromMs,
    toMs,
    widthMs,
    put,
    add: (atMs, value) => put(atMs, 1, value, value, value),
    addRising({ n, times, values, scale }) {
      let i = 0;
      while (i < n && (times[i] as number) < fromMs) i += 1;
      // Of a day of seconds 86 figures fall into one bucket: they are summed up before it is looked for.
      while (i < n && (times[i] as number) <= toMs) {
        const firstMs = times[i] as number;
        const endMs = fromMs + (Math.floor((firstMs - fromMs) / widthMs) + 1) * widthMs;
        const first = i;
        let [low, total, high] = [Number.POSITIVE_INFINITY, 0, Number.NEGATIVE_INFINITY];
        for (; i < n; i += 1) {
          const atMs = times[i] as number;
          if (atMs >= endMs || atMs > toMs) break;
          const value = values[i] as number;
          total += value;
          if (value < low) low = value;
          if (value > high) high = value;
        }
        // Dividing keeps the order, so the lowest and the highest are what they were, to the last bit.
        put(firstMs, i - first, low / scale, total / scale, high / scale);
      }
    },
    merge: (atMs, { n, min: low, mean, max: high }) => put(atMs, n, low, mean * n, high),
    points() {
      const points: CurvePoint[] = [];
      for (let at = 0; at < size; at += 1) {
        const n = count[at] as number;
        if (n === 0) continue;
        points.push({
          atMs: fromMs + at * widthMs,
          min: min[at] as number,
          mean: (sum[at] as number) / n,
          max: max[at] as number,
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
