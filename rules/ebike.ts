import { z } from 'zod';
import { type Bin, channelsOf, type Gathering, gather, newGathering } from './ebike/bins.ts';
import { alternativesOf, type Reason, reasonsOf, scoreOf, spell } from './ebike/evidence.ts';
import { type Behind, behindOf, type Channel, mayAlert } from './ebike/metering.ts';
import { latencyMin, newOpening, type Opening, open } from './ebike/opening.ts';
import { newStepTest, type StepTest, testStep } from './ebike/steps.ts';
import {
  closed,
  countOf,
  drifted,
  type Ledger,
  newLedger,
  opened,
  type Track,
} from './ebike/tracks.ts';
import { rememberedMin, unrestSince } from './ebike/unrest.ts';
import { chargingText, endedText } from './ebike/words.ts';
import type { Level, PhaseName, Severity } from './finding.ts';
import { type Draft, defineRule, type Subject } from './rule.ts';

const weight = z.number().min(-10).max(10);

/** Weights in log-odds; docs/evaluation.md says how good they are. */
const Config = z.strictObject({
  possible: weight.default(0).describe('Score from which it is possible (50 %).'),
  probable: weight.default(1.5).describe('Score from which it is probable (82 %).'),
  confirmed: weight.default(3).describe('Score from which the curve leaves little doubt (95 %).'),
  leastMin: z
    .number()
    .min(30)
    .max(240)
    .default(45)
    .describe('Nothing is said before it has lasted so long, min.'),
  longestH: z.number().min(2).max(48).default(14).describe('What lasts longer is no charge, h.'),
  gapMin: z
    .number()
    .min(1)
    .max(60)
    .default(3)
    .describe('Gaps up to this are bridged with the last value, min.'),
  nightFromH: z.number().min(0).max(24).default(22),
  nightToH: z.number().min(0).max(24).default(6),
  weights: z
    .strictObject({
      start: weight.default(-0.8),
      evening: weight.default(0.6),
      otherHour: weight.default(-0.4),
      usualSize: weight.default(0.4),
      unusualSize: weight.default(-0.2),
      eachHour: weight.default(0.4),
      mostHours: weight.default(1.2),
      rises: weight.default(0.8),
      jumps: weight.default(-0.4),
      falls: weight.default(1.8),
      neverFalls: weight.default(-0.6),
      chargerFactor: weight.default(2),
      correctedFactor: weight.default(-2.5),
      betweenFactor: weight.default(-0.2),
      strongHarmonics: weight.default(2.5),
      weakHarmonics: weight.default(-2.5),
      eachRepeat: weight.default(-0.8),
      endsAtOnce: weight.default(-0.5),
      usualNight: weight.default(0.8),
      restless: weight.default(-4),
      smooth: weight.default(0.3),
    })
    .prefault({})
    .describe('Log-odds of each piece of evidence.'),
});
type Config = z.infer<typeof Config>;

/** One phase, or the whole. Plain JSON, about 3 KB. */
interface ChannelState {
  gathering: Gathering;
  power: Opening;
  nonActive: Opening;
  harmonic: Opening;
  test: StepTest;
  ledger: Ledger;
  /** The last minute that was taken in, and its values, to bridge a gap. */
  last: Bin | null;
  /** Unrest within the last minutes, newest last. */
  spreads: Array<number | null>;
  hasFactor: boolean;
  hasHarmonics: boolean;
}

interface State {
  lastMs: number | null;
  channels: ChannelState[];
  /** Local day and minute of the day of the last suspicions, for "the fourth night". */
  nights: Array<[day: number, minute: number]>;
}

const levels: readonly Level[] = ['possible', 'probable', 'confirmed'];
const phaseNames: readonly PhaseName[] = ['l1', 'l2', 'l3'];
const maxNights = 40;
/** Harmonic / active power of a cheap charger: a bridge and a capacitor, THD about 120 %. */
const usualRatio = 1.15;
const dayMin = 1440;
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

interface Place {
  readonly title: string;
  readonly behind: Behind;
  readonly phase: PhaseName | undefined;
  readonly utcOffsetMin: number;
}

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

function newChannel(): ChannelState {
  return {
    gathering: newGathering(),
    power: newOpening(),
    nonActive: newOpening(),
    harmonic: newOpening(),
    test: newStepTest(),
    ledger: newLedger(),
    last: null,
    spreads: [],
    hasFactor: false,
    hasHarmonics: false,
  };
}

type Emit = (draft: Draft) => void;

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
  if (last !== null) {
    const missing = bin.minute - last.minute - 1;
    if (missing > config.gapMin || missing < 0) {
      for (const track of channel.ledger.tracks) end(track, last.minute, 'unknown', place, emit);
      Object.assign(channel, { ...newChannel(), gathering: channel.gathering });
    } else {
      for (let i = 1; i <= missing; i += 1)
        minute(state, channel, { ...last, minute: last.minute + i }, place, config, emit);
    }
  }
  channel.last = bin;
  channel.hasFactor = bin.nonActiveVa !== null;
  channel.hasHarmonics = bin.harmonicVa !== null;
  minute(state, channel, bin, place, config, emit);
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

