import type { z } from 'zod';
import type { Driver } from '../../drivers/driver.ts';
import type { Direction } from '../../drivers/reading.ts';
import type { DeviceConfig } from './schema.ts';

/** A device with everything that the wires need to hear and answer it. */
export interface Device {
  readonly id: string;
  readonly title: string;
  readonly driver: Driver;
  /** The driver's options, parsed. */
  readonly options: unknown;
  readonly point: string | undefined;
  /** The device's own name where no lane is configured. */
  readonly lane: string;
  readonly direction: Direction;
  readonly bus: string | undefined;
  readonly intervalS: number;
}

/** What has no heartbeat speaks when somebody passes: a whole day of silence (three of these) is strange, a night is not. */
const quietS = 8 * 3600;

/** Meters are asked or speak every few seconds, cameras with a heartbeat send it every half minute. */
const defaultIntervalS = ({ kinds }: Driver): number => {
  if (kinds.includes('power')) return 30;
  return kinds.includes('status') ? 60 : quietS;
};

/** Joins what the configuration says of a device with its driver; `options` are parsed already. */
export function toDevice(
  source: z.infer<typeof DeviceConfig>,
  driver: Driver,
  options: unknown,
  direction: Direction,
): Device {
  return {
    id: source.id,
    title: source.title ?? source.id,
    driver,
    options,
    point: source.point,
    lane: source.lane ?? source.id,
    direction,
    bus: source.bus,
    intervalS: source.intervalS ?? defaultIntervalS(driver),
  };
}
