import type { PowerReading, Reading } from '../../../drivers/reading.ts';
import type { Site } from '../../../rules/site.ts';
import { composeHouse } from '../../../simulators/house/compose.ts';
import { asMetered } from '../evaluate/village.ts';

export const hourMs = 3_600_000;
/** Houses that are composed; the village repeats them, each at another time of its day. */
const composed = 12;
/** What a house imports in a day at the most, Wh: its counter goes on from day to day. */
const dayWh = 1_000_000;
const [transformers, feeders] = [4, 12];
/** Midnight in Shanghai, a spring day. */
export const midnightMs = Date.UTC(2026, 3, 12, 16);

/** A village of three-phase house meters below feeders and transformers, and a gate; what its meters say, round by round. */
export interface Village {
  readonly site: Site;
  /** Rounds of an hour. */
  readonly perHour: number;
  /**
   * All readings of the `n`th round in the order of time: each meter once, some five hundred, as many as a group of the gateway has. They are
   * new objects. More at a time would be a cost of their own: they leave the processor's caches and the young generation before any rule sees them.
   */
  part(n: number): Reading[];
}

/**
 * `houses` meters that speak every `intervalS`; a third gives watts alone, a third power factors too, a third harmonics; all of them
 * residual current and the temperature of the panel, so that every rule has work.
 */
export function createVillage(houses: number, intervalS: number): Village {
  const days = Array.from({ length: Math.min(composed, houses) }, (_, seed) => [
    ...composeHouse({
      seed,
      season: 'mild',
      rooms: 10,
      chargers: 2,
      metering: 'THD',
      place: 'phase',
      intervalS: Math.max(10, intervalS),
      midnightMs,
    }).readings(),
  ]);
  const ids = Array.from({ length: houses }, (_, n) => `m${n + 1}`);
  const said = days.flatMap((day) =>
    (['P', 'PF', 'THD'] as const).map((metering) =>
      day.map((reading) => asMetered(reading, metering, 'phase')),
    ),
  );
  /** What house `n` says at a step of the village; a meter that speaks every second repeats ten-second loads, with its own noise. */
  const readingOf = (n: number, step: number, atMs: number): PowerReading => {
    const day = said[n % said.length] ?? [];
    const index = Math.floor((step * intervalS) / Math.max(10, intervalS)) + n * 137;
    const { energyWh, ...base } = day[index % day.length] as PowerReading;
    const noiseW = (step % 7) / 10;
    return {
      ...base,
      device: ids[n] as string,
      atMs,
      powerW: base.powerW + noiseW,
      ...(energyWh === undefined
        ? {}
        : { energyWh: energyWh + Math.floor(index / day.length) * dayWh }),
      ...panelOf(n, atMs, step),
    };
  };
  return {
    site: siteOf(ids, intervalS),
    perHour: hourMs / 1000 / intervalS,
    part(n) {
      const atMs = midnightMs + Math.round(n * intervalS * 1000);
      const readings: Reading[] = ids.map((_, house) => readingOf(house, n, atMs + (house % 1000)));
      if ((n * intervalS) % 30 < intervalS) readings.push(...passes(atMs + 1000, n));
      // As they come from a wire. Spread together as above V8 gives each a layout of its own, and no compiled code fits two of them.
      return JSON.parse(JSON.stringify(readings.sort((a, b) => a.atMs - b.atMs)));
    },
  };
}

/** What leaks and how warm the panel is: another level in each house, slowly up and down through the day, with the noise of a sensor; no fault. */
function panelOf(house: number, atMs: number, step: number) {
  const wave = Math.sin((2 * Math.PI * atMs) / (24 * hourMs) + house);
  return {
    residualMa: tenth(60 + (house % 80) + 15 * wave + (step % 11) / 2),
    temperatureC: tenth(30 + (house % 7) + 5 * wave + (step % 5) / 10),
  };
}

const tenth = (value: number): number => Math.round(value * 10) / 10;

/** A car every half minute: the loop, the arm, the plate. */
function passes(atMs: number, step: number): Reading[] {
  const common = { device: 'cam-1', lane: 'in-1' } as const;
  return [
    { ...common, kind: 'presence', atMs, input: 'loop', occupied: true },
    { ...common, kind: 'barrier', atMs: atMs + 2000, state: 'open' },
    {
      ...common,
      kind: 'passage',
      atMs: atMs + 2000,
      direction: 'in',
      credential: 'plate',
      result: step % 5 === 0 ? 'visitor' : 'registered',
      plate: `沪A${String(10_000 + (step % 90_000))}`,
    },
    { ...common, kind: 'presence', atMs: atMs + 4000, input: 'loop', occupied: false },
    { ...common, kind: 'barrier', atMs: atMs + 8000, state: 'closed' },
  ];
}

function siteOf(ids: readonly string[], intervalS: number): Site {
  const limits = {
    contractA: 63,
    breaker: { ratedA: 63, curve: 'C' as const },
    cable: { mm2: 16, method: 'B1' as const, cores: 3 as const, ambientC: 30, grouped: 1 },
  };
  return {
    name: '杜巷小区',
    utcOffsetMs: 8 * hourMs,
    points: [
      ...Array.from({ length: transformers }, (_, i) => ({
        id: `t${i + 1}`,
        title: `${i + 1}号变压器`,
        kind: 'transformer' as const,
        limits: { ratedKva: 1000 },
      })),
      ...Array.from({ length: feeders }, (_, i) => ({
        id: `f${i + 1}`,
        title: `${i + 1}号线`,
        kind: 'feeder' as const,
        parent: `t${(i % transformers) + 1}`,
      })),
      ...ids.map((_, i) => ({
        id: `b${i + 1}`,
        title: `${i + 1}号楼`,
        kind: 'building' as const,
        parent: `f${(i % feeders) + 1}`,
        rooms: 10,
        limits,
      })),
    ],
    lanes: [{ id: 'in-1', title: '入口', direction: 'in', loop: 'loop' }],
    devices: [
      ...ids.map((id, i) => ({ id, point: `b${i + 1}`, kinds: ['power' as const], intervalS })),
      {
        id: 'cam-1',
        lane: 'in-1',
        kinds: ['passage', 'presence', 'barrier'] as const,
        intervalS: 30,
      },
    ],
    parking: { places: 180 },
  };
}
