import { z } from 'zod';
import { type CircuitLimit, circuitLimit, limitNames } from './circuit/limit.ts';
import { nominalV } from './circuit/supply.ts';
import { cooling, heat } from './circuit/thermal.ts';
import { keepWatt, shiftWatts, sumOfWatts, type Watts } from './circuit/watts.ts';
import { isMeanKnown, newWindow, remember, type Window, windowMin } from './circuit/window.ts';
import type { Severity } from './finding.ts';
import { metersByPoint } from './meters.ts';
import { defineRule } from './rule.ts';
import type { Point, Site } from './site.ts';

const share = z.number().positive().max(5);

const Config = z.strictObject({
  warnShare: share
    .default(0.9)
    .describe(
      'Stage 1: 15-minute mean of the sum / limit of the feeder, three phases taken as equal.',
    ),
  alarmShare: share.default(1).describe('Stage 2: the sum / limit, held for alarmHoldMin.'),
  alarmHoldMin: z.number().positive().max(1440).default(10),
  alarmHeat: share.default(0.9).describe('Stage 2 at once when the thermal memory reaches this.'),
  clearShare: share.default(0.8).describe('It is over when the 15-minute mean is below this.'),
  powerFactor: z.number().positive().max(1).default(0.92).describe('Meters below give watts.'),
  knownShare: z
    .number()
    .positive()
    .max(1)
    .default(0.8)
    .describe('Share of its buildings that must be known; the rest is taken as their mean.'),
});
type Config = z.infer<typeof Config>;

type Stage = 0 | 1 | 2;

interface Line extends Window {
  heat: number;
  /** Sum / limit as last reckoned: what flowed until the next time. */
  ratio: number;
  alarmMs: number | null;
  stage: Stage;
  sinceMs: number;
}

interface State {
  lastMs: number | null;
  watts: Watts;
  lines: Record<string, Line>;
}

/** A longer pause of the box is a gap, min. */
const gapMin = 5;
const severities: Readonly<Record<Stage, Severity>> = { 0: 'info', 1: 'minor', 2: 'major' };

/**
 * A feeder that nobody meters carries more than it may, by the sum of the houses below it. One with a meter of its own is
 * load.overload's. It is reckoned, so it is never critical: which phase the houses are on is not known.
 */
export const loadFeeder = defineRule<Config, State, Ready>({
  id: 'load.feeder',
  title: { zh: '线路过载（推算）', en: 'Feeder overload, reckoned' },
  scope: 'site',
  wants: ['power', 'tick'],
  config: Config,
  doubt: () => ({
    could: {
      zh: '三相不平衡使某一相更高，还有未装表的用电',
      en: 'one phase that carries more than the others, and load without a meter',
    },
    blind: {
      zh: '线路电流没有实测，是各楼相加推算的',
      en: 'The current of the feeder is not measured: it is the sum of its houses',
    },
  }),
  applies: ({ site }) => feedersOf(site).length > 0,
  initial: () => ({ lastMs: null, watts: {}, lines: {} }),
  prepare: ({ site }) => {
    const feeders = feedersOf(site);
    return { feeders, wanted: new Set(feeders.flatMap(({ meters }) => meters)) };
  },

  step(state, input, _subject, config, emit, { feeders, wanted }) {
    if (input.kind === 'power') {
      if (!wanted.has(input.device)) return;
      keepWatt(state.watts, input.device, input.powerW, state.lastMs ?? input.atMs);
      return;
    }
    if (input.kind === 'clock') {
      shiftWatts(state.watts, input.stepMs);
      for (const line of Object.values(state.lines)) line.alarmMs = null;
      state.lastMs = input.atMs;
      return;
    }
    if (input.kind !== 'tick' && input.kind !== 'start') return;
    const { atMs } = input;
    const dtS = state.lastMs === null ? 0 : (atMs - state.lastMs) / 1000;
    if (input.kind === 'tick' && state.lastMs !== null && dtS < 60) return;
    state.lastMs = atMs;
    for (const { point, limit, meters } of feeders) {
      const { watt, known } = sumOfWatts(state.watts, meters, atMs);
      const isKnown = known >= meters.length * config.knownShare;
      const limitW = 3 * nominalV * limit.limitA * config.powerFactor;
      const ratio = isKnown ? Math.abs((watt * meters.length) / known) / limitW : 0;
      let line = state.lines[point.id];
      if (!line) {
        line = newLine();
        state.lines[point.id] = line;
      }
      const isGap = dtS > gapMin * 60 || !isKnown;
      line.heat = heat(line.heat, isGap ? 0 : line.ratio, cooling(dtS, limit.tauS));
      line.ratio = ratio;
      if (isKnown) remember(line, atMs, ratio);
      line.alarmMs = !isGap && ratio >= config.alarmShare ? (line.alarmMs ?? atMs) : null;
      // Where too little is known nothing is raised, and nothing ended.
      if (!isKnown) continue;
      const stage = stageOf(line, atMs, config);
      if (stage === line.stage) continue;
      const change = stage === 0 ? 'cleared' : line.stage === 0 ? 'raised' : 'changed';
      if (line.stage === 0) line.sinceMs = line.alarmMs ?? atMs - windowMin * 60_000;
      line.stage = stage;
      const evidence = {
        currentA: Number((ratio * limit.limitA).toFixed(0)),
        limitA: Number(limit.limitA.toFixed(0)),
        limitedBy: limit.limitedBy,
        sharePercent: Math.round(100 * (stage === 1 ? line.meanShare : ratio)),
        heat: Number(line.heat.toFixed(2)),
        knownMeters: known,
        meters: meters.length,
      };
      emit({
        point: point.id,
        change,
        severity: severities[stage],
        stage,
        atMs,
        sinceMs: line.sinceMs,
        evidence,
        text: textOf(point.title, stage, evidence),
      });
    }
  },
});

