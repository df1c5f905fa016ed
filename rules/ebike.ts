import { type Bin, channelsOf, gather } from './ebike/bins.ts';
import { Config } from './ebike/config.ts';
import { end, judge } from './ebike/judge.ts';
import { behindOf } from './ebike/metering.ts';
import { latencyMin, open } from './ebike/opening.ts';
import { type ChannelState, type Emit, newChannel, type Place, type State } from './ebike/state.ts';
import { testStep } from './ebike/steps.ts';
import { closed, drifted, opened } from './ebike/tracks.ts';
import { rememberedMin, unrestSince } from './ebike/unrest.ts';
import type { PhaseName } from './finding.ts';
import { defineRule, type Subject } from './rule.ts';

const phaseNames: readonly PhaseName[] = ['l1', 'l2', 'l3'];
/** Harmonic / active power of a cheap charger: a bridge and a capacitor, THD about 120 %. */
const usualRatio = 1.15;
/** A meter that speaks less often than this says nothing about single charges: its points go to the watch list. */
const slowestS = 120;

/** Something charges that behaves as e-bike chargers do. A meter cannot see a cable: it suspects, people confirm. */
export const ebike = defineRule<Config, State>({
  id: 'load.ebike',
  title: { zh: '疑似电动车充电', en: 'Suspected e-bike charging' },
  scope: 'point',
  wants: ['power', 'tick'],
  config: Config,
  applies: (subject) =>
    subject.scope === 'point' &&
    ['building', 'room', 'common'].includes(subject.point.kind) &&
    subject.devices.some(({ intervalS }) => intervalS <= slowestS),
  initial: () => ({ lastMs: null, channels: [], nights: [] }),

  step(state, input, subject, config, emit) {
    if (input.kind === 'clock') state.lastMs = null;
    if (input.kind !== 'power' || subject.scope !== 'point') return;
    const { atMs } = input;
    if (state.lastMs !== null && atMs <= state.lastMs) return;
    state.lastMs = atMs;
    const channels = channelsOf(input);
    while (state.channels.length < channels.length) state.channels.push(newChannel());
    const least = leastSamples(subject.devices[0]?.intervalS ?? 60);
    for (let index = 0; index < channels.length; index += 1) {
      const [powerW, phase] = channels[index] ?? [0, undefined];
      const channel = state.channels[index];
      if (!channel) continue;
      const bin = gather(channel.gathering, atMs, powerW, phase, least);
      if (bin === null) continue;
      const place = placeOf(subject, channels.length, index);
      take(state, channel, bin, place, config, emit);
    }
  },
});

/** Half of the samples that a minute should have make it known. */
const leastSamples = (intervalS: number): number => Math.max(1, Math.floor(30 / intervalS));

function placeOf(
  subject: Extract<Subject, { scope: 'point' }>,
  channels: number,
  index: number,
): Place {
  return {
    title: subject.point.title,
    behind: behindOf(subject.point, channels),
    phase: channels === 3 ? phaseNames[index] : undefined,
    utcOffsetMin: subject.site.utcOffsetMs / 60_000,
  };
}

/** A minute is complete: short gaps are bridged, long ones end what was open. */
function take(
  state: State,
  channel: ChannelState,
  bin: Bin,
  place: Place,
  config: Config,
  emit: Emit,
): void {
  const { last } = channel;
  const whole = held(bin, channel);
  if (last !== null) {
    const missing = bin.minute - last.minute - 1;
    // Another signal is another curve: what was open cannot be followed on it.
    const other = (whole.harmonicVa !== null) !== channel.hasHarmonics;
    if (missing > config.gapMin || missing < 0 || other) {
      for (const track of channel.ledger.tracks) end(track, last.minute, 'unknown', place, emit);
      Object.assign(channel, { ...newChannel(), gathering: channel.gathering });
    } else {
      for (let i = 1; i <= missing; i += 1)
        minute(state, channel, { ...last, minute: last.minute + i }, place, config, emit);
    }
  }
  if (bin.harmonicVa !== null) channel.harmonicMinute = bin.minute;
  if (bin.nonActiveVa !== null) channel.factorMinute = bin.minute;
  channel.last = whole;
  channel.hasFactor = whole.nonActiveVa !== null;
  channel.hasHarmonics = whole.harmonicVa !== null;
  minute(state, channel, whole, place, config, emit);
}

/** Meters that are asked for their harmonics less often than for their power: the last value holds for a while. */
const holdMin = 10;

function held(bin: Bin, { last, harmonicMinute, factorMinute }: ChannelState): Bin {
  const recent = (minuteOf: number) => last !== null && bin.minute - minuteOf <= holdMin;
  return {
    ...bin,
    harmonicVa: bin.harmonicVa ?? (recent(harmonicMinute) ? (last?.harmonicVa ?? null) : null),
    nonActiveVa: bin.nonActiveVa ?? (recent(factorMinute) ? (last?.nonActiveVa ?? null) : null),
  };
}

function minute(
  state: State,
  channel: ChannelState,
  bin: Bin,
  place: Place,
  config: Config,
  emit: Emit,
): void {
  channel.spreads.push(bin.spreadW);
  if (channel.spreads.length > rememberedMin) channel.spreads.shift();
  const powerW = open(channel.power, bin.powerW);
  const nonActiveVa = bin.nonActiveVa === null ? null : open(channel.nonActive, bin.nonActiveVa);
  const harmonicVa = bin.harmonicVa === null ? null : open(channel.harmonic, bin.harmonicVa);
  if (powerW === null) return;
  const at = bin.minute - latencyMin;
  // A charger's harmonics stand out where its watts drown: few other lasting loads make any.
  const signalW = harmonicVa === null ? powerW : harmonicVa / usualRatio;
  const { step, slowW } = testStep(channel.test, {
    minute: at,
    signalW,
    powerW,
    nonActiveVa,
    harmonicVa,
  });
  drifted(channel.ledger, at, slowW);
  if (step && step.signalW > 0) {
    const track = opened(channel.ledger, step);
    if (track) track.restlessW = unrestSince(channel.spreads, bin.minute, step.minute);
  }
  if (step && step.signalW < 0) {
    const track = closed(channel.ledger, step);
    if (track) {
      judge(
        state,
        channel,
        track,
        { at: step.minute, now: bin.minute, ended: true },
        place,
        config,
        emit,
      );
      end(track, step.minute, track.fallenW > 0.4 * track.sizeW ? 'full' : 'off', place, emit);
    }
  }
  const { ledger } = channel;
  for (const track of ledger.tracks)
    judge(state, channel, track, { at, now: bin.minute, ended: false }, place, config, emit);
  ledger.tracks = ledger.tracks.filter((track) => {
    const full = track.fallenW > 0.93 * track.sizeW;
    const tooLong = at - track.minute > config.longestH * 60;
    if (full || tooLong) end(track, at, full ? 'full' : 'unknown', place, emit);
    return !full && !tooLong;
  });
}
