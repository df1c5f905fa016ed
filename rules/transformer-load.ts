import { z } from 'zod';
import { ageingRate, type Heat, hotSpotC, warm } from './circuit/transformer.ts';
import { keepWatt, shiftWatts, sumOfWatts, type Watts } from './circuit/watts.ts';
import { defineRule } from './rule.ts';
import type { Point, Site } from './site.ts';

/** Limits of IEC 60076-7: 120 °C is normal cyclic loading, 140 °C long-time emergency. */
const Config = z.strictObject({
  warnC: z.number().min(80).max(180).default(120),
  alarmC: z.number().min(80).max(180).default(140),
  clearK: z
    .number()
    .positive()
    .max(60)
    .default(10)
    .describe('A stage ends so many kelvin below its limit.'),
  ambientC: z
    .number()
    .min(-20)
    .max(50)
    .default(30)
    .describe('Air around the kiosk, °C, until it is measured.'),
  surchargeK: z
    .number()
    .min(0)
    .max(40)
    .default(10)
    .describe('A kiosk is warmer than the air around it, K.'),
  powerFactor: z.number().positive().max(1).default(0.92).describe('Where meters give only watts.'),
  knownShare: z
    .number()
    .positive()
    .max(1)
    .default(0.8)
    .describe('Share of its buildings that must be known; the rest is taken as their mean.'),
});

interface Sum {
  heat: Heat;
  agedMin: number;
  stage: 0 | 1 | 2;
  sinceMs: number;
}

interface State {
  lastMs: number | null;
  watts: Watts;
  sums: Record<string, Sum>;
}

/** The transformer of the village gets too hot: computed from the sum of the buildings, for nobody meters it. */
export const transformerLoad = defineRule<z.infer<typeof Config>, State, readonly Transformer[]>({
  id: 'load.transformer',
  title: { zh: '变压器过热', en: 'Transformer too hot' },
  scope: 'site',
  wants: ['power', 'tick'],
  config: Config,
  doubt: (config) => ({
    limit: {
      zh: `热点${config.warnC}度提醒、${config.alarmC}度告警`,
      en: `hot spot ${config.warnC} °C to warn, ${config.alarmC} °C to alarm`,
    },
    could: {
      zh: '气温与假定不同、还有未装表的负荷',
      en: 'another air temperature than assumed, or load without a meter',
    },
    blind: {
      zh: '油温和绕组温度没有实测，是推算的',
      en: 'Neither oil nor winding is measured: it is reckoned',
    },
  }),
  applies: ({ site }) => transformersOf(site).length > 0,
  initial: () => ({ lastMs: null, watts: {}, sums: {} }),

  prepare: ({ site }) => transformersOf(site),

  step(state, input, _subject, config, emit, transformers) {
    switch (input.kind) {
      case 'power':
        keepWatt(state.watts, input.device, input.powerW, state.lastMs ?? input.atMs);
        return;
      case 'clock':
        shiftWatts(state.watts, input.stepMs);
        state.lastMs = input.atMs;
        return;
      case 'start':
      case 'tick':
        break;
      default:
        return;
    }
    const minutes = state.lastMs === null ? 0 : (input.atMs - state.lastMs) / 60_000;
    // Once a minute is enough for a time constant of eight.
    if (input.kind === 'tick' && state.lastMs !== null && minutes < 1) return;
    state.lastMs = input.atMs;
    for (const { point, meters } of transformers) {
      const { watt, known } = sumOfWatts(state.watts, meters, input.atMs);
      const enough = known >= Math.max(1, meters.length * config.knownShare);
      const loadPu = enough
        ? Math.max(
            0,
            (watt * meters.length) /
              known /
              config.powerFactor /
              1000 /
              (point.limits?.ratedKva ?? 1),
          )
        : 0;
      let sum = state.sums[point.id];
      if (!sum) {
        sum = { heat: { oilK: 0, windingK: 0 }, agedMin: 0, stage: 0, sinceMs: 0 };
        state.sums[point.id] = sum;
      }
      // A gap cools it: nothing is raised from what nobody measured.
      warm(sum.heat, loadPu, minutes);
      const ambientC = config.ambientC + config.surchargeK;
      const spotC = hotSpotC(sum.heat, ambientC);
      if (enough) sum.agedMin += ageingRate(spotC) * minutes;
      const stage = stageOf(sum.stage, spotC, config);
      if (stage === sum.stage) continue;
      if (sum.stage === 0) sum.sinceMs = input.atMs;
      const change = stage === 0 ? 'cleared' : sum.stage === 0 ? 'raised' : 'changed';
      sum.stage = stage;
      const percent = Math.round(loadPu * 100);
      const spot = Math.round(spotC);
      emit({
        point: point.id,
        change,
        severity: stage === 2 ? 'major' : stage === 1 ? 'minor' : 'info',
        stage,
        atMs: input.atMs,
        sinceMs: sum.sinceMs,
        evidence: {
          hotSpotC: spot,
          loadPercent: percent,
          agedHours: Math.round(sum.agedMin / 60),
          knownMeters: known,
          meters: meters.length,
        },
        text:
          stage === 0
            ? {
                zh: `${point.title}绕组热点已降至${spot}度。`,
                en: `${point.title}: hot spot down to ${spot} °C.`,
              }
            : {
                zh: `${point.title}负载约${percent}%，推算绕组热点${spot}度，请错峰用电并联系供电公司。（按${known}块电表推算，未实测油温）`,
                en: `${point.title}: about ${percent} % load, hot spot ${spot} °C by computation from ${known} meters. Shift load, call the utility.`,
              },
      });
    }
  },
});

function stageOf(stage: 0 | 1 | 2, spotC: number, config: z.infer<typeof Config>): 0 | 1 | 2 {
  if (spotC >= config.alarmC) return 2;
  if (stage === 2 && spotC >= config.alarmC - config.clearK) return 2;
  if (spotC >= config.warnC) return 1;
  return stage >= 1 && spotC >= config.warnC - config.clearK ? 1 : 0;
}

interface Transformer {
  readonly point: Point;
  readonly meters: readonly string[];
}

/** Transformers and the meters of all buildings below them. */
function transformersOf(site: Site): readonly Transformer[] {
  const parents = new Map(site.points.map(({ id, parent }) => [id, parent]));
  const above = (id: string, ancestor: string): boolean => {
    let at = parents.get(id);
    for (let hops = 0; at !== undefined && hops < 16; hops += 1) {
      if (at === ancestor) return true;
      at = parents.get(at);
    }
    return false;
  };
  const buildings = new Set(
    site.points.filter(({ kind }) => kind === 'building').map(({ id }) => id),
  );
  return (
    site.points
      // A feeder has no oil, whatever was written down of it.
      .filter(({ kind, limits }) => kind === 'transformer' && limits?.ratedKva !== undefined)
      .map((point) => ({
        point,
        meters: site.devices.flatMap(({ id, point: at, kinds }) =>
          at !== undefined && buildings.has(at) && kinds.includes('power') && above(at, point.id)
            ? [id]
            : [],
        ),
      }))
  );
}
