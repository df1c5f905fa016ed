import { driverById } from '../drivers/index.ts';
import type { Reading } from '../drivers/reading.ts';
import { createDoor, doorTraffic } from './door.ts';
import { withFault } from './fault.ts';
import { createLane, type Lane, ordinaryTraffic, yardTraffic } from './gate.ts';
import { createHouse, type House, meterReading, type Session } from './house/house.ts';
import { createRandom, type Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import type { Village, VillageHouse } from './village.ts';
import type { VillageLane } from './village-lanes.ts';

/** What really happens in the village, and what its devices see of it. Ask in the order of time. */
export interface World {
  /** Every device's readings from the last call until `s`, in the order of time. */
  until(s: number): readonly Reading[];
  /** What really happened: charges with house and room. */
  truth(): readonly Truth[];
}

export interface Truth {
  readonly what: 'charging';
  readonly point: string;
  readonly room: number;
  readonly phase: number;
  readonly charger: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface WorldParts {
  readonly village: Village;
  readonly scenario: Scenario;
  readonly seed: number;
  /** Local midnight from which seconds are counted, ms UTC. */
  readonly midnightMs: number;
  readonly startS: number;
}

interface Meter {
  readonly everyS: number;
  nextS: number;
  readonly read: (s: number, atMs: number) => Reading;
  readonly faulty: (s: number, readings: Reading[], take: () => Reading) => void;
}

export function createWorld({ village, scenario, seed, midnightMs, startS }: WorldParts): World {
  const random = createRandom(seed);
  const houses = new Map<string, House>();
  const meters: Meter[] = [];
  for (const plan of village.houses) {
    const fault = scenario.fault?.(plan, seed) ?? null;
    const { point, rooms, phases } = plan;
    const { season, chargesPerNight } = scenario;
    const house = createHouse(random.fork(point), { rooms, phases, season, chargesPerNight });
    houses.set(point, house);
    for (const meter of metersOf(plan, house)) {
      // Meters do not speak at the same moment.
      meters.push({
        ...meter,
        faulty: withFault(fault),
        nextS: startS + random.fork(`${point}/${meters.length}`).between(0, meter.everyS),
      });
    }
  }
  for (const { house, room, run } of scenario.plugs(village, seed))
    houses.get(house)?.plug(room, run);
  const lanes = village.lanes.map((lane) => laneOf(lane, random, { scenario, midnightMs, startS }));
  const heartbeats = village.lanes.flatMap(({ device, heartbeatS }) =>
    heartbeatS === undefined ? [] : [{ device, heartbeatS, nextS: startS }],
  );

  return {
    until(s) {
      const readings: Reading[] = [];
      for (const meter of meters) {
        for (; meter.nextS <= s; meter.nextS += meter.everyS) {
          const s = meter.nextS;
          meter.faulty(s, readings, () => meter.read(s, Math.round(midnightMs + s * 1000)));
        }
      }
      for (const lane of lanes) for (const reading of lane.until(s)) readings.push(reading);
      for (const beat of heartbeats) {
        for (; beat.nextS <= s; beat.nextS += beat.heartbeatS) {
          readings.push({
            kind: 'status',
            device: beat.device,
            atMs: Math.round(midnightMs + beat.nextS * 1000),
            online: true,
          });
        }
      }
      return readings.sort((a, b) => a.atMs - b.atMs);
    },
    truth: () =>
      village.houses.flatMap(({ point }) =>
        (houses.get(point)?.sessions() ?? []).map((session: Session) => ({
          what: 'charging' as const,
          point,
          room: session.room,
          phase: session.phase,
          charger: session.charger,
          fromMs: midnightMs + session.fromS * 1000,
          toMs: midnightMs + session.toS * 1000,
        })),
      ),
  };
}

/** What happens in a lane, as far as its device can see it. */
function laneOf(
  { id, device, driver, direction, traffic, stranger = 'rejected' }: VillageLane,
  random: Random,
  { scenario, midnightMs, startS }: Pick<WorldParts, 'scenario' | 'midnightMs' | 'startS'>,
): Lane {
  const kinds = new Set<string>(driverById(driver)?.kinds);
  const plan = { lane: id, device, direction, midnightMs, startS };
  const own = random.fork(`lane/${id}`);
  const perMinute = (scenario.traffic ?? ordinaryTraffic)(direction);
  const lane =
    traffic === 'door'
      ? createDoor(own, { ...plan, perMinute: doorTraffic }, stranger)
      : createLane(own, { ...plan, perMinute: traffic === 'gate' ? perMinute : yardTraffic });
  const seen = (reading: Reading): Reading =>
    // A landlord keeps no list of visitors.
    traffic === 'yard' && reading.kind === 'passage' && reading.result === 'visitor'
      ? { ...reading, result: 'unknown' }
      : reading;
  return {
    until: (s) =>
      lane
        .until(s)
        .filter(({ kind }) => kinds.has(kind))
        .map(seen),
  };
}

function metersOf(
  { meter, roomMeters }: VillageHouse,
  house: House,
): Omit<Meter, 'nextS' | 'faulty'>[] {
  return [
    {
      everyS: meter.intervalS,
      read: (s, atMs) => meterReading(meter.device, atMs, house.at(s), meter.metering),
    },
    ...roomMeters.map(({ device, room, metering, intervalS }) => ({
      everyS: intervalS,
      read: (s: number, atMs: number) =>
        meterReading(device, atMs, [house.room(room, s)], metering),
    })),
  ];
}
