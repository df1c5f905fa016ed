import { z } from 'zod';
import type { PowerReading } from '../drivers/reading.ts';
import { tripBand } from './circuit/breaker.ts';
import { circuitLimit } from './circuit/limit.ts';
import { cooling, heat, secondsTo } from './circuit/thermal.ts';
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
  gapMin: minutes
    .default(3)
    .describe('A longer silence starts the hold times anew; the circuit cools meanwhile.'),
});
type Config = z.infer<typeof Config>;

type Stage = 0 | 1 | 2 | 3;

/** What is remembered of one point. Plain JSON. */
interface State {
  lastMs: number | null;
  /** Thermal memory of each phase; 1 is the limit. */
  heats: number[];
  /** I / limit of each phase at the last reading: what flowed until the next one. */
  ratios: number[];
  /** Since when the highest phase has been at or above the alarm, critical and rush shares. */
  alarmMs: number | null;
  criticalMs: number | null;
  rushMs: number | null;
  /** Sums of I / limit and counts of the last 15 minutes, by minute; `minute` is the newest. */
  minute: number;
  sums: number[];
  counts: number[];
  /** Mean of the last full minutes, and how many of them are known. */
  meanShare: number;
  known: number;
  stage: Stage;
  sinceMs: number;
  phase: PhaseName | null;
  peakA: number;
}

const windowMin = 15;
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
export const overload = defineRule<Config, State>({
  id: 'load.overload',
  title: { zh: '用电过载', en: 'Overload' },
  scope: 'point',
  wants: ['power', 'tick'],
  config: Config,
  applies: (subject) =>
    subject.scope === 'point' &&
    circuitLimit(subject.point.limits) !== null &&
    subject.devices.length > 0,

  initial: () => ({
    lastMs: null,
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

  step(state, input, subject, config, emit) {
    // The clock was set: what was held is held no longer; the heat stays, for copper knows no clock.
    if (input.kind === 'clock') state.lastMs = null;
    if (input.kind !== 'power' || subject.scope !== 'point') return;
    const circuit = circuitLimit(subject.point.limits);
    if (!circuit) return;
    const { atMs } = input;
    if (state.lastMs !== null && atMs <= state.lastMs) return;

    const currentsA = phaseCurrents(input, subject.point.limits?.cable?.cores === 3);
    const dtS = state.lastMs === null ? 0 : (atMs - state.lastMs) / 1000;
    const gap = state.lastMs === null || dtS > config.gapMin * 60;
    state.lastMs = atMs;
    if (gap) forget(state);

    let worst = 0;
    let heatNow = 0;
    const kept = cooling(dtS, circuit.tauS);
    // Judged half a step ahead: a limit reached between two readings counts at the nearer one.
    const keptAhead = gap ? 1 : cooling(Math.min(dtS, 10) / 2, circuit.tauS);
    for (let index = 0; index < currentsA.length; index += 1) {
      const currentA = currentsA[index] ?? 0;
      // Over a gap nobody knows the current: the circuit cools, which never raises an alert by itself.
      const flowed = gap ? 0 : (state.ratios[index] ?? 0);
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
    state.alarmMs = ratio >= config.alarmShare ? (state.alarmMs ?? atMs) : null;
    state.criticalMs = ratio >= config.criticalShare ? (state.criticalMs ?? atMs) : null;
    state.rushMs = ratio >= config.rushShare ? (state.rushMs ?? atMs) : null;
    if (state.stage > 0 && highestA > state.peakA) state.peakA = highestA;

    const stage = nextStage(state, config, atMs, ratio, heatNow);
    if (stage === state.stage) return;
    const raised = state.stage === 0;
    const cleared = stage === 0;
    if (raised) {
      state.sinceMs = state.alarmMs ?? startOfWindow(state, atMs);
      state.phase = currentsA.length > 1 ? (phaseNames[worst] ?? null) : null;
      state.peakA = highestA;
    }
    const { sinceMs, phase } = state;
    const evidence = {
      currentA: round(highestA),
      limitA: round(circuit.limitA),
      limitedBy: circuit.limitedBy,
      sharePercent: Math.round(ratio * 100),
      meanSharePercent: Math.round(state.meanShare * 100),
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
    const currentsA: number[] = [];
    let known = false;
    for (const { currentA, powerW: phaseW, voltageV, powerFactor } of phases) {
      if (currentA !== undefined) {
        currentsA.push(currentA);
        known = true;
      } else if (phaseW !== undefined) {
        const volts = voltageV || nominalV;
        currentsA.push(Math.abs(phaseW) / (volts * (powerFactor || assumedPowerFactor)));
        known = true;
      } else currentsA.push(0);
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
): Stage {
  const held = (sinceMs: number | null, holdMs: number) =>
    sinceMs !== null && atMs - sinceMs >= holdMs;
  const { meanShare, known } = state;
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
  if (known >= windowFull && meanShare >= config.warnShare) return 1;
  if (state.stage >= 1 && (known < windowFull || meanShare >= config.warnClearShare)) return 1;
  return 0;
}

function remember(state: State, atMs: number, ratio: number): void {
  const minute = Math.floor(atMs / 60_000);
  if (minute !== state.minute) {
    settle(state);
    const passed = Math.min(minute - state.minute, windowMin);
    for (let i = 1; i <= passed; i += 1) {
      const slot = (minute - passed + i) % windowMin;
      state.sums[slot] = 0;
      state.counts[slot] = 0;
    }
    state.minute = minute;
  }
  const slot = minute % windowMin;
  state.sums[slot] = (state.sums[slot] ?? 0) + ratio;
  state.counts[slot] = (state.counts[slot] ?? 0) + 1;
}

/**
 * Mean of the minutes' means, once a minute: a meter that speaks more often when the load moves has no more
 * weight.
 */
function settle(state: State): void {
  let sum = 0;
  let n = 0;
  for (let slot = 0; slot < windowMin; slot += 1) {
    const count = state.counts[slot] ?? 0;
    if (count === 0) continue;
    sum += (state.sums[slot] ?? 0) / count;
    n += 1;
  }
  state.meanShare = n === 0 ? 0 : sum / n;
  state.known = n;
}

const startOfWindow = (state: State, atMs: number): number =>
  Math.min(atMs, (state.minute - state.known) * 60_000);

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
    ...(hotS === null ? {} : { toLimitHeatS: Math.round(hotS) }),
    ...(band.earliestS === null ? {} : { tripEarliestS: Math.round(band.earliestS) }),
    ...(band.latestS === null ? {} : { tripLatestS: Math.round(band.latestS) }),
  };
}

const round = (value: number, digits = 1): number => Number(value.toFixed(digits));
