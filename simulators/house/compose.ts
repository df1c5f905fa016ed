import type { PowerReading } from '../../drivers/reading.ts';
import { createRandom } from '../random.ts';
import type { Season } from './appliances.ts';
import { createHouse, type Metering, type Session } from './house.ts';
import type { Run } from './load.ts';
import { createMeter, type MeterFaults, ordinaryFaults } from './meter.ts';

/** Where the meter sits: one wire for all rooms, three phases told apart, or a meter in each room. */
export type MeterPlace = 'house' | 'phase' | 'room';

export interface HouseDayPlan {
  readonly seed: number | string;
  readonly season: Season;
  readonly rooms: number;
  /** E-bikes charged from one midnight to the next. */
  readonly chargers: number;
  readonly metering: Metering;
  readonly place: MeterPlace;
  readonly intervalS: number;
  /** Share of the computers without correction; default as in appliances.ts. */
  readonly oldComputers?: number;
  /** True: rooms keep their e-bikes and computers from day to day. */
  readonly keeps?: boolean;
  /** Default 1. A day goes from noon to noon, so that no night is cut in two. */
  readonly days?: number;
  /** Local midnight of the first day, ms UTC. Default: 16 March 2026 in Shanghai. */
  readonly midnightMs?: number;
  readonly faults?: MeterFaults;
  /** Recorded charges and the like, put into rooms; times in s since the first midnight. */
  readonly plugs?: readonly { readonly room: number; readonly run: Run }[];
}

/** A charge that really took place, in ms UTC. `meter` is the meter that could see it. */
export interface TrueSession {
  readonly meter: string;
  /** Index into the `phases` of that meter. */
  readonly phase: number;
  readonly room: number;
  readonly charger: string;
  readonly corrected: boolean;
  readonly fromMs: number;
  /** When it was unplugged: lead-acid chargers float for hours before. */
  readonly toMs: number;
}

export interface ComposedHouse {
  /** Devices, in the order of their rooms; one for `house` and `phase`. */
  readonly meters: readonly string[];
  /** All meters' readings in the order in which they were taken; nothing is kept. */
  readings(): Generator<PowerReading>;
  /** Complete only after `readings()` has been run to its end. */
  truth(): readonly TrueSession[];
}

const shanghaiMs = Date.UTC(2026, 2, 15, 16);
const dayS = 86_400;

/** A house and its meters, reading by reading: for days without end. `readings()` may be run once. */
export function composeHouse(plan: HouseDayPlan): ComposedHouse {
  const { season, rooms, chargers, metering, place, intervalS, days = 1 } = plan;
  const { midnightMs = shanghaiMs, faults = ordinaryFaults, oldComputers, keeps = false } = plan;
  const random = createRandom(plan.seed);
  const phases = place === 'phase' ? 3 : 1;
  const house = createHouse(random.fork('house'), {
    rooms,
    phases,
    season,
    chargesPerNight: chargers,
    keeps,
    ...(oldComputers === undefined ? {} : { oldComputers }),
  });
  for (const { room, run } of plan.plugs ?? []) house.plug(room, run);
  const meters = place === 'room' ? Array.from({ length: rooms }, (_, i) => `r${i + 1}`) : ['h'];
  const read = meters.map((device) =>
    createMeter(random.fork(`meter/${device}`), {
      device,
      metering,
      perPhase: place === 'phase',
      intervalS,
      faults,
    }),
  );
  const fromS = dayS / 2;
  const toS = fromS + days * dayS;
  return {
    meters,
    *readings() {
      for (let s = fromS; s < toS; s += intervalS) {
        const atMs = Math.round(midnightMs + s * 1000);
        for (const [i, meter] of read.entries()) {
          const reading = meter(s, atMs, place === 'room' ? [house.room(i, s)] : house.at(s));
          if (reading) yield reading;
        }
      }
    },
    truth: () =>
      house
        .sessions()
        .filter((session) => session.fromS < toS && session.toS > fromS)
        .map((session: Session) => ({
          meter: meters[place === 'room' ? session.room : 0] ?? 'h',
          phase: place === 'phase' ? session.phase : 0,
          room: session.room,
          charger: session.charger,
          corrected: session.corrected,
          fromMs: Math.round(midnightMs + session.fromS * 1000),
          toMs: Math.round(midnightMs + session.toS * 1000),
        })),
  };
}

/** One composed day held in memory: readings by meter, and what really happened. */
export function composeHouseDay(plan: HouseDayPlan): {
  readonly readings: ReadonlyMap<string, readonly PowerReading[]>;
  readonly truth: readonly TrueSession[];
} {
  const house = composeHouse(plan);
  const readings = new Map<string, PowerReading[]>(house.meters.map((meter) => [meter, []]));
  for (const reading of house.readings()) readings.get(reading.device)?.push(reading);
  return { readings, truth: house.truth() };
}
