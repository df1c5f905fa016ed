import { z } from 'zod';
import type { Phase, PowerReading } from '../drivers/reading.ts';
import { asMean, isSlow, slowGapS } from './circuit/slow.ts';
import { behindOf, type Channel, mayAlert, slowestS } from './ebike/metering.ts';
import { type Night, newNight, rankOf, seeMinute } from './ebike/night.ts';
import { defineRule } from './rule.ts';
import type { Point, Site } from './site.ts';

const Config = z.strictObject({
  weekday: z
    .int()
    .min(0)
    .max(6)
    .default(1)
    .describe('When the list is made: 0 Sunday to 6 Saturday.'),
  hour: z.int().min(0).max(23).default(8).describe('And at which local hour.'),
  longest: z.int().min(1).max(50).default(10).describe('So many points at the most.'),
  leastW: z
    .number()
    .min(0)
    .max(5000)
    .default(80)
    .describe('Points below this on the mean of their nights are not listed, W.'),
  leastNights: z.int().min(1).max(7).default(3).describe('Nights that must be known.'),
});

interface State {
  /** The last list, local day since 1970. */
  toldDay: number | null;
  points: Record<string, Night>;
}

/** A meter of a building. */
interface Meter {
  /** The point's. */
  readonly id: string;
  /** What is told of it without this list; null where it speaks too seldom for single charges, whatever it measures. */
  readonly told: ReadonlyArray<Readonly<Record<Channel, boolean>>> | null;
  /** A longer silence is a gap, s; null where it speaks so often that its power is enough. */
  readonly gapS: number | null;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/**
 * Where a meter cannot tell a charger from an air conditioner, nights are ranked instead of judged: what a house
 * draws from 23 to 3 more than at 4, and how much of it goes slowly. A list for the week's walk, never an alert.
 */
export const ebikeWatch = defineRule<z.infer<typeof Config>, State, ReadonlyMap<string, Meter>>({
  id: 'load.ebike.watch',
  title: { zh: '夜间用电巡查名单', en: 'Watch list of nights' },
  scope: 'site',
  wants: ['power', 'tick'],
  config: Config,
  applies: ({ site }) => watchedOf(site).size > 0,
  initial: () => ({ toldDay: null, points: {} }),

  prepare: ({ site }) => watchedOf(site),

  step(state, input, { site }, config, emit, watched) {
    if (input.kind === 'power') {
      const meter = watched.get(input.device);
      if (!meter) return;
      const { id, told, gapS } = meter;
      const { phases } = input;
      // This meter tells single charges itself.
      if (told?.[phases?.length ?? 1]?.[kindOf(phases)]) return;
      let night = state.points[id];
      if (!night) {
        night = newNight();
        state.points[id] = night;
      }
      const seen = gapS === null ? input : meanOf(night, input, gapS);
      if (seen) seeMinute(night, seen.atMs + site.utcOffsetMs, seen.powerW);
      return;
    }
    if (input.kind !== 'tick') return;
    const localMs = input.atMs + site.utcOffsetMs;
    const day = Math.floor(localMs / dayMs);
    if ((day + 4) % 7 !== config.weekday || localMs - day * dayMs < config.hour * hourMs) return;
    if (state.toldDay === day) return;
    state.toldDay = day;
    const list = site.points
      .flatMap((point) => {
        const night = state.points[point.id];
        const rank = night ? rankOf(night, day) : null;
        return rank && rank.nights >= config.leastNights && rank.meanW >= config.leastW
          ? [{ point: point.id, title: point.title, ...rank }]
          : [];
      })
      .sort((a, b) => b.meanW - a.meanW)
      .slice(0, config.longest);
    if (list.length === 0) return;
    const rows = (of: 'zh' | 'en') =>
      list
        .slice(0, 5)
        .map(({ title, meanW }) =>
          of === 'zh' ? `${title}（平均多${meanW}瓦）` : `${title} (${meanW} W more on the mean)`,
        )
        .join(of === 'zh' ? '、' : ', ');
    const left = list.length > 5 ? list.length - 5 : 0;
    emit({
      change: 'raised',
      severity: 'info',
      atMs: input.atMs,
      sinceMs: (day - 7) * dayMs - site.utcOffsetMs,
      evidence: { list, days: 7 },
      text: {
        zh: `近7晚深夜用电较多的${list.length}处，供巡查参考：${rows('zh')}${left > 0 ? `等，另${left}处见名单` : ''}。整栋电表分不清充电和空调，名单不是结论。`,
        en: `${list.length} places that drew most late at night in the last 7 nights, for the week's walk: ${rows('en')}${left > 0 ? `, ${left} more on the list` : ''}. The meter of a house cannot tell charging from air conditioning: a list, no finding.`,
      },
    });
  },
});

/** What a reading tells of each phase: harmonics, power factors, or watts alone. */
function kindOf(phases: readonly Phase[] | undefined): Channel {
  let kind: Channel = 'P';
  if (!phases) return kind;
  for (const phase of phases) {
    if (phase.thdPercent !== undefined) return 'THD';
    if (phase.currentA !== undefined || phase.powerFactor !== undefined) kind = 'PF';
  }
  return kind;
}

/** Of how many phases, up to three, and which channel the point's single charges are told. */
const toldOf = (point: Point): Meter['told'] =>
  [0, 1, 2, 3].map((phases) => {
    const told = (channel: Channel) => mayAlert(behindOf(point, phases), channel) !== null;
    return { P: told('P'), PF: told('PF'), THD: told('THD') };
  });

/** What the counter says of the time since the last reading, and the middle of it; null for a late reading. */
function meanOf(
  night: Night,
  input: PowerReading,
  gapS: number,
): { readonly powerW: number; readonly atMs: number } | null {
  const { energyWh, atMs } = input;
  const before = night.energy;
  if (before && atMs <= before.atMs) return null;
  if (energyWh === undefined) delete night.energy;
  else night.energy = { wh: energyWh, atMs };
  const dtS = before ? (atMs - before.atMs) / 1000 : 0;
  if (!before || energyWh === undefined || dtS > gapS) return input;
  return { powerW: asMean(input, dtS, before.wh).powerW, atMs: atMs - (dtS * 1000) / 2 };
}

/** Buildings by their meters. Rooms that only know their watts are left to the detector: a list of rooms is about people. */
function watchedOf(site: Site): ReadonlyMap<string, Meter> {
  const buildings = new Map(
    site.points.filter(({ kind }) => kind === 'building').map((point) => [point.id, point]),
  );
  return new Map(
    site.devices.flatMap((device) => {
      const { id, point, kinds, intervalS } = device;
      const at = point === undefined ? undefined : buildings.get(point);
      if (!at || !kinds.includes('power')) return [];
      const gapS = isSlow([device]) ? slowGapS([device]) : null;
      const told = intervalS > slowestS ? null : toldOf(at);
      return [[id, { id: at.id, told, gapS }] as const];
    }),
  );
}
