import { expect, test } from 'vitest';
import { drivers } from '../../drivers/index.ts';
import { parseSettings } from './settings.ts';

const faces = {
  enabled: true,
  assessment: 'PIA-1',
  decidedBy: '主任',
  reviewBy: '2027-01-01',
  notice: 'v1',
};
/** What a box with these devices would be told. */
const told = (devices: readonly object[], broker: object = {}) =>
  (parseSettings({ site: { name: '杜巷' }, faces, broker, devices }).mistakes ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
const two = (driver: string, first: object, second: object) => [
  { id: 'one-1', driver, options: first },
  { id: 'two-2', driver, options: second },
];
const anonymous = { anonymous: true };

for (const [driver, option] of [
  ['vzenith', 'sn'],
  ['qianyi', 'sn'],
  ['mqtt-face', 'terminal'],
] as const) {
  test(`two ${driver} on the topic of all are told apart by ${option}, which is the id where it is absent`, () => {
    expect(told(two(driver, {}, {}))).toEqual([]);
    expect(told(two(driver, { [option]: 'A1' }, {}))).toEqual([]);
    const copied = told(two(driver, { [option]: 'A1' }, { [option]: 'A1' }));
    expect(copied).toEqual([expect.stringMatching(/^devices\.1\.options: .*as one-1 does/)]);
    expect(copied[0]).toContain(`options.${option} must differ`);
    // Also where each logs in as itself: one command would open both.
    expect(told(two(driver, { [option]: 'two-2' }, {}))).toHaveLength(1);
  });
}

test('serial numbers of plate cameras that differ in upper and lower case only are one', () => {
  expect(told(two('qianyi', { sn: 'aB1' }, { sn: 'Ab1' }), anonymous)).toHaveLength(1);
});

test('of two Frigate cameras the one that does not say which is at fault', () => {
  expect(told(two('frigate', { camera: 'in' }, { camera: 'out' }), anonymous)).toEqual([]);
  expect(told(two('frigate', {}, { camera: 'out' }), anonymous)).toEqual([
    'devices.0.options: It speaks on the topic frigate/events as two-2 does: set options.camera on each of them',
  ]);
  expect(told(two('frigate', { camera: 'in' }, {}), anonymous)).toEqual([
    expect.stringMatching(/^devices\.1\.options: /),
  ]);
  expect(told(two('frigate', {}, {}), anonymous)).toHaveLength(1);
  expect(told(two('frigate', { prefix: 'north' }, { prefix: 'south' }), anonymous)).toEqual([]);
});

test('plates and faces of one Frigate are two devices, with and without a camera', () => {
  const both = [
    { id: 'one-1', driver: 'frigate' },
    { id: 'two-2', driver: 'frigate-face' },
  ];
  expect(told(both, anonymous)).toEqual([]);
});

test('two programs that each log in as themselves may use the same topics; through one log-in or another broker not', () => {
  const both = two('frigate', {}, {});
  const user = (name: string, speaksFor: readonly string[] = []) => ({
    name,
    password: 'p',
    speaksFor,
  });
  expect(told(both, { users: [user('one-1'), user('two-2')] })).toEqual([]);
  expect(told(both, { users: [user('nvr', ['one-1', 'two-2'])] })).toHaveLength(1);
  expect(told(both, { users: [user('one-1', ['two-2'])] })).toHaveLength(1);
  expect(told(both, { external: { url: 'mqtt://192.0.2.1' } })).toHaveLength(1);
});

test('two devices of a maker without serial numbers in its messages need a topic each, or a part each', () => {
  const socket = { topic: 'meters/all' };
  expect(told(two('cn-socket', socket, socket), anonymous)).toEqual([
    expect.stringMatching(/devices\.1\.options: .*meters\/all as one-1 does: give each a topic/),
  ]);
  expect(told(two('cn-socket', {}, { topic: 'meters/one-1' }), anonymous)).toHaveLength(1);
  expect(told(two('cn-socket', {}, {}), anonymous)).toEqual([]);
  // Two circuits of one board.
  const circuit = (n: number) => ({ node: 'emontx', power: [`P${n}`] });
  expect(told(two('emonhub', circuit(1), circuit(2)), anonymous)).toEqual([]);
  expect(told(two('emonhub', circuit(1), circuit(1)), anonymous)).toHaveLength(1);
});

test('a board that is meter and relay is read by two drivers; two drivers of meters on one topic are refused', () => {
  const at = (driver: string, id: string, options: object) => ({ id, driver, options });
  const board = [
    at('tasmota', 'one-1', { topic: 'board' }),
    at('tasmota-relay', 'two-2', { topic: 'board' }),
  ];
  expect(told(board, anonymous)).toEqual([]);
  const meters = [
    at('cn-socket', 'one-1', { topic: 'm' }),
    at('cn-infrared', 'two-2', { topic: 'm' }),
  ];
  expect(told(meters, anonymous)).toHaveLength(1);
});

test('the option that is named in a remedy is one that the driver has', () => {
  for (const { id, shared, options } of drivers) {
    if (!shared) continue;
    expect(options.safeParse({ [shared.option]: 'x' }).success, id).toBe(true);
    expect(shared.name(options.parse({ [shared.option]: 'x' }), 'd-1'), id).toBe('x');
  }
});
