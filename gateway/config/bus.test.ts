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
