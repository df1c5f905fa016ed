import { z } from 'zod';
import type { PowerReading } from '../drivers/reading.ts';
import { tripBand } from './circuit/breaker.ts';
import { type CircuitLimit, circuitLimit } from './circuit/limit.ts';
import { asMean, isSlow, slowGapS } from './circuit/slow.ts';
import { cooling, heat, secondsTo } from './circuit/thermal.ts';
import { remember, startOfWindow, type Window, windowMin } from './circuit/window.ts';
import type { PhaseName, Severity } from './finding.ts';
import { overloadText } from './overload-text.ts';
import { defineRule } from './rule.ts';

const share = z.number().positive().max(10);
const minutes = z.number().positive().max(1440);

/** Numbers of the proposal in overload-limits: IEC 60898-1 conventional currents and IEC 60255-149 heat. */
const Config = z.strictObject({
  warnShare: share
    .default(0.9)
    .describe('Stage 1: 15-minute mean of I / limit from which a warning goes out.'),
  warnClearShare: share
    .default(0.8)
    .describe('Stage 1 ends when the 15-minute mean is below this.'),
  alarmShare: share.default(1).describe('Stage 2: I / limit, held for alarmHoldMin.'),
  alarmHoldMin: minutes.default(10),
  alarmHeat: share.default(0.9).describe('Stage 2 at once when the thermal memory reaches this.'),
  criticalShare: share.default(1.13).describe('Stage 3: I / limit, held for criticalHoldMin.'),
  criticalHoldMin: minutes.default(5),
  rushShare: share.default(1.45).describe('Stage 3: I / limit, held for rushHoldS.'),
  rushHoldS: z.number().positive().max(3600).default(60),
  criticalHeat: share.default(1).describe('Stage 3 at once when the thermal memory reaches this.'),
  coolHeat: share
    .default(0.75)
    .describe('Stages 2 and 3 end below this heat, and 0.9 of the limit.'),
  slowWarnShare: share
    .default(0.8)
    .describe(
      'Stage 1 where a meter speaks every 5 or 15 minutes: its mean hides peaks of 1.2 to 1.5.',
    ),
  slowClearShare: share.default(0.7).describe('And where stage 1 then ends.'),
  gapMin: minutes
    .default(3)
    .describe('A longer silence starts the hold times anew; the circuit cools meanwhile.'),
});
type Config = z.infer<typeof Config>;

type Stage = 0 | 1 | 2 | 3;

/** What never changes of one point. */
interface Circuit {
  readonly limit: CircuitLimit | null;
  /** True where its meters speak so seldom that a reading is taken for a mean. */
  readonly slow: boolean;
  /** A longer silence is a gap, s. */
  readonly gapS: number;
}

/** What is remembered of one point. Plain JSON. */
interface State extends Window {
  lastMs: number | null;
  /** Last energy of a meter that speaks too seldom for its power to be a mean, Wh. */
  energyWh: number | null;
  /** Thermal memory of each phase; 1 is the limit. */
  heats: number[];
  /** I / limit of each phase at the last reading: what flowed until the next one. */
  ratios: number[];
  /** Since when the highest phase has been at or above the alarm, critical and rush shares. */
  alarmMs: number | null;
  criticalMs: number | null;
  rushMs: number | null;
  stage: Stage;
  sinceMs: number;
  phase: PhaseName | null;
  peakA: number;
}

/** Share of the window that must be known before its mean is believed. */
const windowFull = 12;
const severities: Readonly<Record<Stage, Severity>> = {
  0: 'info',
  1: 'minor',
  2: 'major',
  3: 'critical',
};
const phaseNames = ['l1', 'l2', 'l3'] as const;

