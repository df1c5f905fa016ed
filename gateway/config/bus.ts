import type { Driver, Wire } from '../../drivers/driver.ts';
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
  // Two masters on one line talk into each other's answers.
  if (path !== undefined && all.filter((bus) => bus.path === path).length > 1)
    return ['path', `Two buses use ${path}`];
  return null;
}
