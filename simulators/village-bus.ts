import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { driverById } from '../drivers/index.ts';
import { dlt645House, modbusHouse, type Village, type VillageHouse } from './village.ts';

/** A meter that is asked, and what the box has to be told of it. */
export interface AskedMeter {
  readonly device: string;
  readonly driver: string;
  readonly options: Record<string, unknown>;
}

/** A line of the village with its meters. */
export interface VillageBus {
  readonly id: string;
  readonly kind: 'dlt645-tcp' | 'modbus-rtu' | 'modbus-tcp' | 'http';
  readonly meters: readonly AskedMeter[];
}

/** Where the simulators wait for the box: ports of converters on this machine, and a directory for the names of serial lines. */
export interface BusPlaces {
  readonly dlt645Port: number;
  readonly modbusPort: number;
  readonly httpPort: number;
  readonly directory: string;
}

export const usualPlaces: BusPlaces = {
  dlt645Port: 40_645,
  modbusPort: 40_502,
  httpPort: 40_580,
  directory: join(tmpdir(), 'gatehouse-village'),
};

/** Quicker than on a wall (2,400): the box's time runs sixty times as fast, the copper's does not. */
export const villageBaudRate = 115_200;
/** A monitor that is asked over HTTP is asked for so much of its past, s of theirs: more than passes between two rounds. */
const askedSpanS = 300;
/** A round starts this often, s of ours. */
const everyS = 2;

/** Modules for one phase that the landlord of one house bought as they came. */
const roomKinds = ['ddsu666', 'sdm120', 'pzem004t', 'dds238'] as const;

/** Every line in the village: DL/T 645 behind a converter, Modbus on a serial port, Modbus TCP in the cabinet, a monitor over HTTP. */
export function busesOf({ houses }: Village): readonly VillageBus[] {
  const roomsOf = (n: number) =>
    houses.filter(({ point }) => point === `b${n}`).flatMap(({ roomMeters }) => roomMeters);
  const cabinet = houses.filter(isInCabinet);
  const buses: readonly VillageBus[] = [
    {
      id: `bus-${dlt645House}`,
      kind: 'dlt645-tcp',
      meters: roomsOf(dlt645House).map(({ device, room }) => ({
        device,
        driver: 'dlt645',
        options: { address: addressOf(room), phases: 1 },
      })),
    },
    {
      id: `bus-${modbusHouse}`,
      kind: 'modbus-rtu',
      meters: roomsOf(modbusHouse).map(({ device, room }) => ({
        device,
        driver: roomKinds[room % roomKinds.length] ?? roomKinds[0],
        options: { unitId: room + 1 },
      })),
    },
    {
      id: 'bus-cabinet',
      kind: 'modbus-tcp',
      meters: cabinet.map(({ meter }, n) => ({
        device: meter.device,
        driver: meter.driver,
        options: { unitId: n + 1 },
      })),
    },
    ...houses
      .filter(({ meter }) => driverById(meter.driver)?.wire === 'http-poll')
      .map(({ meter: { device, driver, intervalS } }) => ({
        id: `bus-${device}`,
        kind: 'http' as const,
        meters: [
          {
            device,
            driver,
            options: {
              phases: [{ power: 'Main', voltage: 'U' }],
              groupS: intervalS,
              spanS: askedSpanS,
            },
          },
        ],
      })),
  ];
  return buses.filter(({ meters }) => meters.length > 0);
}

const isInCabinet = ({ meter }: VillageHouse): boolean =>
  driverById(meter.driver)?.wire === 'modbus';

/** Twelve digits, as printed: the house and the room. */
const addressOf = (room: number): string =>
  `202603${dlt645House}${String(room + 1).padStart(3, '0')}`;

/** Where the box opens a line: a serial port, or a converter. */
const placeOf = (
  { id, kind }: VillageBus,
  { dlt645Port, modbusPort, httpPort, directory }: BusPlaces,
): { readonly path: string } | { readonly address: string } =>
  kind === 'modbus-rtu'
    ? { path: join(directory, id) }
    : kind === 'http'
      ? { address: `http://127.0.0.1:${httpPort}` }
      : { address: `127.0.0.1:${kind === 'modbus-tcp' ? modbusPort : dlt645Port}` };

/** The lines as gateway.yaml has them. */
export const busConfigs = (village: Village, places: BusPlaces): readonly object[] =>
  busesOf(village).map((bus) => ({
    id: bus.id,
    kind: bus.kind,
    ...placeOf(bus, places),
    ...(bus.kind === 'http' ? {} : { baudRate: villageBaudRate }),
    everyS,
  }));