/** A circuit carries more than its contract, breaker or cable allows, longer than it can bear. */
export const overload = defineRule<Config, State, Circuit>({
  id: 'load.overload',
  title: { zh: '用电过载', en: 'Overload' },
  scope: 'point',
  wants: ['power', 'clock'],
  config: Config,
  doubt: () => ({
    could: {
      zh: '短时同时启动的大功率电器，或互感器变比设错',
      en: 'many appliances that started together, or a current transformer ratio set wrong',
    },
    blind: {
      zh: '电表看不到是哪一户、哪件电器，也量不到线温',
      en: 'The meter sees neither whose appliance it is nor how hot the wire is',
    },
  }),
  applies: (subject) =>
    subject.scope === 'point' &&
    circuitLimit(subject.point.limits) !== null &&
    subject.devices.length > 0,

  initial: () => ({
    lastMs: null,
    energyWh: null,
    heats: [],
    ratios: [],
    alarmMs: null,
    criticalMs: null,
    rushMs: null,
    minute: 0,
    sums: new Array<number>(windowMin).fill(0),
    counts: new Array<number>(windowMin).fill(0),
    meanShare: 0,
    known: 0,
    stage: 0,
    sinceMs: 0,
    phase: null,
    peakA: 0,
  }),

  prepare(subject, config) {
    if (subject.scope !== 'point') return { limit: null, slow: false, gapS: 0 };
    const slow = isSlow(subject.devices);
    const gapS = slow ? slowGapS(subject.devices) : config.gapMin * 60;
    return { limit: circuitLimit(subject.point.limits), slow, gapS };
  },

  step(state, input, subject, config, emit, { limit: circuit, slow, gapS }) {
    // The clock was set: what was held is held no longer; the heat stays, for copper knows no clock.
    if (input.kind === 'clock') state.lastMs = null;
    if (input.kind !== 'power' || subject.scope !== 'point') return;
    if (!circuit) return;
    const { atMs } = input;
    if (state.lastMs !== null && atMs <= state.lastMs) return;

    const dtS = state.lastMs === null ? 0 : (atMs - state.lastMs) / 1000;
    const reading = slow ? asMean(input, dtS, state.energyWh) : input;
    state.energyWh = input.energyWh ?? null;
    const currentsA = phaseCurrents(reading, subject.point.limits?.cable?.cores === 3);
    const gap = state.lastMs === null || dtS > gapS;
    // A mean speaks for the time before it.
    const fromMs = slow && !gap ? (state.lastMs ?? atMs) : atMs;
    state.lastMs = atMs;
    if (gap) forget(state);

    let worst = 0;
    let heatNow = 0;
    const kept = cooling(dtS, circuit.tauS);
    // Judged half a step ahead: a limit reached between two readings counts at the nearer one.
    const keptAhead = gap || slow ? 1 : cooling(Math.min(dtS, 10) / 2, circuit.tauS);
    for (let index = 0; index < currentsA.length; index += 1) {
      const currentA = currentsA[index] ?? 0;
      // Over a gap nobody knows the current: the circuit cools, which never raises an alert by itself.
      const flowed = gap || slow ? 0 : (state.ratios[index] ?? 0);
      const after = heat(state.heats[index] ?? 0, flowed, kept);
      const ratio = currentA / circuit.limitA;
      state.heats[index] = after;
      state.ratios[index] = ratio;
      const ahead = heat(after, ratio, keptAhead);
      if (ahead > heatNow) heatNow = ahead;
      if (currentA > (currentsA[worst] ?? 0)) worst = index;
    }
    const highestA = currentsA[worst] ?? 0;
    const ratio = highestA / circuit.limitA;
    remember(state, atMs, ratio);
    state.alarmMs = ratio >= config.alarmShare ? (state.alarmMs ?? fromMs) : null;
    state.criticalMs = ratio >= config.criticalShare ? (state.criticalMs ?? fromMs) : null;
    state.rushMs = ratio >= config.rushShare ? (state.rushMs ?? fromMs) : null;
    if (state.stage > 0 && highestA > state.peakA) state.peakA = highestA;

    const mean = slow
      ? { share: gap ? 0 : ratio, warn: config.slowWarnShare, clear: config.slowClearShare }
      : {
          share: state.known >= windowFull ? state.meanShare : null,
          warn: config.warnShare,
          clear: config.warnClearShare,
        };
    const stage = nextStage(state, config, atMs, ratio, heatNow, mean);
    if (stage === state.stage) return;
    const raised = state.stage === 0;
    const cleared = stage === 0;
    if (raised) {
      state.sinceMs = state.alarmMs ?? (slow ? fromMs : startOfWindow(state, atMs));
      state.phase = currentsA.length > 1 ? (phaseNames[worst] ?? null) : null;
      state.peakA = highestA;
    }
    const { sinceMs, phase } = state;
    const evidence = {
      currentA: round(highestA),
      limitA: round(circuit.limitA),
      limitedBy: circuit.limitedBy,
      sharePercent: Math.round(ratio * 100),
      ...(mean.share === null ? {} : { meanSharePercent: Math.round(mean.share * 100) }),
      heat: round(heatNow, 2),
      minutes: Math.round((atMs - sinceMs) / 60_000),
      peakA: round(state.peakA),
      ...(currentsA.length > 1 ? { worstPhase: phaseNames[worst] } : {}),
      ...(input.phases?.[worst]?.currentA === undefined ? { estimated: true } : {}),
      ...tripEvidence(subject.point.limits?.breaker, highestA, heatNow, ratio, circuit.tauS),
    };
    state.stage = stage;
    emit({
      change: cleared ? 'cleared' : raised ? 'raised' : 'changed',
      severity: cleared ? 'info' : severities[stage],
      stage,
      atMs,
      sinceMs,
      ...(phase ? { phase } : {}),
      evidence,
      text: overloadText(subject.point.title, stage, evidence),
    });
    if (cleared) state.phase = null;
  },
});

