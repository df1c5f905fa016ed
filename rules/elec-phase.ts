import { z } from 'zod';
import type { PowerReading } from '../drivers/reading.ts';
import { deadV as noVoltageV } from './circuit/supply.ts';
import { backText, lineBackText, lineLostText, lostText, meterText } from './elec-phase-text.ts';
import type { PhaseName } from './finding.ts';
import { breakOff, type Held, newHeld, observe } from './held.ts';
import { metersByPoint } from './meters.ts';
import { isKnown, missing } from './missing.ts';
import { type Draft, defineRule } from './rule.ts';
import type { Point, Site } from './site.ts';

const Config = z.strictObject({
  deadV: z
    .number()
    .min(20)
    .max(150)
    .default(110)
    .describe('Below this a phase is lost, V: motors and neighbours may hold it well above 0.'),
  aliveV: z
    .number()
    .min(150)
    .max(220)
    .default(180)
    .describe('While another has at least this, V; and it is back where all three have.'),
  highV: z
    .number()
    .min(230)
    .max(400)
    .default(250)
    .describe(
      'And none is above this, V: that is a lost neutral, which elec.neutral tells. Nothing at all, below 20 V, is none.',
    ),
  holdS: z.number().min(0).max(3600).default(60),
  backMin: z.number().positive().max(60).default(2),
  houses: z
    .int()
    .min(2)
    .max(100)
    .default(3)
    .describe('So many houses of one line, and half of them, are the line: it is told once.'),
});
type Config = z.infer<typeof Config>;

/** What is known of one house with three phases. */
interface Lot {
  held: Held;
  /** Which phases are lost, a bit for each, as last seen. */
  lost: number;
  /** Which were when it was told; they name the finding until its end. */
  toldLost: number;
  /** False where it went up in its line. */
  told: boolean;
}

/** What is known of one point with three phases, whatever its state. */
interface Seen {
  /** Time of its last reading, ms: what is older is late. */
  heardMs: number;
  /** Which of its phases ever had supply, a bit for each: the others of a three-phase meter may not be wired at all. */
  wired: number;
}

interface State {
  seen: Record<string, Seen>;
  /** Points that have lost a phase, or had until now. */
  lots: Record<string, Lot>;
  /** Lines that were told of, and since when. */
  lines: Record<string, number>;
}

const phaseNames: readonly PhaseName[] = ['l1', 'l2', 'l3'];
/** A silence as long as this begins the hold times anew, ms. */
const gapMs = 600_000;
/** A phase that reads no voltage while this much flows in it has its supply, A: the meter's terminal has not. */
const flowsA = 0.5;

/**
 * One or two phases of three have no supply while another has: a fuse, a joint, one pole of a breaker. Rooms are dark, and
 * motors that want three phases burn. All three dark is load.lost's.
 */
export const elecPhase = defineRule<Config, State, ReadonlyMap<string, Place>>({
  id: 'elec.phase',
  title: { zh: '缺相', en: 'A phase is lost' },
  scope: 'site',
  wants: ['power', 'clock'],
  config: Config,
  doubt: ({ deadV, aliveV, holdS }) => ({
    limit: {
      zh: `一相低于${deadV}伏而另一相不低于${aliveV}伏，满${holdS}秒`,
      en: `one phase below ${deadV} V while another has ${aliveV} V or more, for ${holdS} s`,
    },
    could: {
      zh: '电工正在检修、电表该相的电压端子松动或保险熔断',
      en: 'an electrician at work, or the meter’s own voltage terminal or fuse',
    },
    blind: {
      zh: '电表看不到断在哪一段，也看不到哪几间房没电',
      en: 'The meter sees neither where it is broken nor which rooms are dark',
    },
  }),
  applies: ({ site }) => placesOf(site).size > 0,
  initial: () => ({ seen: {}, lots: {}, lines: {} }),
  prepare: ({ site }) => placesOf(site),

  step(state, input, _subject, config, emit, places) {
    if (input.kind === 'clock') {
      for (const seen of Object.values(state.seen)) seen.heardMs = missing;
      for (const { held } of Object.values(state.lots)) breakOff(held);
    }
    if (input.kind !== 'power' || input.phases?.length !== 3) return;
    const place = places.get(input.device);
    if (!place) return;
    const l1V = input.phases[0]?.voltageV;
    const l2V = input.phases[1]?.voltageV;
    const l3V = input.phases[2]?.voltageV;
    if (l1V === undefined || l2V === undefined || l3V === undefined) return;
    const { id } = place;
    let seen = state.seen[id];
    if (!seen) {
      seen = { heardMs: missing, wired: 0 };
      state.seen[id] = seen;
    }
    if (input.atMs <= seen.heardMs) return;
    seen.heardMs = input.atMs;
    const { aliveV } = config;
    const alive = bitsOf(l1V >= aliveV, l2V >= aliveV, l3V >= aliveV);
    const wired = seen.wired | alive;
    seen.wired = wired;
    const lost = wired & lostPhases(l1V, l2V, l3V, config);
    let lot = state.lots[id];
    if (!lot) {
      if (lost === 0) return;
      lot = { held: newHeld(), lost: 0, toldLost: 0, told: false };
      state.lots[id] = lot;
    }
    if (lost !== 0) lot.lost = lost;
    const isBack = alive === wired;
    const hold = { holdMs: config.holdS * 1000, clearMs: config.backMin * 60_000, gapMs };
    const change = observe(lot.held, input.atMs, lost !== 0, isBack, hold);
    if (change === 'raised') raise(state, lot, place, input, config, emit);
    if (change === 'cleared') clear(state, lot, place, input.atMs, config, emit);
    if (isBack && !lot.held.raised) delete state.lots[id];
  },
});

