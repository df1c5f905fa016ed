import { z } from 'zod';
import type { PowerReading } from '../drivers/reading.ts';
import { deadV } from './circuit/supply.ts';
import { isKnown, missing } from './missing.ts';
import { type Draft, defineRule } from './rule.ts';
import type { Point, Site } from './site.ts';

const Config = z.strictObject({
  neighbours: z
    .int()
    .min(1)
    .max(100)
    .default(2)
    .describe('So many others on the same feeder must be alive.'),
  holdMin: z.number().positive().max(60).default(3),
  backMin: z.number().positive().max(60).default(2),
});

/** What is known of one building; times are the box's, from ticks. */
interface Lot {
  heardMs: number;
  deadMs: number;
  backMs: number;
  raised: boolean;
  sinceMs: number;
}

const newLot = (): Lot => ({
  heardMs: missing,
  deadMs: missing,
  backMs: missing,
  raised: false,
  sinceMs: 0,
});

interface State {
  nowMs: number;
  lots: Record<string, Lot>;
}

/** A lot that has been silent so many of its intervals is silent, not slow. */
const silentIntervals = 3;

/** One building is dark while its neighbours on the same feeder are not. */
export const loadLost = defineRule<z.infer<typeof Config>, State, Lots>({
  id: 'load.lost',
  title: { zh: '单栋失电', en: 'Supply lost' },
  scope: 'site',
  wants: ['power', 'tick'],
  config: Config,
  doubt: (config) => ({
    limit: {
      zh: `${config.holdMin}分钟无电且邻楼有电`,
      en: `${config.holdMin} min without supply while neighbours have it`,
    },
    could: {
      zh: '住户自己断电检修、计划停电，或电表、网络故障',
      en: 'somebody working on it, a planned outage, or the meter or its network',
    },
    blind: {
      zh: '电表看不到是哪个开关断开、为什么',
      en: 'The meter sees neither which switch is open nor why',
    },
  }),
  initial: () => ({ nowMs: missing, lots: {} }),
  prepare: ({ site }) => mapOf(site),

  step(state, input, _subject, config, emit, { buildings, feeders, byDevice, intervalS }) {
    switch (input.kind) {
      case 'start':
      case 'clock':
        // How long the box was away, or how far its clock jumped, says nothing about a house.
        state.nowMs = input.atMs;
        for (const lot of Object.values(state.lots)) {
          if (isKnown(lot.heardMs)) lot.heardMs = input.atMs;
          lot.deadMs = missing;
          lot.backMs = missing;
        }
        return;
      case 'power': {
        const point = byDevice.get(input.device);
        if (!point) return;
        let lot = state.lots[point];
        if (!lot) {
          lot = newLot();
          state.lots[point] = lot;
        }
        lot.heardMs = isKnown(state.nowMs) ? state.nowMs : input.atMs;
        if (!isDead(input)) lot.deadMs = missing;
        else if (!isKnown(lot.deadMs)) lot.deadMs = lot.heardMs;
        return;
      }
      case 'tick':
        break;
      default:
        return;
    }
    const nowMs = input.atMs;
    state.nowMs = nowMs;
    const living = new Map<string, number>();
    const darkFeeders: DarkFeeder[] = [];
    for (const [feeder, points] of buildings) {
      const dark: Array<readonly [Point, Lot, number]> = [];
      let alive = 0;
      for (const point of points) {
        const lot = state.lots[point.id];
        if (!lot || !isKnown(lot.heardMs)) continue;
        const silentMs = nowMs - lot.heardMs;
        const silent = silentMs > (intervalS.get(point.id) ?? 60) * silentIntervals * 1000;
        const darkSinceMs = isKnown(lot.deadMs) ? lot.deadMs : silent ? lot.heardMs : missing;
        const isDark = isKnown(darkSinceMs);
        if (isDark) dark.push([point, lot, darkSinceMs]);
        else alive += 1;
        if (!lot.raised) continue;
        if (isDark) lot.backMs = missing;
        else if (!isKnown(lot.backMs)) lot.backMs = nowMs;
        if (isDark || nowMs - lot.backMs < config.backMin * 60_000) continue;
        lot.raised = false;
        const minutes = Math.round((nowMs - lot.sinceMs) / 60_000);
        emit({
          point: point.id,
          change: 'cleared',
          severity: 'info',
          atMs: nowMs,
          sinceMs: lot.sinceMs,
          evidence: { minutes },
          text: {
            zh: `${point.title}恢复供电，历时${minutes}分钟。`,
            en: `${point.title} has power again after ${minutes} min.`,
          },
        });
      }
      living.set(feeder, alive);
      if (alive === 0 && dark.length > 0) {
        darkFeeders.push({
          feeder,
          dark: dark.length,
          sinceMs: Math.max(...dark.map(([, , ms]) => ms)),
        });
      }
      // Without living neighbours it is the feeder or the network: not this house's fault.
      if (alive < config.neighbours) continue;
      for (const [point, lot, darkSinceMs] of dark) {
        if (lot.raised || nowMs - darkSinceMs < config.holdMin * 60_000) continue;
        lot.raised = true;
        lot.sinceMs = darkSinceMs;
        lot.backMs = missing;
        emit({
          point: point.id,
          change: 'raised',
          severity: 'major',
          atMs: nowMs,
          sinceMs: darkSinceMs,
          evidence: { aliveNeighbours: alive, feeder, silent: !isKnown(lot.deadMs) },
          text: {
            zh: `${point.title}失电，同线${alive}栋正常，请电工检查，勿自行合闸。${!isKnown(lot.deadMs) ? '（电表无消息，也可能是电表或网络故障）' : ''}`,
            en: `${point.title} lost power while ${alive} neighbours are on. Ask an electrician; do not re-close the breaker.${!isKnown(lot.deadMs) ? ' (The meter is silent: it may be the meter or the network.)' : ''}`,
          },
        });
      }
    }
    judgeFeeders(state, feeders, darkFeeders, living, nowMs, config, emit);
  },
});

