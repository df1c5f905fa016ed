import { driverById } from '../drivers/index.ts';
import type { Village, VillageHouse } from './village.ts';
import { busesOf } from './village-bus.ts';

/** A device of the village, as gateway.yaml lists it. */
export interface VillageDevice {
  readonly id: string;
  readonly driver: string;
  readonly title: string;
  readonly point?: string;
  readonly lane?: string;
  /** Where it has to be asked. */
  readonly bus?: string;
  /** What it logs in with where it pushes over HTTP. */
  readonly http?: { readonly username: string; readonly password: string; readonly basic: false };
  /** It should speak so often, s. */
  readonly intervalS: number;
  readonly options?: Record<string, unknown>;
}

/** What says nothing while nothing happens may be silent for a night, s. */
const quietS = 43_200;
/** A round of the bus takes a second or two of ours, which is a few minutes of theirs at the highest speed, s. */
const roundS = 300;

/** Cameras that log in by Digest where they push: their firmware has fields for it. The others know no log-in. */
const logsIn: ReadonlySet<string> = new Set(['hikvision', 'dahua', 'gat1400', 'hikvision-acs']);

/** Every device that hangs on a wall: what the box is configured with, and what the simulators play. */
export function devicesOf(village: Village): readonly VillageDevice[] {
  const { houses, lanes } = village;
  const asked = new Map(
    busesOf(village).flatMap(({ id: bus, meters }) =>
      meters.map(({ device, driver, options }) => [
        device,
        { driver, bus, options, intervalS: roundS },
      ]),
    ),
  );
  const meters = houses.flatMap((house, i): VillageDevice[] => [
    {
      id: house.meter.device,
      driver: house.meter.driver,
      title: `${i + 1}号楼电表`,
      point: house.point,
      intervalS: house.meter.intervalS,
      ...settingsOf(house),
      ...asked.get(house.meter.device),
    },
    ...house.roomMeters.map(({ device, point, intervalS, room }) => ({
      id: device,
      title: `${i + 1}-${room + 1}电表`,
      point,
      driver: 'native',
      intervalS,
      ...asked.get(device),
    })),
  ]);
  const watchers = lanes.map(({ id, title, traffic, device, driver, options, heartbeatS }) => ({
    id: device,
    driver,
    title: `${title}${traffic === 'door' ? '终端' : '相机'}`,
    lane: id,
    intervalS: heartbeatS ?? quietS,
    ...(options === undefined ? {} : { options }),
    ...(logsIn.has(driver)
      ? { http: { username: 'admin', password: `${device}-secret`, basic: false } as const }
      : {}),
  }));
  return [...meters, ...watchers];
}

/** The driver of a device with its options, parsed. */
export function driverOf({ driver: id, options }: VillageDevice) {
  const driver = driverById(id);
  if (!driver) throw new Error(`No driver is called ${id}`);
  return { driver, options: driver.options.parse(options ?? {}) };
}

/** What the meter of a house has to be told about it. */
function settingsOf({ meter, phases }: VillageHouse): Pick<VillageDevice, 'options'> {
  const lines = ['l1', 'l2', 'l3'].slice(0, phases);
  switch (meter.driver) {
    case 'shelly-gen1':
    case 'cn-infrared':
      return { options: { phases } };
    case 'emonhub':
      // The sum alone: its clamps are not one phase each.
      return { options: { power: ['P1'], voltage: [], energy: [] } };
    case 'esphome':
      return {
        options: {
          sensors: Object.fromEntries(
            lines.flatMap((line) => [
              [`${line}_power`, `${line}.powerW`],
              [`${line}_power_factor`, `${line}.powerFactor`],
              [`${line}_current`, `${line}.currentA`],
              [`${line}_voltage`, `${line}.voltageV`],
            ]),
          ),
        },
      };
    default:
      return {};
  }
}
