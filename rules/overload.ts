import { z } from 'zod';
import { tripBand } from './circuit/breaker.ts';
import { phaseCurrents } from './circuit/currents.ts';
import { type CircuitLimit, circuitLimit } from './circuit/limit.ts';
import { asMean, isSlow, slowGapS } from './circuit/slow.ts';
import { cooling, heat, secondsTo } from './circuit/thermal.ts';
import { isMeanKnown, newWindow, remember, startOfWindow, type Window } from './circuit/window.ts';
import { figures } from './figures.ts';
import type { PhaseName, Severity } from './finding.ts';
import { isKnown, missing } from './missing.ts';
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
  /** True where three phases share the load of a meter that tells one figure. */
  readonly isThreePhase: boolean;
  /** True where its meters speak so seldom that a reading is taken for a mean. */
  readonly slow: boolean;
  /** A longer silence is a gap, s. */
  readonly gapS: number;
  /** Where stage 1 begins and ends, as shares of the limit. */
  readonly warnShare: number;
  readonly clearShare: number;
}

/** What is remembered of one point. Plain JSON. */
interface State extends Window {
  lastMs: number;
  /** Last energy of a meter that speaks too seldom for its power to be a mean, Wh. */
  energyWh: number;
  /** Thermal memory of each phase; 1 is the limit. */
  heats: number[];
  /** I / limit of each phase at the last reading: what flowed until the next one. */
  ratios: number[];
  /** Since when the highest phase has been at or above the alarm, critical and rush shares. */
  alarmMs: number;
  criticalMs: number;
  rushMs: number;
  stage: Stage;
  sinceMs: number;
  phase: PhaseName | null;
  peakA: number;
}

const severities: Readonly<Record<Stage, Severity>> = {
  0: 'info',
  1: 'minor',
  2: 'major',
  3: 'critical',
};
const phaseNames = ['l1', 'l2', 'l3'] as const;

/** Of the reading that is being looked at; filled anew each time. */
const currentsA = new Float64Array(3);

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
    lastMs: missing,
    energyWh: missing,
    heats: figures(3),
    ratios: figures(3),
    alarmMs: missing,
    criticalMs: missing,
    rushMs: missing,
    ...newWindow(),
    stage: 0,
    sinceMs: 0,
    phase: null,
    peakA: 0,
  }),

  prepare(subject, config) {
    const { point, devices } = subject.scope === 'point' ? subject : { point: null, devices: [] };
    const slow = isSlow(devices);
    return {
      limit: circuitLimit(point?.limits),
      isThreePhase: point?.limits?.cable?.cores === 3,
      slow,
      gapS: slow ? slowGapS(devices) : config.gapMin * 60,
      warnShare: slow ? config.slowWarnShare : config.warnShare,
      clearShare: slow ? config.slowClearShare : config.warnClearShare,
    };
  },

  step(state, input, subject, config, emit, ready) {
    // The clock was set: what was held is held no longer; the heat stays, for copper knows no clock.
    if (input.kind === 'clock') state.lastMs = missing;
    if (input.kind !== 'power') return;
    const { limit: circuit, slow, gapS } = ready;
    if (!circuit) return;
    const { atMs } = input;
    if (atMs <= state.lastMs) return;

    const isFirst = !isKnown(state.lastMs);
    const dtS = isFirst ? 0 : (atMs - state.lastMs) / 1000;
    const reading = slow ? asMean(input, dtS, state.energyWh) : input;
    state.energyWh = input.energyWh ?? missing;
    const phases = phaseCurrents(reading, ready.isThreePhase, currentsA);
    const gap = isFirst || dtS > gapS;
    // A mean speaks for the time before it.
    const fromMs = slow && !gap ? state.lastMs : atMs;
    state.lastMs = atMs;
    if (gap) forget(state);

    let worst = 0;
    let heatNow = 0;
    const kept = cooling(dtS, circuit.tauS);
    // Judged half a step ahead: a limit reached between two readings counts at the nearer one.
    const keptAhead = gap || slow ? 1 : cooling(Math.min(dtS, 10) / 2, circuit.tauS);
    for (let index = 0; index < phases; index += 1) {
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
    if (ratio < config.alarmShare) state.alarmMs = missing;
    else if (!isKnown(state.alarmMs)) state.alarmMs = fromMs;
    if (ratio < config.criticalShare) state.criticalMs = missing;
    else if (!isKnown(state.criticalMs)) state.criticalMs = fromMs;
    if (ratio < config.rushShare) state.rushMs = missing;
    else if (!isKnown(state.rushMs)) state.rushMs = fromMs;
    if (state.stage > 0 && highestA > state.peakA) state.peakA = highestA;

    const isKnownMean = slow || isMeanKnown(state);
    const meanShare = slow ? (gap ? 0 : ratio) : state.meanShare;
    const isWarm = isKnownMean && meanShare >= ready.warnShare;
    const isSettled = isKnownMean && meanShare < ready.clearShare;
    const stage = nextStage(state, config, atMs, ratio, heatNow, isWarm, isSettled);
    if (stage === state.stage || subject.scope !== 'point') return;
    const raised = state.stage === 0;
    const cleared = stage === 0;
    if (raised) {
      const startMs = slow ? fromMs : startOfWindow(state, atMs);
      state.sinceMs = isKnown(state.alarmMs) ? state.alarmMs : startMs;
      state.phase = phases > 1 ? (phaseNames[worst] ?? null) : null;
      state.peakA = highestA;
    }
    const { sinceMs, phase } = state;
    const evidence = {
      currentA: round(highestA),
      limitA: round(circuit.limitA),
      limitedBy: circuit.limitedBy,
      sharePercent: Math.round(ratio * 100),
      ...(isKnownMean ? { meanSharePercent: Math.round(meanShare * 100) } : {}),
      heat: round(heatNow, 2),
      minutes: Math.round((atMs - sinceMs) / 60_000),
      peakA: round(state.peakA),
      ...(phases > 1 ? { worstPhase: phaseNames[worst] } : {}),
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

function nextStage(
  state: State,
  config: Config,
  atMs: number,
  ratio: number,
  heatNow: number,
  /** What has flowed on the mean reaches the edge of stage 1; or is known to be below where that ends. */
  isWarm: boolean,
  isSettled: boolean,
): Stage {
  const held = (sinceMs: number, holdMs: number) => isKnown(sinceMs) && atMs - sinceMs >= holdMs;
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
  return isWarm || (state.stage >= 1 && !isSettled) ? 1 : 0;
}

function forget(state: State): void {
  state.alarmMs = missing;
  state.criticalMs = missing;
  state.rushMs = missing;
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
