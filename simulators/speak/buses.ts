import { lstatSync, mkdirSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { startDlt645Bus } from '../bus/dlt645-bus.ts';
import type { MeterPlan } from '../bus/dlt645-meter.ts';
import { startModbusBus } from '../bus/modbus-bus.ts';
import type { ModbusMeterPlan } from '../bus/modbus-meter.ts';
import { villageBaudRate as baudRate, type VillageBus } from '../village-bus.ts';
import { driverOf } from '../village-devices.ts';
import { hangOnBus } from './bus.ts';
import { hangMonitor } from './monitor.ts';
import type { Speaker } from './speaker.ts';

/** Where the box looks for a line: HOST:PORT of its converter, http://HOST:PORT of a monitor, or a serial port. */
export interface BusPlace {
  readonly id: string;
  readonly address?: string | undefined;
  readonly path?: string | undefined;
}

/** Quicker than a meter on a wall, ms: see the bit rate of the village's lines. */
const delayMs = 5;

/** All meters of a line, where the box expects it. */
export async function hangLine(
  bus: VillageBus,
  { address, path }: BusPlace,
): Promise<Map<string, Speaker>> {
  const port = Number(/:(\d+)$/.exec(address ?? '')?.[1] ?? 0);
  if (bus.kind === 'http') {
    const hung = bus.meters.map(async ({ device: id, driver, options }) => {
      return [id, await hangMonitor({ id, driver, options }, port)] as const;
    });
    return new Map(await Promise.all(hung));
  }
  if (bus.kind === 'dlt645-tcp') {
    return hangOnBus(
      bus.meters,
      ({ options }, reading): MeterPlan => ({
        address: String(options.address),
        blocks: false,
        delayMs,
        reading,
      }),
      (meters) => startDlt645Bus({ meters, baudRate, end: 'tcp', port }),
    );
  }
  return hangOnBus(
    bus.meters,
    ({ device, driver, options }, reading): ModbusMeterPlan => ({
      unitId: Number(options.unitId),
      driver: driverOf({ id: device, driver, title: device, intervalS: 1 }).driver,
      delayMs,
      reading,
    }),
    async (meters) => {
      if (path === undefined) return startModbusBus({ meters, baudRate, end: 'tcp', port });
      const line = await startModbusBus({ meters, baudRate });
      const unname = name(path, line.where);
      return {
        async stop() {
          unname();
          await line.stop();
        },
      };
    },
  );
}

/** Gives a pseudo-terminal the name under which the box opens it, as udev does. Throws where somebody has it. */
function name(path: string, target: string): () => void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (lstatSync(path, { throwIfNoEntry: false })) {
    if (statSync(path, { throwIfNoEntry: false })) throw new Error(`${path} is taken`);
    // Its pseudo-terminal went with the demonstration that made it.
    rmSync(path);
  }
  symlinkSync(target, path);
  return () => {
    if (isOurs(path, target)) rmSync(path);
  };
}

const isOurs = (path: string, target: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true &&
  readlinkSync(path) === target;
