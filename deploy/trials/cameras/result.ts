import type { Measured } from '../bench/load.ts';
import type { Taken } from './push-load.ts';

/** Meters at the village's pace. */
export interface Calm {
  /** Without cameras. */
  readonly quiet: Measured;
  readonly paced: Measured;
  readonly pushes: Taken;
  readonly rssMb: number;
  readonly peakMb: number;
}

/** Meters in a closed loop. */
export interface Round {
  readonly alone: Measured;
  /** Cameras push to the gateway. */
  readonly beside: Measured;
  /** The same cameras push to a server that lets go of everything. */
  readonly control: Measured;
  readonly busy: Taken;
}

/** What one run of the trial saw. */
export interface Result {
  readonly atMs: number;
  readonly machine: string;
  /** Load average before anything of ours ran. */
  readonly busyBefore: number;
  readonly cameras: number;
  readonly pictureBytes: number;
  /** How long the cameras pushed beside meters at the village's pace. */
  readonly seconds: number;
  readonly calm: Calm;
  readonly rounds: readonly Round[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [below = Number.NaN, above = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? above : (below + above) / 2;
}

/** How much slower `of` was than `than`, round by round, percent. */
export const slowerPercent = (
  rounds: readonly Round[],
  of: 'beside' | 'control',
  than: 'alone' | 'control',
): number => median(rounds.map((one) => 100 * (1 - one[of].ackedPerS / one[than].ackedPerS)));

/** Processor time of the gateway for 100,000 readings, s; whatever else it did in that time is in it. */
export const cpuPer100k = (one: Measured): number => (one.cpuS / one.acked) * 100_000;

/** Processor time of the gateway for one push at the village's pace, ms. */
export function cpuOfPushMs({ calm: { quiet, paced, pushes }, seconds }: Result): number {
  const busy = paced.cpuS / paced.seconds - quiet.cpuS / quiet.seconds;
  return (1000 * busy) / (pushes.answered / seconds);
}
