import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { driverById } from '../../drivers/index.ts';
import { systemClock } from '../clock.ts';
import { toDevice } from '../config/device.ts';
import { startBroker } from './broker/broker.ts';
import { type Carriers, createCommander, pauseMs } from './commands.ts';
import { createIntake } from './intake.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const known = (id: string) => {
  const driver = driverById(id);
  if (!driver) throw new Error(id);
  return driver;
};

/** A real broker with one device of each kind that opens; what they say is kept by a stand-in of the disk. */
async function gate(clock = systemClock) {
  const devices = ['vzenith', 'shelly-relay', 'tasmota-relay', 'corx', 'huaan'].map((id) =>
    toDevice(
      { id: `${id}-1`, driver: id, lane: `lane-${id}` },
      known(id),
      known(id).options.parse({}),
      'in',
    ),
  );
  let carriers: Carriers = {};
  const commander = createCommander({ devices, carriers: () => carriers, clock });
  const quarantined: string[] = [];
  const intake = createIntake({
    devices,
    journal: {
      append(readings, done) {
        commander.watch({ events: readings });
        done(null);
      },
      quarantine({ reason }, done) {
        quarantined.push(reason);
        done(null);
      },
    },
    clock,
    log,
    onMessage: commander.hear,
  });
  const broker = await startBroker({
    listen: '127.0.0.1:0',
    anonymous: true,
    users: [],
    devices,
    limits: { connections: 50, messagesPerSecond: 1000, failuresPerMinute: 5, frameKb: 64 },
    intake,
    clock: systemClock,
    log,
    crowded: () => false,
  });
  undo.push(broker.stop);
  carriers = {
    mqtt: {
      reaches: ({ id }) => broker.reaches(id),
      send: (_device, { topic, body }) => broker.publish(topic ?? '', body, 0),
    },
  };
  /** A device on the wall: `answer` gets each command, and says what it says. */
  const hang = async (
    id: string,
    filter: string,
    answer: (topic: string, body: Buffer, say: MqttClient) => void,
  ) => {
    const client = await connectAsync(`mqtt://${broker.address}`, {
      clientId: id,
      protocolVersion: 4,
      reconnectPeriod: 0,
    });
    undo.push(() => client.endAsync(true));
    const commands: string[] = [];
    client.on('message', (topic, body) => {
      commands.push(topic);
      answer(topic, body, client);
    });
    await client.subscribeAsync(filter);
    await expect.poll(() => broker.reaches(id)).toBe(true);
    return { client, commands };
  };
  return { commander, hang, quarantined };
}

/** As the camera answers: the same id, on the topic of the command with /reply behind it. */
const camera =
  (code: number, arm?: 'open') => (topic: string, body: Buffer, client: MqttClient) => {
    const { id, sn, name } = JSON.parse(String(body));
    const reply = { id, sn, name, version: '1.0', code, payload: { type: name, body: {} } };
    client.publish(`${topic}/reply`, JSON.stringify(reply));
    if (arm === undefined) return;
    const status = {
      id: 'x',
      sn,
      name: 'barr_gate_status',
      version: '1.0',
      timestamp: Math.floor(Date.now() / 1000),
      payload: {
        type: 'barr_gate_status',
        body: { connect_status: 1, enable: 1, gate_ctrl_id: 1, gate_status: 1 },
      },
    };
    client.publish(`device/${sn}/message/up/barr_gate_status`, JSON.stringify(status), { qos: 1 });
  };

test('a camera accepts, and the arm is seen to move', async () => {
  const { commander, hang, quarantined } = await gate();
  const { commands } = await hang(
    'vzenith-1',
    'device/vzenith-1/message/down/+',
    camera(200, 'open'),
  );
  expect(await commander.open('lane-vzenith')).toMatchObject({
    device: 'vzenith-1',
    result: 'accepted',
    moved: true,
  });
  expect(commands).toEqual(['device/vzenith-1/message/down/gpio_out']);
  expect(quarantined, 'an answer is no rubbish').toEqual([]);
});

test('a camera that refuses says why', async () => {
  const { commander, hang } = await gate();
  await hang('vzenith-1', 'device/vzenith-1/message/down/+', camera(500));
  expect(await commander.open('lane-vzenith')).toMatchObject({
    result: 'refused',
    reason: 'code 500',
  });
});

test('its clock is set to ours', async () => {
  const { commander, hang } = await gate();
  const { commands } = await hang('vzenith-1', 'device/vzenith-1/message/down/+', camera(200));
  expect(await commander.setTime('vzenith-1')).toMatchObject({ result: 'accepted' });
  expect(commands).toEqual(['device/vzenith-1/message/down/set_time']);
  expect(await commander.setTime('corx-1')).toMatchObject({ result: 'impossible' });
  expect(await commander.setTime('nobody')).toMatchObject({ result: 'impossible' });
});

