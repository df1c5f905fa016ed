import { setTimeout as sleep } from 'node:timers/promises';
import mqtt from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { drivers } from '../../../drivers/index.ts';
import type { Reading } from '../../../drivers/reading.ts';
import { type Device, toDevice } from '../../config/device.ts';
import type { Journal } from '../../journal/contract.ts';
import { endAll, login, start, undo } from './trial-broker.ts';

afterEach(endAll);

const atMs = 1_773_618_130_000;
const deviceOf = (id: string, driverId: string, options: object = {}): Device => {
  const driver = drivers.find((one) => one.id === driverId);
  if (!driver) throw new Error(`No driver ${driverId}`);
  return toDevice({ id, driver: driverId }, driver, driver.options.parse(options), 'in');
};
/** What a device says of a reading, as its own driver says it. */
const said = ({ driver, options, id }: Device, reading: object) =>
  driver.encode({ device: id, atMs, ...reading } as Reading, options);
const counted = (states: readonly { device: string; readings: number; rejected: number }[]) =>
  Object.fromEntries(states.map((one) => [one.device, [one.readings, one.rejected]]));
const userOf = (name: string, speaksFor?: readonly string[]) => ({
  name,
  password: 'secret',
  ...(speaksFor ? { speaksFor } : {}),
});

for (const [driverId, note] of [
  ['mqtt-face', 'terminals, whose heartbeats go to one topic for all'],
  ['qianyi', 'cameras of Qianyi, which register on one topic for all'],
] as const) {
  test(`two ${note}: each is heard as itself, and neither is disconnected`, async () => {
    const both = [deviceOf('one-1', driverId), deviceOf('two-2', driverId)];
    const { url, intake, broker } = await start({
      devices: both,
      users: both.map(({ id }) => userOf(id)),
    });
    for (const [n, device] of both.entries()) {
      const client = await login(url, device.id, 'secret');
      for (let times = 0; times <= n; times += 1) {
        for (const { topic = '', body } of said(device, { kind: 'status', online: true }))
          await client.publishAsync(topic, Buffer.from(body), { qos: 1 });
      }
      expect(client.connected).toBe(true);
    }
    expect(counted(intake.states())).toEqual({ 'one-1': [1, 0], 'two-2': [2, 0] });
    expect(broker.stats().denied).toBe(0);
  });

  test(`two ${note}: without log-in, or through another broker, each is known by what it says`, async () => {
    const both = [deviceOf('one-1', driverId), deviceOf('two-2', driverId)];
    const { url, intake } = await start({ devices: both, anonymous: true });
    const client = await mqtt.connectAsync(url, { clientId: 'bench' });
    undo.push(() => client.endAsync(true));
    for (const device of [both[0], both[1], both[1]]) {
      if (!device) continue;
      for (const { topic = '', body } of said(device, { kind: 'status', online: true }))
        await client.publishAsync(topic, Buffer.from(body), { qos: 1 });
    }
    expect(counted(intake.states())).toEqual({ 'one-1': [1, 0], 'two-2': [2, 0] });
  });
}

/** What lies in the quarantine. */
async function quarantineOf(journal: Journal) {
  const rows = [];
  for await (const row of journal.readQuarantine({})) rows.push(row);
  return rows;
}

for (const [driverId, option, topic, of] of [
  [
    'mqtt-face',
    'terminal',
    'mqtt/face/heartbeat',
    (id?: string) => ({
      operator: 'HeartBeat',
      info: { facesluiceId: id, time: '2026-03-16 07:42:10' },
    }),
  ],
  ['qianyi', 'sn', '/serverAll', (sn?: string) => ({ cmd: 'camera_register', msg_id: '1', sn })],
  [
    'vzenith',
    'sn',
    '/device/push/result',
    (serialno?: string) => ({
      AlarmInfoPlate: {
        serialno,
        result: { PlateResult: { isoffline: 0, plateid: 1, license: '沪A12345', type: 1 } },
      },
    }),
  ],
] as const) {
  for (const [whose, name] of [
    ['of one that is not on the list', 'three-3'],
    ['that names nobody', undefined],
  ] as const) {
    test(`two ${driverId}: a message ${whose} is no reading of the first, and the quarantine says what to set`, async () => {
      const both = [deviceOf('one-1', driverId), deviceOf('two-2', driverId)];
      const { url, intake, journal } = await start({ devices: both, anonymous: true });
      const client = await mqtt.connectAsync(url, { clientId: 'bench' });
      undo.push(() => client.endAsync(true));
      await client.publishAsync(topic, JSON.stringify(of(name)), { qos: 1 });
      // What the second says behind it is heard as ever.
      await client.publishAsync(topic, JSON.stringify(of('two-2')), { qos: 1 });
      expect(counted(intake.states())).toEqual({ 'one-1': [0, 0], 'two-2': [1, 0] });
      const rows = await quarantineOf(journal);
      expect(rows).toMatchObject([{ device: '', topic }]);
      expect(rows[0]?.reason).toMatch(/shared by 2 devices .* names none of them: set options/);
      expect(rows[0]?.reason).toContain(`options.${option} of each`);
      expect(rows[0]?.payload ?? null).toBeNull();
      expect(intake.strangers()).toMatchObject([{ name: topic, reason: rows[0]?.reason }]);
    });
  }
}

