import { missing } from '../missing.ts';
import { type Bin, heldMin, type Jump } from './bins.ts';
import { jumpAt, jumpsBesideMin, minutesOf } from './edge.ts';
import type { Channel } from './metering.ts';
import { latencyOf, newOpening, open, openingMin, valuesOf } from './opening.ts';
import { beginAnew, type ChannelState, type Signals } from './state.ts';
import { testStep } from './steps.ts';
import { closed, drifted, type EndKind, opened, type Track } from './tracks.ts';
import { rememberedMin, unrestSince } from './unrest.ts';

/** Who wants to know what becomes of the tracks. `at` is the minute up to which the signal is known, `now` the last one. */
export interface Follower<C> {
  /** A minute has passed: the open tracks may be looked at. */
  looked(context: C, at: number, now: number): void;
  ended(context: C, track: Track, minute: number, now: number, how: EndKind): void;
}

export interface FollowLimits {
  readonly gapMin: number;
  readonly longestH: number;
}

/** Harmonic / active power, and non-active / active power, of a cheap charger: THD about 120 %, power factor 0.6. */
const usualHarmonics = 1.15;
const usualNonActive = 1.3;
/** Where the opening is short a step is known before its unrest is: it is looked at again, min of its age. */
const unrestAges: readonly number[] = [16, 31];

/** What the channel can tell: its harmonics, its power factor, or power alone. */
export const kindOf = ({ hasHarmonics, hasFactor }: ChannelState): Channel =>
  hasHarmonics ? 'THD' : hasFactor ? 'PF' : 'P';

/** A minute is complete: short gaps are bridged, long ones end what was open. `context` is what `follower` wants to be told with. */
export function take<C>(
  channel: ChannelState,
  bin: Bin,
  limits: FollowLimits,
  follower: Follower<C>,
  context: C,
): void {
  const { last } = channel;
  const whole = held(bin, channel);
  if (last !== null) {
    const missing = bin.minute - last.minute - 1;
    // Another signal is another curve: what was open cannot be followed on it.
    const isOther =
      (whole.harmonicVa !== null) !== channel.hasHarmonics ||
      (whole.nonActiveVa !== null) !== channel.hasFactor;
    if (missing > limits.gapMin || missing < 0 || isOther) {
      for (const track of channel.ledger.tracks)
        follower.ended(context, track, last.minute, Math.max(last.minute, bin.minute), 'unknown');
      beginAnew(channel);
    } else {
      for (let i = 1; i <= missing; i += 1)
        minute(
          channel,
          { ...last, minute: last.minute + i, jump: null },
          limits,
          follower,
          context,
        );
    }
  }
  if (bin.harmonicVa !== null) channel.harmonicMinute = bin.minute;
  if (bin.nonActiveVa !== null) channel.factorMinute = bin.minute;
  channel.last = whole;
  channel.hasFactor = whole.nonActiveVa !== null;
  channel.hasHarmonics = whole.harmonicVa !== null;
  minute(channel, whole, limits, follower, context);
}

function held(bin: Bin, { last, harmonicMinute, factorMinute }: ChannelState): Bin {
  if (last === null || (bin.harmonicVa !== null && bin.nonActiveVa !== null)) return bin;
  const recent = (minuteOf: number) => bin.minute - minuteOf <= heldMin;
  const harmonicVa = bin.harmonicVa ?? (recent(harmonicMinute) ? last.harmonicVa : null);
  const nonActiveVa = bin.nonActiveVa ?? (recent(factorMinute) ? last.nonActiveVa : null);
  if (harmonicVa === bin.harmonicVa && nonActiveVa === bin.nonActiveVa) return bin;
  // What jumped in a minute that told no harmonics were watts.
  const jump = harmonicVa === bin.harmonicVa ? bin.jump : null;
  return { ...bin, harmonicVa, nonActiveVa, jump };
}

function minute<C>(
  channel: ChannelState,
  bin: Bin,
  limits: FollowLimits,
  follower: Follower<C>,
  context: C,
): void {
  channel.spreads[bin.minute % rememberedMin] = bin.spreadW ?? missing;
  channel.signals ??= signalsFrom(bin);
  const { power, nonActive, harmonic } = channel.signals;
  if (channel.jumps.length === 0)
    channel.jumps = new Array<Jump | null>(latencyOf(power) + jumpsBesideMin).fill(null);
  channel.jumps[bin.minute % channel.jumps.length] = bin.jump;
  const powerW = open(power, bin.powerW);
  const nonActiveVa =
    nonActive && bin.nonActiveVa !== null ? open(nonActive, bin.nonActiveVa) : null;
  const harmonicVa = harmonic && bin.harmonicVa !== null ? open(harmonic, bin.harmonicVa) : null;
  const at = bin.minute - latencyOf(power);
  // What a charger draws beside its watts stands out where the watts drown: few other lasting loads make any.
  const [signal, scale] =
    harmonicVa !== null
      ? [harmonicVa, usualHarmonics]
      : nonActiveVa !== null
        ? [nonActiveVa, usualNonActive]
        : [powerW, 1];
  const signalW = signal / scale;
  const { step, slowW } = testStep(channel.test, [
    at,
    hundredth(signalW),
    powerW,
    nonActiveVa ?? missing,
    harmonicVa ?? missing,
  ]);
  const { ledger } = channel;
  drifted(ledger, at, slowW);
  for (const track of ledger.tracks)
    if (unrestAges.includes(bin.minute - track.minute))
      track.restlessW = unrestSince(channel.spreads, bin.minute, track.minute) ?? track.restlessW;
  if (step && step.signalW > 0) {
    const track = opened(ledger, step);
    if (track) {
      track.restlessW = unrestSince(channel.spreads, bin.minute, step.minute);
      // Jumps are of harmonics or of watts, never of the non-active power.
      const jumpScale = harmonicVa === null ? 1 : usualHarmonics;
      const opening = (harmonicVa === null ? nonActive : harmonic) ?? power;
      track.edge = {
        ...jumpAt(channel.jumps, bin.minute, track, jumpScale),
        ...minutesOf(valuesOf(opening), scale, signalW, track.sizeW),
      };
    }
  }
  if (step && step.signalW < 0) {
    const track = closed(ledger, step);
    if (track) follower.ended(context, track, step.minute, bin.minute, 'step');
  }
  follower.looked(context, at, bin.minute);
  const { longestH } = limits;
  if (!ledger.tracks.some((track) => isOver(track, at, longestH))) return;
  ledger.tracks = ledger.tracks.filter((track) => {
    const over = isOver(track, at, longestH);
    if (over) follower.ended(context, track, at, bin.minute, isFull(track) ? 'full' : 'unknown');
    return !over;
  });
}

const isFull = ({ fallenW, sizeW }: Track): boolean => fallenW > 0.93 * sizeW;

const isOver = (track: Track, at: number, longestH: number): boolean =>
  isFull(track) || at - track.minute > longestH * 60;

/** Short in a checkpoint. */
const hundredth = (value: number): number => Math.round(value * 100) / 100;

function signalsFrom({ powerW, nonActiveVa, harmonicVa }: Bin): Signals {
  // All alike, so that a step is at the same minute in each.
  const minutes =
    harmonicVa !== null
      ? openingMin.harmonic
      : nonActiveVa !== null
        ? openingMin.nonActive
        : openingMin.power;
  return {
    power: newOpening(powerW, minutes),
    nonActive: nonActiveVa === null ? null : newOpening(nonActiveVa, minutes),
    harmonic: harmonicVa === null ? null : newOpening(harmonicVa, minutes),
  };
}
