import { scanFrames } from '../../drivers/dlt645/frame.ts';
import type { Driver, Wire } from '../../drivers/driver.ts';
import type { Device } from './device.ts';
import type { Bus } from './schema.ts';

/** The wire that drivers on a bus of this kind speak. */
const wireOf: Readonly<Record<Bus['kind'], Wire>> = {
  'modbus-rtu': 'modbus',
  'modbus-tcp': 'modbus',
  dlt645: 'dlt645',
  'dlt645-tcp': 'dlt645',
  http: 'http-poll',
};

const asked: readonly Wire[] = ['modbus', 'dlt645', 'http-poll'];

/** Why a device of this driver cannot be on this bus, or be without one; null where it fits. */
export function misplaced(driver: Driver, bus: Bus | undefined): string | null {
  if (bus === undefined) {
    return asked.includes(driver.wire)
      ? `${driver.id} does not speak by itself: name the bus on which it is asked`
      : null;
  }
  const wire = wireOf[bus.kind];
  // Some cameras push over HTTP, and can be asked over HTTP as well.
  if (driver.wire === wire || (wire === 'http-poll' && driver.polls)) return null;
  return `${driver.id} speaks ${driver.wire}; bus ${bus.id} carries ${wire}`;
}

/** What a bus lacks to be opened; null where it is complete. */
export function incomplete(
  { kind, path, address }: Bus,
  all: readonly Bus[],
): readonly [key: 'path' | 'address', message: string] | null {
  if (path !== undefined && address !== undefined)
    return ['address', 'Either a serial port (path) or an address, not both'];
  if (kind === 'modbus-rtu' && path === undefined && address === undefined)
    return ['path', 'Name the serial port, or the address of a converter'];
  if (kind === 'dlt645' && path === undefined)
    return ['path', 'Name the serial port; over a converter the kind is dlt645-tcp'];
  if (kind !== 'modbus-rtu' && kind !== 'dlt645' && address === undefined)
    return ['address', 'Name the address, HOST:PORT or URL'];
  if (kind === 'http' && !isDeviceUrl(address ?? ''))
    return ['address', 'Write http://HOST or https://HOST; user name and password have keys'];
  // Two masters on one line talk into each other's answers.
  if (path !== undefined && all.filter((bus) => bus.path === path).length > 1)
    return ['path', `Two buses use ${path}`];
  return null;
}

/** An address without a log-in in it, which would be seen wherever the address is. */
function isDeviceUrl(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, username, password, search, hash } = new URL(address);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '';
}

/**
 * Devices that would not be told from another on their bus, and why. Two lines that were copied, and one address
 * forgotten, would make one meter two, and a load that is nobody's.
 */
export function mistakable(devices: readonly Device[]): ReadonlyMap<Device, string> {
  const found = new Map<Device, string>();
  const buses = new Map<string, Device[]>();
  for (const device of devices) {
    // A camera that pushes may stand on a bus without being asked anything.
    if (device.bus === undefined || !device.driver.polls?.(device.options).length) continue;
    buses.set(device.bus, [...(buses.get(device.bus) ?? []), device]);
  }
  for (const here of buses.values()) {
    const asked = new Map<string, Device>();
    for (const device of here) {
      const twin = asked.get(questions(device));
      asked.set(questions(device), device);
      if (twin) {
        found.set(device, `It asks the same of the same device as ${twin.id}: correct one address`);
      } else if (here.length > 1 && asksAnybody(device)) {
        found.set(device, 'It has no address of its own, and is not alone: set options.address');
      }
    }
  }
  return found;
}

const questions = ({ driver, options }: Device): string =>
  JSON.stringify(driver.polls?.(options) ?? [], (_key, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  );

/** DL/T 645: an address with A in it is answered by whoever it fits. */
const asksAnybody = ({ driver, options }: Device): boolean =>
  (driver.polls?.(options) ?? []).some(
    (poll) =>
      poll.wire === 'dlt645' &&
      scanFrames(poll.frame).frames.some(({ address }) => address.includes('A')),
  );
