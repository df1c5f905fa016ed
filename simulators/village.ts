import type { Metering } from './house/house.ts';
import { createRandom } from './random.ts';
import { pinsLane, type VillageLane, villageLanes } from './village-lanes.ts';

/** A service: what the contract allows, A per phase; how it is protected and wired. */
export const services = [
  { phases: 1, contractA: 40, breakerA: 40, mm2: 10, share: 22 },
  { phases: 1, contractA: 63, breakerA: 63, mm2: 16, share: 38 },
  { phases: 1, contractA: 80, breakerA: 80, mm2: 25, share: 14 },
  { phases: 3, contractA: 40, breakerA: 40, mm2: 10, share: 18 },
  { phases: 3, contractA: 63, breakerA: 63, mm2: 16, share: 8 },
] as const;

/** A house of the village, as its simulator needs it. */
export interface VillageHouse {
  readonly point: string;
  readonly rooms: number;
  readonly phases: 1 | 3;
  readonly contractA: number;
  /** The meter of the whole house. */
  readonly meter: {
    readonly device: string;
    readonly driver: string;
    readonly metering: Metering;
    readonly intervalS: number;
  };
  /** Meters of single rooms, where the landlord has them. */
  readonly roomMeters: readonly {
    readonly device: string;
    readonly point: string;
    readonly room: number;
    readonly metering: Metering;
    readonly intervalS: number;
  }[];
}

export interface Village {
  readonly houses: readonly VillageHouse[];
  readonly lanes: readonly VillageLane[];
}

export const houseCount = 473;
/** Houses whose rooms have meters of their own. */
const metered: readonly number[] = [12, 88, 205, 317, 440];
/** Of them, the one whose landlord bought DL/T 645 meters, and the one with Modbus modules: they know no harmonics and are asked on a bus. */
export const dlt645House = 440;
export const modbusHouse = 317;
/** Three-phase meters that the village bought together; a converter in the cabinet asks them over Modbus. */
const cabinetKinds = [
  { driver: 'dtsu666', metering: 'PF' },
  { driver: 'sdm630', metering: 'THD' },
  { driver: 'adl400', metering: 'PF' },
  { driver: 'adw300', metering: 'PF' },
  { driver: 'iem3000', metering: 'PF' },
  { driver: 'wem3080t', metering: 'PF' },
] as const;
/** Which meters a village has: makes, what they measure, how often they speak. Of every hundred houses. */
const meterKinds = [
  { driver: 'native', metering: 'PF', intervalS: 30, share: 15 },
  { driver: 'shelly', metering: 'PF', intervalS: 30, share: 12 },
  { driver: 'shelly-gen1', metering: 'PF', intervalS: 30, share: 2 },
  { driver: 'esphome', metering: 'PF', intervalS: 30, share: 1 },
  { driver: 'tasmota', metering: 'PF', intervalS: 30, share: 8 },
  { driver: 'cn-infrared', metering: 'PF', intervalS: 30, share: 1 },
  { driver: 'acrel', metering: 'PF', intervalS: 30, share: 1 },
  { driver: 'native', metering: 'THD', intervalS: 10, share: 10 },
  { driver: 'zigbee2mqtt', metering: 'P', intervalS: 60, share: 22 },
  { driver: 'emonhub', metering: 'P', intervalS: 60, share: 2 },
  { driver: 'cn-socket', metering: 'P', intervalS: 60, share: 1 },
  { driver: 'native', metering: 'P', intervalS: 60, share: 25 },
] as const;

const id = (n: number): string => `b${String(n).padStart(3, '0')}`;

/**
 * The village of the demonstration: 473 houses, of which 469 are let. The same seed is the same village. `pins`: one more
 * yard, whose loops and relay hang on the box's own pins; only where there are some, or the stand-in for them.
 */
export function createVillage(
  seed = 1,
  { pins = false }: { readonly pins?: boolean } = {},
): Village {
  const random = createRandom(seed).fork('village');
  const houses = Array.from({ length: houseCount }, (_, i): VillageHouse => {
    const n = i + 1;
    const let_ = n > 4;
    const rooms = let_ ? Math.max(4, Math.round(random.normal(10, 2))) : 2;
    const drawn = byShare(services, random.next());
    // The smallest service feeds small houses; where ten rooms hang on it, it was enlarged long ago.
    const service = drawn.phases === 1 && drawn.contractA === 40 && rooms > 9 ? services[1] : drawn;
    const kind = byShare(meterKinds, random.next());
    const hasRooms = metered.includes(n);
    return {
      point: id(n),
      rooms,
      phases: service.phases,
      contractA: service.contractA,
      meter: {
        device: `m${String(n).padStart(3, '0')}`,
        driver: kind.driver,
        metering: kind.metering,
        intervalS: kind.intervalS,
      },
      roomMeters: hasRooms
        ? Array.from({ length: rooms }, (_unused, room) => ({
            device: `m${String(n).padStart(3, '0')}-r${room + 1}`,
            point: `${id(n)}-r${room + 1}`,
            room,
            metering: n === dlt645House || n === modbusHouse ? 'PF' : 'THD',
            intervalS: 10,
          }))
        : [],
    };
  });
  return {
    houses: withIotawatt(withCabinet(houses)),
    lanes: pins ? [...villageLanes, pinsLane] : villageLanes,
  };
}

/** One landlord is an amateur: his house has an open monitor, which is asked over HTTP. */
function withIotawatt(houses: readonly VillageHouse[]): readonly VillageHouse[] {
  const own = houses.find(
    ({ phases, rooms, roomMeters, meter }) =>
      phases === 1 && rooms > 2 && roomMeters.length === 0 && meter.metering === 'PF',
  );
  return houses.map((house) =>
    house === own ? { ...house, meter: { ...house.meter, driver: 'iotawatt' } } : house,
  );
}

/** The first houses on three phases have the meters of the cabinet. */
function withCabinet(houses: readonly VillageHouse[]): readonly VillageHouse[] {
  const kinds = [...cabinetKinds];
  return houses.map((house) => {
    const fits = house.phases === 3 && house.rooms > 2 && house.roomMeters.length === 0;
    const kind = fits ? kinds.shift() : undefined;
    return kind ? { ...house, meter: { ...house.meter, ...kind, intervalS: 30 } } : house;
  });
}

function byShare<T extends { readonly share: number }>(kinds: readonly T[], random: number): T {
  const total = kinds.reduce((sum, { share }) => sum + share, 0);
  let left = random * total;
  for (const kind of kinds) {
    left -= kind.share;
    if (left <= 0) return kind;
  }
  return kinds[0] as T;
}
