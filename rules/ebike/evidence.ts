import { countOf, type EndKind, type Track } from './tracks.ts';

/**
 * Pieces of evidence, in the order of the weights. Of those that begin with the same word and differ in their
 * number at most one holds; the numbers are lower edges: hours of the day, W, per cent, or a ratio.
 */
export const names = [
  'start',
  'hour16',
  'hour2',
  'hour10',
  'hour15',
  'hour22',
  'size55',
  'size75',
  'size100',
  'size135',
  'size215',
  'size330',
  'size500',
  'hours',
  'hoursLong',
  'rise-99',
  'rise-15',
  'rise-3',
  'rise1',
  'rise4',
  'rise12',
  'rise30',
  'wander0',
  'wander10',
  'wander25',
  'wander50',
  'later-99',
  'later-10',
  'later1',
  'later8',
  'fall20',
  'fall45',
  'fallEarly',
  'fallFast',
  'fallSlow',
  'noFall5h',
  'noFall8h',
  'restless0',
  'restless0.5',
  'restless1',
  'restless2',
  'restless4',
  'restless8',
  'factor0',
  'factor0.48',
  'factor0.62',
  'factor0.74',
  'factor0.86',
  'square0',
  'square0.48',
  'square0.62',
  'square0.74',
  'square0.86',
  'ratio0',
  'ratio0.3',
  'ratio0.6',
  'ratio0.9',
  'ratio1.4',
  'ratioOdd',
  'repeats',
  'busy',
  'company',
  'endsAtOnce',
  'endsFallen',
  'endsFull',
  'end0',
  'end0.92',
  'end1.03',
  'end1.15',
  'nights',
] as const;
export type Name = (typeof names)[number];

const at = Object.fromEntries(names.map((name, index) => [name, index])) as Record<Name, number>;

export interface Circumstances {
  /** The minute up to which the opened signal is known. */
  readonly minute: number;
  /** Local minute of the day at which it was switched on. */
  readonly localMinute: number;
  /** Nights of the last seven with a suspicion at this hour. */
  readonly nights: number;
  /** Other tracks that are open now. */
  readonly company: number;
  /** How it ended; null while it goes on. */
  readonly ended: EndKind | null;
}

/** Lower edges in rising order, and the place of each in the evidence. */
interface Edges {
  readonly from: readonly number[];
  readonly places: readonly number[];
}

const edgesOf = (edges: readonly (readonly [from: number, name: Name])[]): Edges => ({
  from: edges.map(([from]) => from),
  places: edges.map(([, name]) => at[name]),
});

const none = -1;

/** The place of the highest edge that `value` reaches; -1 below the first. */
function edge(value: number, { from, places }: Edges): number {
  let reached = 0;
  while (reached < from.length && value >= (from[reached] ?? 0)) reached += 1;
  return places[reached - 1] ?? none;
}

const sizes = edgesOf([
  [0, 'size55'],
  [75, 'size75'],
  [100, 'size100'],
  [135, 'size135'],
  [215, 'size215'],
  [330, 'size330'],
]);
const rises = edgesOf([
  [-1e9, 'rise-99'],
  [-15, 'rise-15'],
  [-3, 'rise-3'],
  [1, 'rise1'],
  [4, 'rise4'],
  [12, 'rise12'],
  [30, 'rise30'],
]);
const laters = edgesOf([
  [-1e9, 'later-99'],
  [-10, 'later-10'],
  [1, 'later1'],
  [8, 'later8'],
]);
const wanders = edgesOf([
  [0, 'wander0'],
  [10, 'wander10'],
  [25, 'wander25'],
  [50, 'wander50'],
]);
const ends = edgesOf([
  [0, 'end0'],
  [0.92, 'end0.92'],
  [1.03, 'end1.03'],
  [1.15, 'end1.15'],
]);
const unrests = edgesOf([
  [0, 'restless0'],
  [0.5, 'restless0.5'],
  [1, 'restless1'],
  [2, 'restless2'],
  [4, 'restless4'],
  [8, 'restless8'],
]);
const factors = edgesOf([
  [0, 'factor0'],
  [0.48, 'factor0.48'],
  [0.62, 'factor0.62'],
  [0.74, 'factor0.74'],
  [0.86, 'factor0.86'],
]);
const squares = edgesOf([
  [0, 'square0'],
  [0.48, 'square0.48'],
  [0.62, 'square0.62'],
  [0.74, 'square0.74'],
  [0.86, 'square0.86'],
]);
const ratios = edgesOf([
  [0, 'ratio0'],
  [0.3, 'ratio0.3'],
  [0.6, 'ratio0.6'],
  [0.9, 'ratio0.9'],
  [1.4, 'ratio1.4'],
]);

/** Sets `out` to how much of each piece of evidence `track` shows: 0 or 1, hours, or a count. */
export function measure(track: Track, circumstances: Circumstances, out: Float64Array): void {
  const { minute, localMinute, nights, company, ended } = circumstances;
  out.fill(0);
  const set = (place: number, value = 1) => {
    if (place !== none) out[place] = value;
  };
  set(at.start);
  const hour = localMinute / 60;
  if (hour < 2 || hour >= 22) set(at.hour22);
  else if (hour < 10) set(at.hour2);
  else if (hour < 15) set(at.hour10);
  else set(hour < 16.5 ? at.hour15 : at.hour16);

  const { sizeW } = track;
  const count = countOf(sizeW);
  set(count > 1 ? at.size500 : edge(sizeW, sizes));

  const ageMin = minute - track.minute;
  set(at.hours, Math.min(3, Math.max(0, (ageMin - 45) / 60)));
  set(at.hoursLong, Math.min(5, Math.max(0, (ageMin - 225) / 60)));
  if (ageMin >= 54) {
    set(edge((100 * track.riseW) / sizeW, rises));
    set(edge((100 * track.wanderW) / sizeW, wanders));
  }
  if (ageMin >= 114) set(edge((100 * track.laterW) / sizeW, laters));

  const fall = (100 * track.fallenW) / sizeW;
  const early = track.fallingMinute !== null && track.fallingMinute - track.minute < 60;
  if (fall >= 45) {
    set(early ? at.fallEarly : at.fall45);
    if (track.fallingMinute !== null && track.fallenMinute !== null) {
      const took = track.fallenMinute - track.fallingMinute;
      if (took < 12) set(at.fallFast);
      else if (took > 90) set(at.fallSlow);
    }
  } else if (fall >= 20) set(at.fall20);
  else if (ageMin > 480) set(at.noFall8h);
  else if (ageMin > 300) set(at.noFall5h);

  if (track.restlessW !== null) set(edge((100 * track.restlessW) / sizeW, unrests));
  if (track.powerFactor !== null) set(edge(track.powerFactor, factors));
  if (track.squareFactor !== null) set(edge(track.squareFactor, squares));
  const { harmonicRatio } = track;
  if (harmonicRatio !== null)
    set(harmonicRatio < 0 || harmonicRatio > 2.5 ? at.ratioOdd : edge(harmonicRatio, ratios));

  set(at.repeats, track.repeats);
  set(at.busy, track.busy);
  set(at.company, Math.min(3, company));
  if (ended === 'full') set(at.endsFull);
  else if (ended === 'step') set(fall < 20 ? at.endsAtOnce : at.endsFallen);
  if (track.endRatio !== null) set(edge(track.endRatio, ends));
  if (nights >= 3) set(at.nights);
}

export function scoreOf(values: Float64Array, weights: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += (values[i] ?? 0) * (weights[i] ?? 0);
  return sum;
}
