import type { PhaseName } from '../finding.ts';
import { fits, type Track } from './tracks.ts';

/** A charge that was alerted and whose power then went with one step. Plain JSON. */
export interface Gone {
  readonly minute: number;
  readonly sizeW: number;
  readonly phase: PhaseName | null;
}

/** The step down on one phase and the step up on the other are found within a minute of each other. */
const apartMin = 3;
const kept = 3;

/** Remembers what was alerted and is over. */
export function keepGone(gone: Gone[], one: Gone): void {
  gone.push(one);
  if (gone.length > kept) gone.shift();
}

/**
 * True where a track began when a charge of its size, alerted already, went from another phase: somebody swapped the phases.
 * It is the same charge, and nobody is alerted of it twice.
 */
export const isMoved = (
  gone: readonly Gone[],
  { minute, sizeW }: Pick<Track, 'minute' | 'sizeW'>,
  phase: PhaseName | undefined,
): boolean =>
  gone.some(
    (one) =>
      one.phase !== (phase ?? null) &&
      Math.abs(one.minute - minute) <= apartMin &&
      fits(one.sizeW, sizeW),
  );