/** Tells of a track when its level, or what may be done with it, has risen. */
function judge(
  state: State,
  channel: ChannelState,
  track: Track,
  { at, now, ended }: { readonly at: number; readonly now: number; readonly ended: boolean },
  place: Place,
  config: Config,
  emit: Emit,
): void {
  if (now - track.minute < config.leastMin) return;
  const local = track.minute + place.utcOffsetMin;
  const localMinute = ((local % dayMin) + dayMin) % dayMin;
  const day = Math.floor(local / dayMin);
  const nights = nightsAt(state, day, localMinute);
  const reasons = reasonsOf(track, config.weights, {
    minute: at,
    localMinute,
    nights,
    ended,
    alone: place.behind === 'room' || channel.hasHarmonics,
  });
  const score = scoreOf(reasons);
  const reached =
    score >= config.confirmed ? 3 : score >= config.probable ? 2 : score >= config.possible ? 1 : 0;
  const level = levels[Math.max(reached, track.told) - 1];
  if (level === undefined) return;
  if (reached >= 2 && track.told < 2) remember(state, day, localMinute);
  const severity = severityOf(channel, level, nights, at, place, config);
  if (reached <= track.told && (rank(severity) <= rank(track.severity) || track.told === 0)) return;
  const change = track.told === 0 ? 'raised' : 'changed';
  if (reached > track.told) track.told = reached as Track['told'];
  track.severity = severity;
  const sizeW = Math.round(track.sizeW);
  const count = countOf(track.sizeW);
  const alternatives = sharesOf(track, score);
  const clock = clockOf(localMinute);
  emit({
    change,
    severity,
    level,
    score: Number(score.toFixed(2)),
    ...(place.phase ? { phase: place.phase } : {}),
    atMs: (now + 1) * 60_000,
    sinceMs: track.minute * 60_000,
    evidence: evidenceOf(track, reasons, {
      sizeW,
      count,
      nights,
      minutes: now - track.minute,
      simultaneous: suspects(channel),
    }),
    text: chargingText({
      title: place.title,
      level,
      clock,
      sizeW,
      lasted: spell(now - track.minute),
      count,
      behind: place.behind,
      reasons,
      alternatives,
    }),
  });
}

function evidenceOf(
  track: Track,
  reasons: readonly Reason[],
  more: Record<string, number>,
): Record<string, unknown> {
  const { powerFactor, harmonicRatio, riseW, fallenW, sizeW } = track;
  return {
    ...more,
    risePercent: Math.round((100 * riseW) / sizeW),
    fallPercent: Math.round((100 * fallenW) / sizeW),
    nowW: Math.max(0, Math.round(sizeW + Math.max(0, riseW) - fallenW)),
    ...(track.restlessW === null ? {} : { restlessW: Number(track.restlessW.toFixed(1)) }),
    ...(powerFactor === null ? {} : { powerFactor: Number(powerFactor.toFixed(2)) }),
    ...(harmonicRatio === null ? {} : { harmonicRatio: Number(harmonicRatio.toFixed(2)) }),
    reasons: reasons.map(({ name, weight: w, text }) => ({
      name,
      weight: Number(w.toFixed(2)),
      zh: text.zh,
      en: text.en,
    })),
    alternatives: sharesOf(track, scoreOf(reasons)).map(({ text, share }) => ({
      zh: text.zh,
      en: text.en,
      share,
    })),
  };
}

/** What the rest of the probability goes to. */
function sharesOf(track: Track, score: number) {
  const rest = 1 / (1 + Math.exp(score));
  const others = alternativesOf(track).slice(0, 2);
  const total = others.reduce((sum, one) => sum + one.weight, 0) + 0.2;
  return others.map(({ text, weight: w }) => ({
    text,
    share: Number(((rest * w) / total).toFixed(2)),
  }));
}

const suspects = (channel: ChannelState): number =>
  channel.ledger.tracks.filter(({ told }) => told >= 1).length;

function severityOf(
  channel: ChannelState,
  level: Level,
  nights: number,
  at: number,
  place: Place,
  config: Config,
): Severity {
  const kind: Channel = channel.hasHarmonics ? 'THD' : channel.hasFactor ? 'PF' : 'P';
  const allowed = mayAlert(place.behind, kind);
  if (
    allowed === null ||
    nights < allowed.nights ||
    levels.indexOf(level) < levels.indexOf(allowed.level)
  )
    return 'info';
  const hour = ((((at + latencyMin + place.utcOffsetMin) % dayMin) + dayMin) % dayMin) / 60;
  const night = hour >= config.nightFromH || hour < config.nightToH;
  return night || suspects(channel) >= 3 ? 'major' : 'minor';
}

const rank = (severity: string): number =>
  ['', 'info', 'minor', 'major', 'critical'].indexOf(severity);

function end(
  track: Track,
  at: number,
  why: 'full' | 'off' | 'unknown',
  place: Place,
  emit: Emit,
): void {
  const level = levels[track.told - 1];
  if (level === undefined) return;
  emit({
    change: 'cleared',
    severity: 'info',
    level,
    ...(place.phase ? { phase: place.phase } : {}),
    atMs: (at + latencyMin + 1) * 60_000,
    sinceMs: track.minute * 60_000,
    evidence: {
      minutes: at - track.minute,
      end: why,
      sizeW: Math.round(track.sizeW),
      endedMs: at * 60_000,
    },
    text: endedText(place.title, spell(at - track.minute), why),
  });
}

function nightsAt(state: State, day: number, minuteOfDay: number): number {
  const days = new Set<number>();
  for (const [at, minuteThen] of state.nights) {
    const apart = Math.abs(minuteThen - minuteOfDay);
    if (at < day && day - at <= 7 && Math.min(apart, dayMin - apart) <= 90) days.add(at);
  }
  return days.size;
}

function remember(state: State, day: number, minuteOfDay: number): void {
  state.nights.push([day, minuteOfDay]);
  if (state.nights.length > maxNights) state.nights.shift();
}

const clockOf = (minuteOfDay: number): string =>
  `${String(Math.floor(minuteOfDay / 60)).padStart(2, '0')}:${String(Math.floor(minuteOfDay % 60)).padStart(2, '0')}`;
