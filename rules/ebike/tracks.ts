import { type Edge, noEdge } from './edge.ts';
import { leastStepW, type Step } from './steps.ts';

/** How a track ended: by a step, by a fall to nothing, or nobody knows. */
export type EndKind = 'step' | 'full' | 'unknown';

/** Something that was switched on and may be a charger. Minutes are absolute. Plain JSON. */
export interface Track {
  readonly minute: number;
  readonly sizeW: number;
  /** Power factor of the step itself; null where the meter does not tell. */
  readonly powerFactor: number | null;
  /** The same, were its non-active power at right angles to what ran before. */
  readonly squareFactor: number | null;
  /** Harmonic power / active power of the step, -1 where the active power did not rise; null where the meter does not tell. */
  readonly harmonicRatio: number | null;
  /** Slow change in minutes 9 to 54 and 54 to 114, W. */
  riseW: number;
  laterW: number;
  /** Sum of all slow changes in minutes 9 to 54, up or down, W. */
  wanderW: number;
  /** Slow fall since its height, W; and when it began. */
  fallenW: number;
  fallingMinute: number | null;
  /** When it had lost 45 %. */
  fallenMinute: number | null;
  /** Its last step / its first one; null while it is on, or where no step ended it. */
  endRatio: number | null;
  /** How much the power moves within a minute more than before it was switched on, W; null where nobody can tell. */
  restlessW: number | null;
  /** What the samples and minutes around its start show. */
  edge: Edge;
  /** Steps of the same size within four hours before. */
  readonly repeats: number;
  /** Other steps up within the hour before, at most four. */
  readonly busy: number;
  /** Highest level told so far: 0 none, 1 possible, 2 probable, 3 confirmed. */
  told: 0 | 1 | 2 | 3;
  /** Severity told with it. */
  severity: string;
}

/** Loads that are on, and what was seen before. Plain JSON. */
export interface Ledger {
  tracks: Track[];
  /** Other loads that are on: size and minute, so that their end is not taken for a charger's. */
  others: Array<[sizeW: number, minute: number]>;
  /** Sizes and minutes of the last steps up. */
  recent: Array<[sizeW: number, minute: number]>;
}

export const newLedger = (): Ledger => ({ tracks: [], others: [], recent: [] });

export const smallestW = 55;
export const largestW = 800;
/** Bounds of the state: about 4 KB of JSON for a channel at the worst. */
const maxOpen = 6;
const maxOthers = 10;
const maxRecent = 12;
const sameSize = 0.12;
const repeatWithinMin = 240;

/** A tenth of a watt: slow changes are small, and a checkpoint is kept short. */
const tenth = (value: number): number => Math.round(value * 10) / 10;

const thousandth = (value: number): number => Math.round(value * 1000) / 1000;

/** A step up opens a track, where its size may be a charger's or two. Returns it. */
export function opened(ledger: Ledger, step: Step): Track | null {
  const { minute, signalW: powerW, nonActiveVa, squareVa, harmonicVa } = step;
  const repeats = ledger.recent.filter(
    ([sizeW, at]) =>
      minute - at <= repeatWithinMin && Math.abs(sizeW - powerW) <= sameSize * powerW,
  ).length;
  const busy = ledger.recent.filter(([, at]) => minute - at <= 60).length;
  ledger.recent.push([Math.round(powerW), minute]);
  if (ledger.recent.length > maxRecent) ledger.recent.shift();
  if (powerW < smallestW || powerW > largestW) {
    ledger.others.push([Math.round(powerW), minute]);
    if (ledger.others.length > maxOthers) ledger.others.shift();
    return null;
  }
  const track: Track = {
    minute,
    sizeW: tenth(powerW),
    powerFactor: nonActiveVa === null ? null : factorOf(step.powerW, nonActiveVa),
    squareFactor: squareVa === null ? null : factorOf(step.powerW, squareVa),
    harmonicRatio:
      harmonicVa === null
        ? null
        : step.powerW > 5
          ? thousandth(Math.max(0, harmonicVa) / step.powerW)
          : -1,
    riseW: 0,
    laterW: 0,
    wanderW: 0,
    fallenW: 0,
    fallingMinute: null,
    fallenMinute: null,
    endRatio: null,
    restlessW: null,
    edge: noEdge,
    repeats: Math.min(3, repeats),
    busy: Math.min(4, busy),
    told: 0,
    severity: '',
  };
  ledger.tracks.push(track);
  if (ledger.tracks.length > maxOpen) ledger.tracks.shift();
  return track;
}

