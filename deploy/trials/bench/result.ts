import type { Figures } from './candidates.ts';
import type { DataLife } from './data-life.ts';
import type { Measured } from './load.ts';
import { median } from './median.ts';
import type { NodeRedResult } from './node-red.ts';
import type { Run } from './plan.ts';

/** One measurement, done. */
export interface Result extends Run, Measured, Figures {
  /** From the start of the process to `ready`, ms. */
  readonly startMs: number;
  /** Acknowledged and not stored, ours only. */
  readonly lost?: number;
}

/** The gateway with nothing to do. */
export interface Idle {
  readonly rssMb: number;
  /** Share of one core, percent. */
  readonly cpuPercent: number;
  /** Median of the starts with an empty store, ms. */
  readonly startMs: number;
}

/** Which machine it was. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  readonly mosquitto: string;
  /** What one flush of its disk takes, median, ms. */
  readonly flushMs: number;
}

export interface Report {
  readonly date: string;
  readonly command: string;
  readonly machine: Machine;
  readonly idle: Idle;
  readonly results: readonly Result[];
  /** Absent where it was not run. */
  readonly dataLife?: DataLife;
  /** Absent where it was not run. */
  readonly nodeRed?: readonly NodeRedResult[];
}

export const shapeOf = ({ conns, window, rate }: Run): string =>
  rate > 0 ? `${rate}/s` : `${conns} × ${window}`;

/** Rounds of the same measurement as one: the median of every figure. */
export function condense(results: readonly Result[]): readonly Result[] {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const { part, name, windowMs, slowMs, readers } = result;
    const key = [part, name, shapeOf(result), windowMs, slowMs, readers].join();
    const group = groups.get(key);
    if (group) group.push(result);
    else groups.set(key, [result]);
  }
  return [...groups.values()].map((group) => {
    const [first] = group;
    const entries = Object.entries(first ?? {}).map(([key, value]) => {
      const values = group.map((one) => one[key as keyof Result]);
      return [key, typeof value === 'number' ? median(values as number[]) : value];
    });
    const lost = group.reduce((sum, one) => sum + (one.lost ?? 0), 0);
    return { ...Object.fromEntries(entries), ...(first?.name === 'gatehouse' ? { lost } : {}) };
  }) as Result[];
}