test('with configured serial numbers too, what another says is refused in the name of none', async () => {
  const both = [
    deviceOf('one-1', 'qianyi', { sn: 'A1' }),
    deviceOf('two-2', 'qianyi', { sn: 'A2' }),
  ];
  const { url, intake, journal } = await start({ devices: both, anonymous: true });
  const client = await mqtt.connectAsync(url, { clientId: 'bench' });
  undo.push(() => client.endAsync(true));
  const register = (sn: string) => JSON.stringify({ cmd: 'camera_register', msg_id: '1', sn });
  await client.publishAsync('/serverAll', register('A3'), { qos: 1 });
  await client.publishAsync('/serverAll', '{', { qos: 1 });
  expect(counted(intake.states())).toEqual({ 'one-1': [0, 0], 'two-2': [0, 0] });
  expect((await quarantineOf(journal)).map(({ device, reason }) => [device, reason])).toEqual([
    ['', expect.stringContaining('names none of them')],
    ['', expect.stringMatching(/^Of one of 2: .*JSON/)],
  ]);
});

test('what Frigate says of cameras that are not on the list is nothing to store, and no mistake', async () => {
  const both = [
    deviceOf('lane-in', 'frigate', { camera: 'in' }),
    deviceOf('lane-out', 'frigate', { camera: 'out' }),
  ];
  const { url, intake, journal } = await start({ devices: both, anonymous: true });
  const client = await mqtt.connectAsync(url, { clientId: 'bench' });
  undo.push(() => client.endAsync(true));
  const yard = deviceOf('yard', 'frigate', { camera: 'yard' });
  const vehicle = {
    kind: 'passage',
    lane: '-',
    direction: 'in',
    credential: 'plate',
    result: 'unknown',
    plate: '沪A12345',
    event: 'a1',
  };
  for (const { topic = '', body } of said(yard, vehicle))
    await client.publishAsync(topic, Buffer.from(body), { qos: 1 });
  await client.publishAsync(
    'frigate/tracked_object_update',
    '{"type":"face","id":"f1","camera":"in"}',
    { qos: 1 },
  );
  expect(counted(intake.states())).toEqual({ 'lane-in': [0, 0], 'lane-out': [0, 0] });
  expect(await quarantineOf(journal)).toEqual([]);
});

test('one Frigate for two lanes and a door: each camera is its own device, plates and faces apart', async () => {
  const [gateIn, gateOut, door] = [
    deviceOf('lane-in', 'frigate', { camera: 'in' }),
    deviceOf('lane-out', 'frigate', { camera: 'out' }),
    deviceOf('door-1', 'frigate-face', { camera: 'door' }),
  ] as const;
  const { url, intake, broker } = await start({
    devices: [gateIn, gateOut, door],
    users: [userOf('frigate', ['lane-in', 'lane-out', 'door-1'])],
  });
  const client = await login(url, 'frigate', 'secret');
  const pass = { kind: 'passage', lane: '-', direction: 'in' };
  const vehicle = { ...pass, credential: 'plate', result: 'unknown', plate: '沪A12345' };
  const face = { ...pass, credential: 'face', result: 'unknown', event: 'f1' };
  for (const [device, reading] of [
    [gateIn, { ...vehicle, event: 'a1' }],
    [gateOut, { ...vehicle, event: 'b1' }],
    [gateOut, { ...vehicle, event: 'b2' }],
    [door, face],
  ] as const) {
    for (const { topic = '', body } of said(device, reading))
      await client.publishAsync(topic, Buffer.from(body), { qos: 1 });
  }
  // Everybody behind it hears that it is there.
  await client.publishAsync('frigate/available', 'online', { qos: 1 });
  expect(counted(intake.states())).toEqual({
    'lane-in': [2, 0],
    'lane-out': [3, 0],
    'door-1': [1, 0],
  });
  expect(broker.stats()).toMatchObject({ denied: 0 });
});

