import { createVillage, services, type Village } from './village.ts';
import { type BusPlaces, busConfigs, usualPlaces } from './village-bus.ts';
import { devicesOf } from './village-devices.ts';

const feederCount = 12;
const transformerCount = 4;

/** A configuration for the village, as data: what gateway.yaml would say. Addresses are those of a bench. */
export function demoConfig(
  options: {
    readonly seed?: number;
    readonly mqttPort?: number;
    readonly httpPort?: number;
    readonly pushPort?: number;
    readonly buses?: BusPlaces;
    /** With the yard on the box's own pins. */
    readonly pins?: boolean;
    /** Another village than that of the seed. */
    readonly village?: Village;
  } = {},
): object {
  const {
    seed = 1,
    mqttPort = 1883,
    httpPort = 8080,
    pushPort = 8081,
    buses = usualPlaces,
    pins = false,
  } = options;
  const { village = createVillage(seed, { pins }) } = options;
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
    http: { listen: `127.0.0.1:${pushPort}` },
    console: { listen: `127.0.0.1:${httpPort}` },
    journal: { windowMs: 20, reserveMb: 50 },
    points: [...transformers, ...feeders, ...buildings, ...rooms],
    lanes: village.lanes.map(({ id, title, direction, traffic }) => ({
      id,
      title,
      direction,
      queueLoop: 'queue',
      staffed: traffic === 'door',
    })),
    buses: busConfigs(village, buses),
    devices: devicesOf(village),
    // Who looks on for two minutes, two hours of the village, wants to see a charging told: at this level more of it is, and
    // more is wrong. What a box does is fitted.
    rules: { 'load.ebike': { confirmed: 1.5 } },
    faces: {
      enabled: true,
      assessment: '演示：没有真人',
      decidedBy: '演示',
      reviewBy: '2026-12-31',
      notice: '演示',
    },
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
