import type { CandidateName } from './candidates.ts';
import type { Shape } from './load.ts';

/** One measurement: what is loaded, how, and on which disk. */
export interface Run extends Shape {
  readonly part: Part;
  readonly name: CandidateName;
  /** How long a commit may gather, ms. */
  readonly windowMs: number;
  /** By how much flushes are slowed, ms. */
  readonly slowMs: number;
  readonly seconds: number;
}

/** Which table a measurement belongs to. */
export type Part = 'throughput' | 'slow' | 'latency' | 'bytes' | 'reader' | 'stalled';
export type Form = 'short' | 'normal' | 'full';

const forms = {
  short: { rounds: 1, seconds: 3, bytesS: 8, slow: [20] },
  normal: { rounds: 3, seconds: 5, bytesS: 30, slow: [20, 50] },
  full: { rounds: 5, seconds: 8, bytesS: 60, slow: [20, 50] },
} as const;

const closed = [
  { conns: 50, window: 8 },
  { conns: 473, window: 1 },
  { conns: 473, window: 8 },
].map((shape) => ({ ...shape, rate: 0, readers: 0 }));
/** The window that stands in the configuration where nobody sets it. */
const defaultWindowMs = 10;

/** All measurements of a form, candidates interleaved: what disturbs the machine disturbs them alike. */
export function planOf(form: Form): readonly Run[] {
  const { rounds, seconds, bytesS, slow } = forms[form];
  const ours = { name: 'gatehouse', windowMs: defaultWindowMs, slowMs: 0, seconds } as const;
  const runs: Run[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const shape of closed) {
      for (const name of ['aedes', 'gatehouse', 'mosquitto'] as const)
        runs.push({ ...ours, ...shape, part: 'throughput', name });
    }
    for (const name of ['aedes', 'gatehouse', 'mosquitto'] as const)
      runs.push({ ...ours, part: 'reader', conns: 50, window: 8, rate: 0, readers: 1, name });
  }
  for (const slowMs of slow) {
    for (const shape of closed) runs.push({ ...ours, ...shape, part: 'slow', windowMs: 0, slowMs });
  }
  for (const slowMs of [0, ...slow]) {
    for (const rate of [473, 4730]) {
      const shape = { conns: 473, window: 64, rate, readers: 0 };
      runs.push({ ...ours, ...shape, part: 'latency', windowMs: 0, slowMs });
    }
  }
  for (const rate of [473, 4730]) {
    const shape = { conns: 473, window: 64, rate, readers: 0 };
    runs.push({ ...ours, ...shape, part: 'latency', name: 'aedes' });
  }
  for (const windowMs of [1000, 100, defaultWindowMs]) {
    const shape = { conns: 473, window: 64, rate: 473, readers: 0 };
    runs.push({ ...ours, ...shape, part: 'bytes', windowMs, seconds: bytesS });
  }
  runs.push({
    ...ours,
    part: 'stalled',
    conns: 473,
    window: 1000,
    rate: 0,
    readers: 0,
    slowMs: 5000,
  });
  return runs;
}