/** A feeder below which every known house is dark. */
interface DarkFeeder {
  readonly feeder: string;
  readonly dark: number;
  readonly sinceMs: number;
}

/** A whole feeder is told once, itself: where other feeders live it is neither the network nor the village's supply. */
function judgeFeeders(
  state: State,
  feeders: readonly Point[],
  dark: readonly DarkFeeder[],
  living: ReadonlyMap<string, number>,
  nowMs: number,
  config: z.infer<typeof Config>,
  emit: (draft: Draft) => void,
): void {
  const alive = [...living.values()].reduce((sum, one) => sum + one, 0);
  for (const point of feeders) {
    const here = dark.find(({ feeder }) => feeder === point.id);
    let lot = state.lots[point.id];
    if (here && !lot && here.dark >= 2) {
      lot = newLot();
      state.lots[point.id] = lot;
    }
    if (!lot || !living.has(point.id)) continue;
    if (lot.raised && !here && (living.get(point.id) ?? 0) > 0) {
      if (!isKnown(lot.backMs)) lot.backMs = nowMs;
      if (nowMs - lot.backMs < config.backMin * 60_000) continue;
      lot.raised = false;
      const minutes = Math.round((nowMs - lot.sinceMs) / 60_000);
      emit({
        point: point.id,
        change: 'cleared',
        severity: 'info',
        atMs: nowMs,
        sinceMs: lot.sinceMs,
        evidence: { minutes },
        text: {
          zh: `${point.title}恢复供电，历时${minutes}分钟。`,
          en: `${point.title} has power again after ${minutes} min.`,
        },
      });
      continue;
    }
    lot.backMs = missing;
    if (lot.raised || !here || here.dark < 2 || alive < config.neighbours) continue;
    if (nowMs - here.sinceMs < config.holdMin * 60_000) continue;
    lot.raised = true;
    lot.sinceMs = here.sinceMs;
    emit({
      point: point.id,
      change: 'raised',
      severity: 'major',
      atMs: nowMs,
      sinceMs: here.sinceMs,
      evidence: { darkBuildings: here.dark, aliveNeighbours: alive },
      text: {
        zh: `${point.title}下${here.dark}栋全部失电或无消息，其他线路正常，请电工检查该线路，勿自行合闸。`,
        en: `All ${here.dark} buildings on ${point.title} are dark or silent while other lines are on. Ask an electrician; do not re-close the breaker.`,
      },
    });
  }
}

function isDead({ phases }: PowerReading): boolean {
  let known = false;
  for (const { voltageV } of phases ?? []) {
    if (voltageV === undefined) continue;
    if (voltageV >= deadV) return false;
    known = true;
  }
  return known;
}

interface Lots {
  readonly buildings: ReadonlyArray<readonly [feeder: string, points: readonly Point[]]>;
  /** What feeds them, as points. */
  readonly feeders: readonly Point[];
  readonly byDevice: ReadonlyMap<string, string>;
  readonly intervalS: ReadonlyMap<string, number>;
}

/** Buildings by feeder and meters by building. */
function mapOf(site: Site): Lots {
  const below = new Map<string, Point[]>();
  for (const point of site.points) {
    if (point.kind !== 'building' || point.parent === undefined) continue;
    const lots = below.get(point.parent);
    if (lots) lots.push(point);
    else below.set(point.parent, [point]);
  }
  const byDevice = new Map<string, string>();
  const intervalS = new Map<string, number>();
  for (const { id, point, intervalS: everyS, kinds } of site.devices) {
    if (point === undefined || !kinds.includes('power')) continue;
    byDevice.set(id, point);
    intervalS.set(point, Math.max(intervalS.get(point) ?? 0, everyS));
  }
  const feeders = site.points.filter(({ id }) => below.has(id));
  return { buildings: [...below], feeders, byDevice, intervalS };
}
