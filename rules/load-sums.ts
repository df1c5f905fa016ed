import { z } from 'zod';
import { type Held, newHeld, observe } from './held.ts';
import { metersByPoint } from './meters.ts';
import { defineRule } from './rule.ts';
import type { Point, Site } from './site.ts';

const Config = z.strictObject({
  share: z
    .number()
    .positive()
    .max(1)
    .default(0.15)
    .describe(
      'Difference from the sum, as a share of the larger of both: meters of class 1 and line losses make a few per cent.',
    ),
  leastW: z.number().positive().max(1e6).default(1000).describe('And at least so much, W.'),
  holdMin: z.number().positive().max(1440).default(60),
  clearMin: z.number().positive().max(1440).default(60),
});

/** Means of one quarter of an hour. */
interface Mean {
  sumW: number;
  n: number;
  /** The mean of the last whole quarter, W; null where nothing was said in it. */
  lastW: number | null;
}

interface State {
  quarter: number | null;
  means: Record<string, Mean>;
  held: Record<string, Held>;
}

const quarterMs = 15 * 60_000;

/**
 * A feeder's or transformer's own meter against the sum of all below it: what is missing is drawn past the meters, or a
 * meter is set wrong. Only where every point directly below has a meter and all of them spoke.
 */
export const loadSums = defineRule<z.infer<typeof Config>, State, Trees>({
  id: 'load.sums',
  title: { zh: '总分表不符', en: 'Sums disagree' },
  scope: 'site',
  wants: ['power', 'tick'],
  config: Config,
  doubt: (config) => ({
    limit: {
      zh: `相差${Math.round(config.share * 100)}%且${config.leastW}瓦`,
      en: `${Math.round(config.share * 100)} % and ${config.leastW} W apart`,
    },
    could: {
      zh: '公共照明等没有列入的用电、电表时间不同步',
      en: 'common lights that are not listed, or meters whose clocks differ',
    },
    blind: {
      zh: '电表看不到未装表的线路',
      en: 'Meters do not see lines without one',
    },
  }),
  applies: ({ site }) => treesOf(site).trees.length > 0,
  initial: () => ({ quarter: null, means: {}, held: {} }),

  prepare: ({ site }) => treesOf(site),

  step(state, input, _subject, config, emit, { trees, wanted }) {
    if (input.kind === 'clock' || input.kind === 'start') {
      state.quarter = null;
      state.means = {};
      return;
    }
    if (input.kind === 'power') {
      if (!wanted.has(input.device)) return;
      let mean = state.means[input.device];
      if (!mean) {
        mean = { sumW: 0, n: 0, lastW: null };
        state.means[input.device] = mean;
      }
      mean.sumW += input.powerW;
      mean.n += 1;
      return;
    }
    if (input.kind !== 'tick') return;
    const quarter = Math.floor(input.atMs / quarterMs);
    if (quarter === state.quarter) return;
    const isWhole = state.quarter !== null && quarter === state.quarter + 1;
    state.quarter = quarter;
    for (const mean of Object.values(state.means)) {
      mean.lastW = isWhole && mean.n > 0 ? mean.sumW / mean.n : null;
      mean.sumW = 0;
      mean.n = 0;
    }
    for (const { point, own, below } of trees) {
      const total = sumOf(state, own);
      const parts = sumOf(state, below);
      if (total === null || parts === null) continue;
      const missingW = total - parts;
      const limitW = Math.max(
        config.leastW,
        config.share * Math.max(Math.abs(total), Math.abs(parts)),
      );
      let held = state.held[point.id];
      if (!held) {
        held = newHeld();
        state.held[point.id] = held;
      }
      const change = observe(
        held,
        input.atMs,
        Math.abs(missingW) >= limitW,
        Math.abs(missingW) < 0.8 * limitW,
        {
          holdMs: config.holdMin * 60_000,
          clearMs: config.clearMin * 60_000,
          gapMs: 2 * quarterMs,
        },
      );
      if (!change) continue;
      const percent = Math.round((100 * missingW) / Math.max(1, Math.abs(total)));
      const [totalKw, partsKw] = [total, parts].map((watt) => Number((watt / 1000).toFixed(1)));
      emit({
        point: point.id,
        change,
        severity: change === 'raised' ? 'minor' : 'info',
        atMs: input.atMs,
        sinceMs: held.sinceMs,
        evidence: { totalKw, partsKw, percent, meters: below.length },
        text:
          change === 'cleared'
            ? {
                zh: `${point.title}总表与分表之和相符。`,
                en: `${point.title}: the sums agree again.`,
              }
            : missingW > 0
              ? {
                  zh: `${point.title}总表${totalKw}千瓦，比${below.length}块分表之和${partsKw}千瓦多${percent}%，可能有未装表的用电，或某块表的互感器变比设错，请核查。`,
                  en: `${point.title}: its own meter says ${totalKw} kW, ${percent} % more than the ${below.length} meters below (${partsKw} kW). Something unmetered, or a current transformer ratio set wrong: please check.`,
                }
              : {
                  zh: `${point.title}总表${totalKw}千瓦，比${below.length}块分表之和${partsKw}千瓦少${-percent}%，可能某块表变比设错或接错线路，请核查。`,
                  en: `${point.title}: its own meter says ${totalKw} kW, ${-percent} % less than the ${below.length} meters below (${partsKw} kW). A ratio set wrong, or a meter on another line: please check.`,
                },
      });
    }
  },
});

/** Sum of the last quarter's means; null where one of the meters said nothing. */
function sumOf(state: State, meters: readonly string[]): number | null {
  let sum = 0;
  for (const meter of meters) {
    const watt = state.means[meter]?.lastW;
    if (watt === undefined || watt === null) return null;
    sum += watt;
  }
  return sum;
}

interface Tree {
  readonly point: Point;
  readonly own: readonly string[];
  readonly below: readonly string[];
}
interface Trees {
  readonly trees: readonly Tree[];
  readonly wanted: ReadonlySet<string>;
}

/** Points with a meter of their own whose every child has one too. */
function treesOf(site: Site): Trees {
  const meters = metersByPoint(site);
  const children = new Map<string, Point[]>();
  for (const point of site.points)
    if (point.parent !== undefined)
      children.set(point.parent, [...(children.get(point.parent) ?? []), point]);
  const trees = site.points.flatMap((point): Tree[] => {
    // Two meters on one point: nobody knows whether they add up or measure the same.
    const own = meters.get(point.id) ?? [];
    const below = (children.get(point.id) ?? []).map(({ id }) => meters.get(id) ?? []);
    if (own.length !== 1 || below.length < 2 || below.some(({ length }) => length !== 1)) return [];
    return [{ point, own, below: below.flat() }];
  });
  return { trees, wanted: new Set(trees.flatMap(({ own, below }) => [...own, ...below])) };
}
