import type { PowerReading } from '../../../drivers/reading.ts';
import { behindOf } from '../../../rules/ebike/metering.ts';
import type { Season } from '../../../simulators/house/appliances.ts';
import {
  composeHouse,
  type MeterPlace,
  type TrueSession,
} from '../../../simulators/house/compose.ts';
import type { Metering } from '../../../simulators/house/house.ts';

export const places = ['house', 'phase', 'room'] as const;
export const meterings = ['P', 'PF', 'THD'] as const;
export const seasons = ['mild', 'summer', 'winter'] as const;

export interface Case {
  readonly place: MeterPlace;
  readonly metering: Metering;
  readonly season: Season;
}

export const rooms = 10;
export const intervalS = 10;
export const utcOffsetMs = 8 * 3_600_000;
const hourMs = 3_600_000;

/** Local midnights of the first day: a spring, a summer and a winter night, for the rule reads the season from the calendar. */
const midnights: Readonly<Record<Season, number>> = {
  mild: Date.UTC(2026, 3, 12, 16),
  summer: Date.UTC(2026, 6, 12, 16),
  winter: Date.UTC(2026, 0, 11, 16),
};

/** How houses are peopled. */
export interface Habits {
  /** Charges a day in a house of ten rooms. */
  readonly charges: number;
  /** Share of the computers without correction; the simulator's own where absent. */
  readonly oldComputers?: number;
  /** True: rooms keep their e-bikes and computers from day to day. */
  readonly keeps?: boolean;
}

export interface Days {
  readonly meters: readonly string[];
  readonly readings: Iterable<PowerReading>;
  /** What counts: charges and suspicions that begin from here to there, ms. Before is the rule's lead-in, after it its time to finish. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Charges that begin in the window; complete once the readings are through. */
  truth(): readonly TrueSession[];
  /** All charges, also those that began before. */
  everything(): readonly TrueSession[];
}

const leadInH = 2;
const leadOutH = 10;

/** A charge shorter than this is a plug that was tried, not a charge. */
const leastChargeMs = 10 * 60_000;

/** `days` whole days of one house, from 14:00 to 14:00, with all that its meter can measure. */
export function daysOf(
  place: MeterPlace,
  season: Season,
  seed: number,
  days: number,
  { charges, oldComputers, keeps = false }: Habits,
): Days {
  const midnightMs = midnights[season];
  const house = composeHouse({
    seed,
    season,
    rooms,
    chargers: charges,
    metering: 'THD',
    place,
    intervalS,
    days: days + (leadInH + leadOutH) / 24,
    midnightMs,
    keeps,
    ...(oldComputers === undefined ? {} : { oldComputers }),
  });
  const fromMs = midnightMs + (12 + leadInH) * hourMs;
  const toMs = fromMs + days * 24 * hourMs;
  return {
    meters: house.meters,
    readings: house.readings(),
    fromMs,
    toMs,
    everything: () => house.truth(),
    truth: () =>
      house
        .truth()
        .filter(
          (one) =>
            one.fromMs >= fromMs && one.fromMs < toMs && one.toMs - one.fromMs > leastChargeMs,
        ),
  };
}

/** The same reading from a meter that measures less. */
export function asMetered(
  reading: PowerReading,
  metering: Metering,
  place: MeterPlace,
): PowerReading {
  if (metering === 'THD') return reading;
  const { phases = [], ...rest } = reading;
  if (metering === 'PF')
    return { ...rest, phases: phases.map(({ thdPercent: _left, ...phase }) => phase) };
  const powerW = Math.round(reading.powerW);
  if (place !== 'phase') return { ...rest, powerW };
  return {
    ...rest,
    powerW,
    phases: phases.map((phase) => ({ powerW: Math.round(phase.powerW ?? 0) })),
  };
}

/** How the rule sees this place. */
export const behind = (place: MeterPlace) =>
  behindOf(
    {
      id: 'x',
      title: 'x',
      kind: place === 'room' ? 'room' : 'building',
      rooms: place === 'room' ? 1 : rooms,
    },
    place === 'phase' ? 3 : 1,
  );