interface Evidence {
  readonly currentA: number;
  readonly limitA: number;
  readonly limitedBy: CircuitLimit['limitedBy'];
  readonly sharePercent: number;
  readonly knownMeters: number;
}

function textOf(title: string, stage: Stage, evidence: Evidence) {
  const { currentA, limitA, limitedBy, sharePercent, knownMeters } = evidence;
  if (stage === 0)
    return {
      zh: `${title}推算每相已降至约${currentA}安（限值${limitA}安）。`,
      en: `${title}: down to about ${currentA} A a phase by computation (limit ${limitA} A).`,
    };
  const limit = limitNames[limitedBy];
  const mean = stage === 1 ? { zh: '15分钟平均达', en: '15-minute mean ' } : { zh: '达', en: '' };
  return {
    zh: `${title}推算每相约${currentA}安，${limit.zh}${limitA}安，${mean.zh}${sharePercent}%，请各楼错峰用电并请电工查看该线路。（按${knownMeters}块电表相加，假定三相平衡）`,
    en: `${title}: about ${currentA} A a phase on a limit of ${limitA} A (${limit.en}), ${mean.en}${sharePercent} %, summed from ${knownMeters} meters as if its phases were equal. Shift load, and have the feeder looked at.`,
  };
}

const newLine = (): Line => ({
  heat: 0,
  ratio: 0,
  alarmMs: null,
  stage: 0,
  sinceMs: 0,
  ...newWindow(),
});

function stageOf(line: Line, atMs: number, config: Config): Stage {
  const { alarmMs, stage, meanShare } = line;
  const isHeld = alarmMs !== null && atMs - alarmMs >= config.alarmHoldMin * 60_000;
  if (isHeld || line.heat >= config.alarmHeat) return 2;
  if (!isMeanKnown(line)) return stage;
  if (stage === 2 && line.ratio >= config.warnShare) return 2;
  if (meanShare >= config.warnShare) return 1;
  return stage >= 1 && meanShare >= config.clearShare ? 1 : 0;
}

interface Ready {
  readonly feeders: readonly Feeder[];
  /** Meters that count for one of them. */
  readonly wanted: ReadonlySet<string>;
}

interface Feeder {
  readonly point: Point;
  readonly limit: CircuitLimit;
  readonly meters: readonly string[];
}

/** Feeders with a limit and no meter, and the meters of the houses that hang directly on them; one a house. */
function feedersOf(site: Site): readonly Feeder[] {
  const meters = metersByPoint(site);
  return site.points.flatMap((point): Feeder[] => {
    const limit = circuitLimit(point.limits);
    if (point.kind !== 'feeder' || !limit || meters.has(point.id)) return [];
    const below = site.points.flatMap(({ id, kind, parent }) => {
      const own = meters.get(id);
      return kind === 'building' && parent === point.id && own?.length === 1 ? own : [];
    });
    return below.length > 0 ? [{ point, limit, meters: below }] : [];
  });
}