test('a plate is put on the list that a camera keeps, read back, and taken off again', async () => {
  const { commander, hang } = await gate();
  const kept = new Set<string>();
  const { commands } = await hang(
    'vzenith-1',
    'device/vzenith-1/message/down/+',
    (topic, sent, client) => {
      const { id, sn, name, payload } = JSON.parse(String(sent));
      const { operator_type: what, plate, dldb_rec: record } = payload.body;
      if (what === 'update_or_add') kept.add(record.plate);
      if (what === 'delete') kept.delete(plate);
      const list = what === 'select' ? { dldb_rec: [...kept].map((one) => ({ plate: one })) } : {};
      const body = { operator_type: what, state_code: 200, ...list };
      const reply = { id, sn, name, version: '1.0', code: 200, payload: { type: name, body } };
      client.publish(`${topic}/reply`, JSON.stringify(reply));
    },
  );
  const change = (kind: 'plate-add' | 'plate-remove') =>
    commander.plate('lane-vzenith', { kind, plate: '沪A12345' });
  expect(await change('plate-add')).toMatchObject([{ result: 'accepted', listed: true }]);
  expect([...kept]).toEqual(['沪A12345']);
  expect(await change('plate-remove')).toMatchObject([{ result: 'accepted', listed: false }]);
  expect(commands).toHaveLength(4);
  expect(commander.keepsPlates('lane-vzenith')).toBe(true);
  expect(commander.keepsPlates('lane-corx')).toBe(false);
  expect(await commander.plate('lane-corx', { kind: 'plate-add', plate: '沪A12345' })).toEqual([]);
});

test('relay boards answer in their own words', async () => {
  const { commander, hang } = await gate();
  await hang('shelly-relay-1', 'shelly-relay-1/rpc', (_topic, body, client) => {
    const { id, src } = JSON.parse(String(body));
    client.publish(`${src}/rpc`, JSON.stringify({ id, src: 'x', result: { was_on: false } }));
  });
  await hang('tasmota-relay-1', 'cmnd/tasmota-relay-1/+', (_topic, _body, client) => {
    client.publish('stat/tasmota-relay-1/RESULT', '{"POWER":"ON"}');
  });
  const [shelly, tasmota] = await Promise.all([
    commander.open('lane-shelly-relay'),
    commander.open('lane-tasmota-relay'),
  ]);
  // Their arms have switches in the configuration of nobody here: accepted, and not seen to move.
  expect([shelly.result, tasmota.result]).toEqual(['accepted', 'accepted']);
}, 30_000);

test('whoever is not there gets nothing, then or later', async () => {
  const { commander, hang } = await gate();
  expect(await commander.open('lane-vzenith')).toMatchObject({ result: 'offline' });
  const { commands } = await hang('vzenith-1', 'device/vzenith-1/message/down/#', camera(200));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(commands, 'no late pulse').toEqual([]);
});

test('a second press opens nothing twice, and a lane without a device that opens says so', async () => {
  const { commander, hang } = await gate();
  const { commands } = await hang(
    'vzenith-1',
    'device/vzenith-1/message/down/+',
    camera(200, 'open'),
  );
  const [first, second] = await Promise.all([
    commander.open('lane-vzenith'),
    commander.open('lane-vzenith'),
  ]);
  expect([first.result, second.result]).toEqual(['accepted', 'busy']);
  expect(commands).toHaveLength(1);
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
  expect((await commander.open('lane-vzenith')).result).toBe('accepted');
  expect(commander.canOpen('lane-huaan')).toBe(false);
  expect(await commander.open('lane-huaan')).toMatchObject({ result: 'impossible' });
}, 15_000);

test('a device that says nothing, and one that answers something else, leave it unanswered; late words are not heard', async () => {
  const { commander, hang } = await gate();
  const { client } = await hang(
    'vzenith-1',
    'device/vzenith-1/message/down/+',
    (topic, body, say) => {
      const { sn } = JSON.parse(String(body));
      say.publish(
        `${topic}/reply`,
        JSON.stringify({ id: 'another', sn, name: 'gpio_out', code: 200 }),
      );
    },
  );
  expect(await commander.open('lane-vzenith')).toMatchObject({ result: 'no answer' });
  client.publish(
    'device/vzenith-1/message/down/gpio_out/reply',
    JSON.stringify({ id: 'late', sn: 'vzenith-1', name: 'gpio_out', code: 200 }),
  );
}, 15_000);
