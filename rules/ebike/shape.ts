import type { Circumstances } from './evidence.ts';
import type { Track } from './tracks.ts';

/** What the trees ask for, in the order of their numbers: what a track shows, uncut. Sizes and changes in W or as a share of its step. */
export const shapeNames = [
  'ageMin',
  'sizeW',
  'localMinute',
  'rise',
  'later',
  'wander',
  'fall',
  'fallAfterMin',
  'fallTookMin',
  'restless',
  'powerFactor',
  'squareFactor',
  'harmonicRatio',
  'repeats',
  'busy',
  'company',
  'endRatio',
  'ended',
  'edgeRatio',
  'edgeShare',
  'early',
  'above',
] as const;

/** Stands for what is not known (yet): less than anything that is. */
const unknown = -9;
const endings = { step: 1, full: 2, unknown: 3 } as const;

/** Sets `out` to the shape of `track`. */
export function shapeOf(track: Track, circumstances: Circumstances, out: Float64Array): void {
  const { minute, localMinute, company, ended } = circumstances;
  const { sizeW, fallingMinute, fallenMinute, restlessW, edge } = track;
  let at = 0;
  const next = (value: number | null) => {
    out[at] = value ?? unknown;
    at += 1;
  };
  next(minute - track.minute);
  next(sizeW);
  next(localMinute);
  next(track.riseW / sizeW);
  next(track.laterW / sizeW);
  next(track.wanderW / sizeW);
  next(track.fallenW / sizeW);
  next(fallingMinute === null ? null : fallingMinute - track.minute);
  next(fallingMinute === null || fallenMinute === null ? null : fallenMinute - fallingMinute);
  next(restlessW === null ? null : restlessW / sizeW);
  next(track.powerFactor);
  next(track.squareFactor);
  next(track.harmonicRatio);
  next(track.repeats);
  next(track.busy);
  next(company);
  next(track.endRatio);
  next(ended === null ? 0 : endings[ended]);
  next(edge.ratio);
  next(edge.share);
  next(edge.early);
  next(edge.above);
}