test('a zigbee2mqtt bridge says what its meters say; what it says besides is dropped, and what is another device’s ends it', async () => {
  const devices = [
    deviceOf('plug-1', 'zigbee2mqtt'),
    deviceOf('plug-2', 'zigbee2mqtt'),
    deviceOf('cam-1', 'vzenith'),
  ];
  const { url, intake, broker } = await start({
    devices,
    users: [userOf('bridge', ['plug-1', 'plug-2']), userOf('board')],
  });
  const reader = await login(url, 'board', 'secret');
  const heard: string[] = [];
  reader.on('message', (topic) => heard.push(topic));
  await reader.subscribeAsync('#', { qos: 1 });
  const client = await login(url, 'bridge', 'secret');
  for (const device of devices.slice(0, 2)) {
    for (const { topic = '', body } of said(device, { kind: 'power', powerW: 120 }))
      await client.publishAsync(topic, Buffer.from(body), { qos: 1 });
  }
  await client.publishAsync('zigbee2mqtt/bridge/state', '{"state":"online"}', { qos: 1 });
  await client.publishAsync('device/cam-1/message/down/gpio_out', '{"name":"gpio_out"}', {
    qos: 1,
  });
  expect(counted(intake.states())).toMatchObject({ 'plug-1': [1, 0], 'plug-2': [1, 0] });
  await sleep(200);
  expect(heard.sort(), 'a bridge opens no barrier').toEqual([
    'gatehouse/v1/plug-1/power',
    'gatehouse/v1/plug-2/power',
  ]);
  expect(broker.stats()).toMatchObject({ ignored: 2, denied: 0 });

  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  client.publish('device/cam-1/message/up/keep_alive', '{}', { qos: 1 });
  await closed;
  expect(broker.stats().denied).toBe(1);
});

test('devices behind a bridge are there while it is connected, and hear their commands through it', async () => {
  const devices = ['relay-1', 'relay-2', 'relay-3', 'cam-1'].map((id) =>
    deviceOf(id, id === 'cam-1' ? 'vzenith' : 'shelly-relay'),
  );
  const { url, broker } = await start({
    devices,
    users: [
      userOf('bridge', ['relay-1', 'relay-2']),
      // A board that also speaks for the one beside it.
      userOf('cam-1', ['relay-3']),
    ],
  });
  const there = () => devices.map(({ id }) => broker.reaches(id));
  expect(there()).toEqual([false, false, false, false]);
  const bridge = await login(url, 'bridge', 'secret');
  await expect.poll(there).toEqual([true, true, false, false]);
  const heard: string[] = [];
  bridge.on('message', (topic) => heard.push(topic));
  await bridge.subscribeAsync('relay-1/rpc', { qos: 1 });
  const camera = await login(url, 'cam-1', 'secret');
  await expect.poll(there).toEqual([true, true, true, true]);
  camera.on('message', (topic) => heard.push(topic));
  const granted = async (topic: string) => {
    const [answer] = await camera.subscribeAsync(topic, { qos: 1 }).catch(() => []);
    return answer?.qos;
  };
  expect(await granted('relay-3/rpc')).toBe(1);
  expect(await granted('relay-1/rpc'), 'a device that it does not speak for').not.toBe(1);
  for (const id of ['relay-1', 'relay-3']) broker.publish(`${id}/rpc`, Buffer.from('{}'), 0);
  await expect.poll(() => heard.sort()).toEqual(['relay-1/rpc', 'relay-3/rpc']);
  await bridge.endAsync(true);
  await expect.poll(there).toEqual([false, false, true, true]);
});

test('the will of a terminal that is gone is heard, and no reader gets its bytes', async () => {
  const terminal = deviceOf('face-1', 'mqtt-face');
  const { url, intake } = await start({
    devices: [terminal],
    users: [userOf('face-1'), userOf('board')],
  });
  const reader = await login(url, 'board', 'secret');
  const heard: string[] = [];
  reader.on('message', (topic) => heard.push(topic));
  await reader.subscribeAsync('#', { qos: 1 });
  const [will] = said(terminal, { kind: 'status', online: false });
  const client = await mqtt.connectAsync(url, {
    clientId: 'face-1',
    username: 'face-1',
    password: 'secret',
    reconnectPeriod: 0,
    will: {
      topic: will?.topic ?? '',
      payload: Buffer.from(will?.body ?? []),
      qos: 1,
      retain: false,
    },
  });
  client.on('error', () => {});
  client.stream.destroy();
  await expect.poll(() => intake.states()[0]?.readings, { timeout: 10_000 }).toBe(1);
  await sleep(200);
  expect(heard).toEqual(['gatehouse/v1/face-1/status']);
});
