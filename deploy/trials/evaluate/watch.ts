import { channelCount, gather, phaseOf, powerOf } from '../../../rules/ebike/bins.ts';
import { measure, names } from '../../../rules/ebike/evidence.ts';
import { type Follower, take } from '../../../rules/ebike/follow.ts';
import { shapeNames, shapeOf } from '../../../rules/ebike/shape.ts';
import { type ChannelState, newChannel } from '../../../rules/ebike/state.ts';
import type { EndKind, Track } from '../../../rules/ebike/tracks.ts';
import type { MeterPlace, TrueSession } from '../../../simulators/house/compose.ts';
import type { Metering } from '../../../simulators/house/house.ts';
import { asMetered, type Days, intervalS, utcOffsetMs } from './village.ts';

export interface Look {
  readonly ageMin: number;
  readonly values: Float64Array;
  readonly shape: Float64Array;
  /** True where somebody who went to look then would have found a charger at work there. */
  charging: boolean;
}

/** One track with the evidence of it as time went by. */
export interface Watched {
  readonly meter: string;
  readonly phase: number;
  readonly sinceMs: number;
  /** Minutes since the step, and the evidence then; the last one is that of its end. */
  readonly looks: Look[];
  truth: TrueSession | null;
}

/** Ages at which a track is looked at, min of the box's time: the first a rule may speak at, and later ones. */
const ages = [46, 60, 75, 90, 120, 150, 180, 240, 300, 360, 480, 600];
const limits = { gapMin: 3, longestH: 14 };
const dayMin = 1440;

/** Follows all channels of a house; `truth` of the tracks is filled in at the end. */
export function watch(
  days: Days,
  place: MeterPlace,
  meterings: readonly Metering[],
): ReadonlyMap<Metering, readonly Watched[]> {
  const all = new Map<Metering, Watched[]>(meterings.map((one) => [one, []]));
  const states = new Map<string, ChannelState>();
  const open = new Map<Track, Watched>();
  for (const reading of days.readings) {
    for (const metering of meterings) {
      const list = all.get(metering) ?? [];
      const measured = asMetered(reading, metering, place);
      const count = channelCount(measured);
      for (let phase = 0; phase < count; phase += 1) {
        const key = `${metering}/${reading.device}/${phase}`;
        let channel = states.get(key);
        if (!channel) {
          channel = newChannel();
          states.set(key, channel);
        }
        const bin = gather(
          channel.gathering,
          reading.atMs,
          powerOf(measured, count, phase),
          phaseOf(measured, count, phase),
          30 / intervalS,
        );
        if (bin) look(channel, bin, reading.device, phase, list, open, days);
      }
    }
  }
  const truth = days.truth();
  for (const list of all.values()) matchTruth(list, truth);
  return all;
}

function look(
  channel: ChannelState,
  bin: Parameters<typeof take>[1],
  meter: string,
  phase: number,
  list: Watched[],
  open: Map<Track, Watched>,
  { fromMs, toMs }: Days,
): void {
  const see = (track: Track, minute: number, now: number, how: EndKind | null) => {
    const ageMin = now - track.minute;
    const sinceMs = track.minute * 60_000;
    if (ageMin < 45 || sinceMs < fromMs || sinceMs >= toMs) return;
    let watched = open.get(track);
    if (!watched) {
      watched = { meter, phase, sinceMs, looks: [], truth: null };
      open.set(track, watched);
      list.push(watched);
    }
    const local = track.minute + utcOffsetMs / 60_000;
    const values = new Float64Array(names.length);
    const shape = new Float64Array(shapeNames.length);
    const circumstances = {
      minute,
      localMinute: local % dayMin,
      nights: 0,
      company: channel.ledger.tracks.length - (how === 'step' ? 0 : 1),
      ended: how,
    };
    measure(track, circumstances, values);
    shapeOf(track, circumstances, shape);
    watched.looks.push({ ageMin, values, shape, charging: false });
  };
  take(channel, bin, limits, seeing, { channel, see });
}

interface Seeing {
  readonly channel: ChannelState;
  see(track: Track, minute: number, now: number, how: EndKind | null): void;
}

const seeing: Follower<Seeing> = {
  looked({ channel, see }, at, now) {
    for (const track of channel.ledger.tracks)
      if (ages.includes(now - track.minute)) see(track, at, now, null);
  },
  ended: ({ see }, track, at, now, how) => see(track, at, now, how),
};

const startWithinMs = 10 * 60_000;

/** True where a charger is plugged in behind this meter and phase at `atMs`. */
export const isCharging = (
  truth: readonly TrueSession[],
  meter: string,
  phase: number,
  atMs: number,
): boolean =>
  truth.some(
    (one) => one.meter === meter && one.phase === phase && one.fromMs <= atMs && atMs <= one.toMs,
  );

/** Gives each charge to the track on its meter and phase that began nearest, within ten minutes; and tells each look what went on. */
export function matchTruth(list: readonly Watched[], truth: readonly TrueSession[]): void {
  const pairs = truth
    .flatMap((session) =>
      list
        .filter(
          ({ meter, phase, sinceMs }) =>
            meter === session.meter &&
            phase === session.phase &&
            Math.abs(sinceMs - session.fromMs) <= startWithinMs,
        )
        .map((track) => ({ session, track, off: Math.abs(track.sinceMs - session.fromMs) })),
    )
    .sort((a, b) => a.off - b.off);
  for (const { meter, phase, sinceMs, looks } of list)
    for (const look of looks)
      look.charging = isCharging(truth, meter, phase, sinceMs + look.ageMin * 60_000);
  const taken = new Set<TrueSession>();
  for (const { session, track } of pairs) {
    if (track.truth || taken.has(session)) continue;
    taken.add(session);
    track.truth = session;
  }
}