type Emit = (draft: Draft) => void;

function raise(
  state: State,
  lot: Lot,
  { point, line, neighbours }: Place,
  { atMs, phases = [] }: PowerReading,
  config: Config,
  emit: Emit,
): void {
  lot.toldLost = lot.lost;
  lot.told = false;
  if (line && state.lines[line.id] !== undefined) return;
  // Those that have not held out long enough yet count too: the line is told instead of its first house.
  const dark = neighbours.filter((id) => {
    const held = state.lots[id]?.held;
    return held !== undefined && (held.raised || isKnown(held.overMs));
  }).length;
  if (line && dark >= config.houses && dark * 2 >= neighbours.length) {
    state.lines[line.id] = lot.held.sinceMs;
    emit({
      point: line.id,
      change: 'raised',
      severity: 'major',
      atMs,
      sinceMs: lot.held.sinceMs,
      evidence: { darkBuildings: dark, buildings: neighbours.length },
      text: lineLostText(line.title, dark),
    });
    return;
  }
  lot.told = true;
  const names = namesOf(lot.lost);
  const lostV = Math.round(voltOf(phases, names[0]));
  const flowing = names.filter(
    (name) => (phases[phaseNames.indexOf(name)]?.currentA ?? 0) > flowsA,
  );
  const isMeter = flowing.length === names.length;
  emit({
    change: 'raised',
    severity: isMeter ? 'minor' : 'major',
    point: point.id,
    ...(names.length === 1 && names[0] ? { phase: names[0] } : {}),
    atMs,
    sinceMs: lot.held.sinceMs,
    evidence: { phases: names, lostV, meter: isMeter },
    text: isMeter ? meterText(point.title, names) : lostText(point.title, names, lostV),
  });
}

function clear(
  state: State,
  lot: Lot,
  { point, line, neighbours }: Place,
  atMs: number,
  config: Config,
  emit: Emit,
): void {
  const minutesSince = (sinceMs: number) => Math.round((atMs - sinceMs) / 60_000);
  if (lot.told) {
    const names = namesOf(lot.toldLost);
    const minutes = minutesSince(lot.held.sinceMs);
    emit({
      change: 'cleared',
      severity: 'info',
      point: point.id,
      ...(names.length === 1 && names[0] ? { phase: names[0] } : {}),
      atMs,
      sinceMs: lot.held.sinceMs,
      evidence: { minutes },
      text: backText(point.title, minutes),
    });
    return;
  }
  const sinceMs = line && state.lines[line.id];
  if (!line || sinceMs === undefined) return;
  const left = neighbours.flatMap((id) => {
    const one = state.lots[id];
    return one?.held.raised && !one.told ? [one] : [];
  });
  if (left.length >= config.houses) return;
  delete state.lines[line.id];
  // Who is dark still when the line is back is dark alone: it is told, if it stays so.
  for (const { held } of left) {
    held.raised = false;
    held.overMs = missing;
  }
  const minutes = minutesSince(sinceMs);
  emit({
    change: 'cleared',
    severity: 'info',
    point: line.id,
    atMs,
    sinceMs,
    evidence: { minutes },
    text: lineBackText(line.title, minutes),
  });
}

/** A bit for each phase that is lost; none where all are dark, or where it looks like a lost neutral. */
function lostPhases(
  l1V: number,
  l2V: number,
  l3V: number,
  { deadV, aliveV, highV }: Config,
): number {
  const highestV = Math.max(l1V, l2V, l3V);
  // A lost neutral leaves some voltage everywhere.
  const isNeutral = highestV > highV && Math.min(l1V, l2V, l3V) >= noVoltageV;
  if (highestV < aliveV || isNeutral) return 0;
  return bitsOf(l1V < deadV, l2V < deadV, l3V < deadV);
}

/** A bit for each phase of which it is true. */
const bitsOf = (l1: boolean, l2: boolean, l3: boolean): number =>
  (l1 ? 1 : 0) | (l2 ? 2 : 0) | (l3 ? 4 : 0);

const namesOf = (bits: number): readonly PhaseName[] =>
  phaseNames.filter((_name, i) => (bits & (1 << i)) !== 0);

const voltOf = (phases: NonNullable<PowerReading['phases']>, name: PhaseName | undefined): number =>
  (name === undefined ? undefined : phases[phaseNames.indexOf(name)]?.voltageV) ?? 0;

/** Where a meter is: its point, the line that feeds it, and the houses on that line. */
interface Place {
  /** The point's: found here without a look at the point. */
  readonly id: string;
  readonly point: Point;
  readonly line: Point | undefined;
  readonly neighbours: readonly string[];
}

/** By meter; points that more than one meter measures are left out: they may be of different phases. */
function placesOf(site: Site): ReadonlyMap<string, Place> {
  const points = new Map(site.points.map((point) => [point.id, point]));
  const meters = metersByPoint(site);
  const below = new Map<string, string[]>();
  for (const { id, kind, parent } of site.points)
    if (kind === 'building' && parent !== undefined && meters.get(id)?.length === 1)
      below.set(parent, [...(below.get(parent) ?? []), id]);
  return new Map(
    [...meters].flatMap(([at, [device, ...more]]): Array<[string, Place]> => {
      const point = points.get(at);
      if (!point || device === undefined || more.length > 0) return [];
      const isHouse = point.kind === 'building' && point.parent !== undefined;
      const line = isHouse ? points.get(point.parent) : undefined;
      return [[device, { id: at, point, line, neighbours: (line && below.get(line.id)) ?? [] }]];
    }),
  );
}
