import type { Metering } from './house/house.ts';
import { createRandom } from './random.ts';

/** A service: what the contract allows, A per phase; how it is protected and wired. */
const services = [
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
    readonly intervalS: number;
  }[];
}

export interface Village {
  readonly houses: readonly VillageHouse[];
  readonly lanes: readonly {
    readonly id: string;
    readonly title: string;
    readonly direction: 'in' | 'out';
    readonly camera: string;
    readonly driver: string;
  }[];
}

export const houseCount = 473;
const feederCount = 12;
const transformerCount = 4;
/** Houses whose rooms have meters of their own. */
const metered: readonly number[] = [12, 88, 205, 317, 440];
/** Which meters a village has: makes, what they measure, how often they speak. Of every hundred houses. */
const meterKinds = [
  { driver: 'native', metering: 'PF', intervalS: 30, share: 40 },
  { driver: 'native', metering: 'THD', intervalS: 10, share: 10 },
  { driver: 'native', metering: 'P', intervalS: 60, share: 50 },
] as const;

const id = (n: number): string => `b${String(n).padStart(3, '0')}`;

/** The village of the demonstration: 473 houses, of which 469 are let. The same seed is the same village. */
export function createVillage(seed = 1): Village {
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
            intervalS: 10,
          }))
        : [],
    };
  });
  return {
    houses,
    lanes: [
      { id: 'in-1', title: '入口', direction: 'in', camera: 'cam-in', driver: 'native' },
      { id: 'out-1', title: '出口', direction: 'out', camera: 'cam-out', driver: 'native' },
    ],
  };
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

/** A configuration for the village, as data: what gateway.yaml would say. Addresses are those of a bench. */
export function demoConfig(
  options: { readonly seed?: number; readonly mqttPort?: number; readonly httpPort?: number } = {},
): object {
  const { seed = 1, mqttPort = 1883, httpPort = 8080 } = options;
  const village = createVillage(seed);
  const transformers = Array.from({ length: transformerCount }, (_, i) => {
    return {
      id: `t${i + 1}`,
      kind: 'transformer',
      title: `${i + 1}号变压器`,
      limits: { ratedKva: 1000 },
    };
  });
  const feeders = Array.from({ length: feederCount }, (_, i) => {
    return {
      id: `feeder-${i + 1}`,
      kind: 'feeder',
      title: `${i + 1}号线`,
      parent: `t${(i % transformerCount) + 1}`,
    };
  });
  const buildings = village.houses.map(({ point, rooms, phases, contractA }, i) => ({
    id: point,
    kind: 'building',
    title: `${i + 1}号楼`,
    parent: `feeder-${(i % feederCount) + 1}`,
    rooms,
    limits: {
      contractA,
      breaker: { ratedA: contractA, curve: 'C' },
      cable: {
        mm2: services.find((service) => service.contractA === contractA)?.mm2 ?? 16,
        method: 'B1',
        cores: phases === 3 ? 3 : 2,
        ambientC: 30,
        grouped: 1,
      },
    },
  }));
  const rooms = village.houses.flatMap(({ point, roomMeters }, i) =>
    roomMeters.map(({ point: roomPoint, room }) => ({
      id: roomPoint,
      kind: 'room',
      title: `${i + 1}-${room + 1}`,
      parent: point,
      rooms: 1,
    })),
  );
  return {
    site: {
      name: '杜巷小区',
      signature: '杜巷自治',
      timeZone: 'Asia/Shanghai',
      parkingPlaces: 180,
    },
    broker: {
      listen: `127.0.0.1:${mqttPort}`,
      anonymous: true,
      limits: { connections: 2000 },
    },
    console: { listen: `127.0.0.1:${httpPort}` },
    journal: { windowMs: 20, reserveMb: 50 },
    points: [...transformers, ...feeders, ...buildings, ...rooms],
    lanes: village.lanes.map(({ id: lane, title, direction }) => ({
      id: lane,
      title,
      direction,
      queueLoop: 'queue',
      staffed: false,
    })),
    devices: [
      ...village.houses.flatMap(({ point, meter, roomMeters }, i) => [
        {
          id: meter.device,
          driver: meter.driver,
          title: `${i + 1}号楼电表`,
          point,
          intervalS: meter.intervalS,
        },
        ...roomMeters.map(({ device, point: roomPoint, intervalS, room }) => ({
          id: device,
          driver: 'native',
          title: `${i + 1}-${room + 1}电表`,
          point: roomPoint,
          intervalS,
        })),
      ]),
      ...village.lanes.map(({ id: lane, title, camera, driver }) => ({
        id: camera,
        driver,
        title: `${title}相机`,
        lane,
        intervalS: 30,
      })),
    ],
    people: [
      { id: 'duty-1', title: '1号', role: 'duty', phone: '+8613800138001' },
      { id: 'duty-2', title: '2号', role: 'duty', phone: '+8613800138002' },
      { id: 'chair', title: '主任', role: 'chair', phone: '+8613800138003' },
      { id: 'guard', title: '物业值班', role: 'property', phone: '+8613800138004' },
      { id: 'grid', title: '网格员', role: 'grid', phone: '+8613800138005' },
    ],
    sms: { simulated: true },
  };
}