/** Power factor that is taken where a meter gives only watts: 8 kW are then 38 A, not 36. */
const assumedPowerFactor = 0.95;
const nominalV = 220;

/** Current of each phase in its order, A; estimated from the power where the meter gives none, 0 where it gives neither. */
export function phaseCurrents(reading: PowerReading, threePhase: boolean): number[] {
  const { phases, powerW } = reading;
  if (phases) {
    // Of their number from the start: an array that grows takes room for seventeen.
    const currentsA = new Array<number>(phases.length).fill(0);
    let known = false;
    for (let i = 0; i < phases.length; i += 1) {
      const { currentA, powerW: phaseW, voltageV, powerFactor } = phases[i] ?? {};
      if (currentA !== undefined) {
        currentsA[i] = currentA;
        known = true;
      } else if (phaseW !== undefined) {
        const volts = voltageV || nominalV;
        currentsA[i] = Math.abs(phaseW) / (volts * (powerFactor || assumedPowerFactor));
        known = true;
      }
    }
    if (known) return currentsA;
  }
  return [Math.abs(powerW) / (nominalV * assumedPowerFactor * (threePhase ? 3 : 1))];
}

function nextStage(
  state: State,
  config: Config,
  atMs: number,
  ratio: number,
  heatNow: number,
  /** Share that is known to have flowed on the mean, null where too little is known; and the edges of stage 1. */
  mean: { readonly share: number | null; readonly warn: number; readonly clear: number },
): Stage {
  const held = (sinceMs: number | null, holdMs: number) =>
    sinceMs !== null && atMs - sinceMs >= holdMs;
  if (
    heatNow >= config.criticalHeat ||
    held(state.criticalMs, config.criticalHoldMin * 60_000) ||
    held(state.rushMs, config.rushHoldS * 1000)
  ) {
    return 3;
  }
  // A stage ends only when the circuit has cooled: no flapping at the edge.
  const cool = heatNow < config.coolHeat && ratio < 0.9;
  if (state.stage === 3 && !cool) return 3;
  if (heatNow >= config.alarmHeat || held(state.alarmMs, config.alarmHoldMin * 60_000)) return 2;
  if (state.stage === 2 && !cool) return 2;
  if (mean.share !== null && mean.share >= mean.warn) return 1;
  if (state.stage >= 1 && (mean.share === null || mean.share >= mean.clear)) return 1;
  return 0;
}

function forget(state: State): void {
  state.alarmMs = null;
  state.criticalMs = null;
  state.rushMs = null;
}

function tripEvidence(
  breaker: Parameters<typeof tripBand>[0] | undefined,
  currentA: number,
  heatNow: number,
  ratio: number,
  tauS: number,
): Record<string, number> {
  const hotS = secondsTo(1, heatNow, ratio, tauS);
  const band = breaker ? tripBand(breaker, currentA) : { earliestS: null, latestS: null };
  return {
    ...(breaker ? { breakerA: breaker.ratedA } : {}),
    ...(hotS === null ? {} : { toLimitHeatS: Math.round(hotS) }),
    ...(band.earliestS === null ? {} : { tripEarliestS: Math.round(band.earliestS) }),
    ...(band.latestS === null ? {} : { tripLatestS: Math.round(band.latestS) }),
  };
}

const round = (value: number, digits = 1): number => Number(value.toFixed(digits));