/** Power factor of a step; 0 where the active power did not rise. */
const factorOf = (activeW: number, nonActiveVa: number): number =>
  activeW <= 0 ? 0 : thousandth(activeW / Math.hypot(activeW, Math.max(0, nonActiveVa)));

/** True where a step may be the end of a load of this size, W. */
export const fits = (expectedW: number, sizeW: number): boolean =>
  Math.abs(expectedW - sizeW) <= Math.max(18, 0.18 * expectedW);

/** A step down ends the open load whose size is closest, also with the rise of a battery. Returns a track if it was one. */
export function closed(ledger: Ledger, step: Step): Track | null {
  const size = -step.signalW;
  let best: { readonly off: number; readonly track: number; readonly other: number } | null = null;
  const consider = (expectedW: number, track: number, other: number) => {
    const off = Math.abs(expectedW - size);
    if (fits(expectedW, size) && (best === null || off < best.off)) best = { off, track, other };
  };
  for (const [index, { sizeW, riseW, fallenW }] of ledger.tracks.entries()) {
    const now = Math.max(0, sizeW + Math.max(0, riseW) - fallenW);
    for (const expectedW of [sizeW, sizeW * 1.1, now]) consider(expectedW, index, -1);
  }
  for (const [index, [sizeW]] of ledger.others.entries()) consider(sizeW, -1, index);
  const found = best as { readonly track: number; readonly other: number } | null;
  if (found === null) return null;
  if (found.other >= 0) {
    ledger.others.splice(found.other, 1);
    return null;
  }
  const [track] = ledger.tracks.splice(found.track, 1);
  if (!track) return null;
  // It went with its full size: what was taken for its fall was another's.
  if (track.fallenW > 0.2 * track.sizeW && size > 0.85 * track.sizeW) {
    handOver(ledger, track.fallenW, track.fallingMinute ?? step.minute);
    track.fallenW = 0;
    track.fallingMinute = null;
    track.fallenMinute = null;
  }
  track.endRatio = thousandth(size / track.sizeW);
  return track;
}

function handOver(ledger: Ledger, fallenW: number, sinceMinute: number): void {
  let left = fallenW;
  for (const track of ledger.tracks) {
    if (left <= 0) return;
    if (sinceMinute - track.minute < 30) continue;
    const takes = Math.min(left, Math.max(0, 1.15 * track.sizeW - track.fallenW));
    track.fallenW = tenth(track.fallenW + takes);
    if (track.fallenW > 0.1 * track.sizeW) track.fallingMinute ??= sinceMinute;
    left -= takes;
  }
}

/** A slow change of one minute: a rise goes to young tracks, a fall to the oldest that has not lost all of its size. */
export function drifted(ledger: Ledger, minute: number, slowW: number): void {
  if (slowW === 0) return;
  for (const track of ledger.tracks) {
    const age = minute - track.minute;
    if (age >= 9 && age <= 54) {
      track.riseW = tenth(track.riseW + slowW);
      track.wanderW = tenth(track.wanderW + Math.abs(slowW));
    }
    if (age > 54 && age <= 114) track.laterW = tenth(track.laterW + slowW);
  }
  for (const track of ledger.tracks) {
    const age = minute - track.minute;
    if (age < 30) continue;
    if (slowW > 0) {
      // What rises again was no battery's end: the fall is taken back.
      track.fallenW = tenth(Math.max(0, track.fallenW - slowW));
      if (track.fallenW < 0.05 * track.sizeW) track.fallingMinute = null;
      if (track.fallenW < 0.45 * track.sizeW) track.fallenMinute = null;
      continue;
    }
    if (track.fallenW >= 1.15 * track.sizeW) continue;
    track.fallenW = tenth(track.fallenW - slowW);
    if (track.fallenW > 0.1 * track.sizeW) track.fallingMinute ??= minute;
    if (track.fallenW >= 0.45 * track.sizeW) track.fallenMinute ??= minute;
    return;
  }
}

/** How many chargers a step of this size may be. */
export const countOf = (sizeW: number): number =>
  sizeW > 500 ? Math.max(2, Math.round(sizeW / 190)) : 1;

export { leastStepW };
