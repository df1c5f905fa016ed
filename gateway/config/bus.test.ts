import { expect, test } from 'vitest';
import { parseSettings } from './settings.ts';

const wrong = (rest: Record<string, unknown>): string[] => {
  const { mistakes = [] } = parseSettings({ site: { name: '杜巷' }, ...rest });
  return mistakes.map(({ path, message }) => `${path.join('.')}: ${message}`);
};

test('a serial bus needs its port, a converter its address, and neither both', () => {
  const buses = [
    { id: 'a', kind: 'dlt645' },
    { id: 'b', kind: 'dlt645-tcp' },
    { id: 'c', kind: 'modbus-rtu' },
    { id: 'd', kind: 'modbus-rtu', path: '/dev/ttyUSB0', address: '10.0.0.1:502' },
    { id: 'e', kind: 'dlt645', path: '/dev/ttyUSB1' },
  ];
  expect(wrong({ buses }).map((line) => line.split(':')[0])).toEqual([
    'buses.0.path',
    'buses.1.address',
    'buses.2.path',
    'buses.3.address',
  ]);
});

test('two buses on one port are refused: two masters talk into each other', () => {
  const path = '/dev/ttyUSB0';
  const buses = [
    { id: 'a', kind: 'dlt645', path },
    { id: 'b', kind: 'modbus-rtu', path },
  ];
  expect(wrong({ buses })).toEqual([
    'buses.0.path: Two buses use /dev/ttyUSB0',
    'buses.1.path: Two buses use /dev/ttyUSB0',
  ]);
});

test('a device on a bus that carries something else is refused', () => {
  const buses = [{ id: 'a', kind: 'dlt645', path: '/dev/ttyUSB0' }];
  const devices = [{ id: 'm1', driver: 'native', bus: 'a' }];
  expect(wrong({ buses, devices })).toEqual([
    'devices.0.bus: native speaks mqtt; bus a carries dlt645',
  ]);
});

const onBus = (...options: readonly Record<string, unknown>[]) => ({
  buses: [{ id: 'a', kind: 'dlt645', path: '/dev/ttyUSB0' }],
  devices: options.map((one, n) => ({ id: `m${n}`, driver: 'dlt645', bus: 'a', options: one })),
});

test('two meters with one address are refused: one would count twice', () => {
  const same = { address: '202603160101' };
  expect(wrong(onBus(same, same))).toEqual([
    'devices.1.options: It asks the same of the same device as m0: correct one address',
  ]);
  expect(wrong(onBus(same, { address: '202603160102' }))).toEqual([]);
});

test('a meter without an address may be on a bus, alone', () => {
  expect(wrong(onBus({}))).toEqual([]);
  expect(wrong(onBus({}, { address: '202603160102' }))).toEqual([
    'devices.0.options: It has no address of its own, and is not alone: set options.address',
  ]);
});

test('a device that is asked over HTTP has a URL without a log-in in it, and something to be asked', () => {
  const bus = (address: string) => ({ id: 'a', kind: 'http', address });
  for (const address of ['10.0.0.9', '10.0.0.9:80', 'ftp://10.0.0.9', 'http://u:p@10.0.0.9']) {
    expect(wrong({ buses: [bus(address)] }), address).toHaveLength(1);
  }
  const buses = [bus('http://10.0.0.9')];
  const lanes = [{ id: 'in-1', direction: 'in' }];
  const camera = (driver: string, options: object) => ({
    buses,
    lanes,
    devices: [{ id: 'c1', driver, bus: 'a', lane: 'in-1', options }],
  });
  expect(wrong(camera('hikvision', { stream: true }))).toEqual([]);
  expect(wrong(camera('hikvision', {})), 'it is told to open').toEqual([]);
  expect(wrong(camera('dahua', {}))).toEqual([expect.stringContaining('asks for nothing')]);
});
