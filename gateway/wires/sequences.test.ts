import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { driverById } from '../../drivers/index.ts';
import type { Reading } from '../../drivers/reading.ts';
import { systemClock } from '../clock.ts';
import { toDevice } from '../config/device.ts';
import { openKept } from '../open-kept.ts';
import { startBroker } from './broker/broker.ts';
import { type Carriers, createCommander, type Outcome } from './commands.ts';
import { createIntake } from './intake.ts';

// Sequences of the samples, in their order, over real MQTT to the real way to the disk; a person presses "open" where
// the gateway of the sequence opens: it never does by itself.

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});
const log = { debug() {}, info() {}, warn() {}, error() {} };
const samples = new URL('../../drivers/samples/gate/', import.meta.url);
const file = (name: string) => readFileSync(new URL(name, samples));
const json = (name: string) => JSON.parse(file(name).toString('utf8'));

interface Step {
  readonly atMs: number;
  readonly from: 'camera' | 'terminal' | 'gateway';
  readonly topic: string;
  readonly sample: string;
}
const sequences: readonly { readonly name: string; readonly steps: readonly Step[] }[] =
  json('sequences.json').sequences;

/** Pauses of the sequence are that much shorter here: an order, not a length, is what is tried. */
const quicker = 10;
const longestPauseMs = 400;

const sn = String(json('vzenith-ivs_result.json').sn);
const qianyi = String(json('qianyi-result.json').sn);
const terminal = String(json('../face/mqttface-recpush-allowed.json').info.facesluiceId);
const wall = [
  ['cam-1', 'vzenith', { sn }],
  ['cam-2', 'qianyi', { sn: qianyi }],
  ['face-1', 'mqtt-face', { terminal }],
] as const;

async function gateway() {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-sequences-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const { journal, close } = await openKept(folder);
  undo.push(close);
  const devices = wall.map(([id, driverId, options]) => {
    const driver = driverById(driverId);
    if (!driver) throw new Error(driverId);
    const source = { id, driver: driverId, lane: `lane-${id}` };
    return toDevice(source, driver, driver.options.parse(options), 'in');
  });
  let carriers: Carriers = {};
  const commander = createCommander({ devices, carriers: () => carriers, clock: systemClock });
  journal.onGroup(commander.watch);
  const intake = createIntake({
    devices,
    journal,
    clock: systemClock,
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
  return { journal, commander, intake, url: `mqtt://${broker.address}` };
}

/** Plays a sequence in its order; what is stored, what the gateway said, and what became of the opening. */
async function played(name: string, device: (typeof wall)[number][0]) {
  const steps = sequences.find((one) => one.name === name)?.steps ?? [];
  const { journal, commander, intake, url } = await gateway();
  const client = await connectAsync(url, { clientId: device });
  undo.push(() => client.endAsync(true));
  const said: { readonly topic: string; readonly text: string }[] = [];
  client.on('message', (topic, body) => said.push({ topic, text: body.toString('utf8') }));
  const down = [`device/${sn}/message/down/+`, `device/plate/${qianyi}`, `mqtt/face/${terminal}`];
  await client.subscribeAsync(down, { qos: 1 });
  const real = (topic: string) =>
    topic
      .replace('device/plate/{sn}', `device/plate/${qianyi}`)
      .replace('aiot/plate/{sn}', `aiot/plate/${qianyi}`)
      .replace('{sn}', sn)
      .replace('{deviceId}', terminal);
  let opening: Promise<Outcome> | undefined;
  let lastMs = 0;
  for (const { atMs, from, topic, sample } of steps) {
    await sleep(Math.min(longestPauseMs, (atMs - lastMs) / quicker));
    lastMs = atMs;
    if (from !== 'gateway') {
      const command = said.findLast((one) => one.topic.endsWith('/gpio_out'));
      // The camera repeats the id of what it was told.
      const body = topic.endsWith('/gpio_out/reply')
        ? JSON.stringify({ ...json(sample), id: JSON.parse(command?.text ?? '{}').id })
        : file(sample);
      await client.publishAsync(real(topic), body as Buffer, { qos: 1 });
    } else if (topic.endsWith('/gpio_out')) {
      const before = said.length;
      opening = commander.open(`lane-${device}`);
      await expect.poll(() => said.length, { timeout: 10_000 }).toBeGreaterThan(before);
    }
  }
  const outcome = await opening;
  await sleep(200);
  const stored: Reading[] = [];
  for (const kind of ['passage', 'barrier', 'presence', 'status'] as const) {
    for await (const reading of journal.read({ kind, purpose: 'gate' })) stored.push(reading);
  }
  const passes = stored.filter(({ kind }) => kind === 'passage');
  const opens = said.filter(({ topic }) => topic.endsWith('/gpio_out')).length;
  const rejected = intake.states().reduce((sum, one) => sum + one.rejected, 0);
  return { stored, passes, opens, outcome, said, rejected };
}

test('every sequence of the samples is played here', () => {
  expect(sequences.map(({ name }) => name)).toEqual([
    'normal-entry',
    'tailgating',
    'open-acknowledged-but-arm-does-not-move',
    'manual-opening',
    'replay-after-outage',
    'qianyi-unacknowledged-twice-delivered',
    'face-record-resent-until-acknowledged',
  ]);
});

test('a normal entry: one pass of four messages, one command, and the arm was seen to move', async () => {
  const { passes, opens, outcome, rejected, stored } = await played('normal-entry', 'cam-1');
  expect([passes.length, opens, rejected]).toEqual([1, 1, 0]);
  expect(outcome).toMatchObject({ result: 'accepted', moved: true });
  // The samples have times of their own: the arm that comes down is the message of the one that went up, and stored once.
  const arm = stored.flatMap((one) => (one.kind === 'barrier' ? [one.state] : []));
  expect(arm.toSorted()).toEqual(['closed', 'moving', 'open']);
});

test('one that follows through: two passes, one command', async () => {
  const { passes, opens, rejected } = await played('tailgating', 'cam-1');
  expect([passes.length, opens, rejected]).toEqual([2, 1, 0]);
});

test('an arm that does not move: accepted is not moved, and nothing is sent again', async () => {
  const name = 'open-acknowledged-but-arm-does-not-move';
  const { opens, outcome } = await played(name, 'cam-1');
  expect(opens).toBe(1);
  expect(outcome).toMatchObject({ result: 'accepted', moved: false });
});

test('opened by hand: the arm is recorded, no command was sent and no pass is made up', async () => {
  const { opens, passes, stored } = await played('manual-opening', 'cam-1');
  expect([opens, passes.length]).toEqual([0, 0]);
  const arm = stored.flatMap((one) => (one.kind === 'barrier' ? [one.state] : []));
  expect(arm.toSorted()).toEqual(['moving', 'open']);
});

test('a record replayed after an outage is stored at its own time, and nothing is opened', async () => {
  const { passes, opens } = await played('replay-after-outage', 'cam-1');
  expect(opens).toBe(0);
  expect(passes).toMatchObject([{ replayed: true, atMs: 1_773_615_430_010 }]);
});

test('a result of Qianyi that comes twice is one pass and is answered twice', async () => {
  const { passes, said, rejected } = await played('qianyi-unacknowledged-twice-delivered', 'cam-2');
  expect([passes.length, rejected]).toEqual([1, 0]);
  const commands = said.map(({ text }) => JSON.parse(text).cmd);
  expect(commands.filter((one) => one === 'result_rsp')).toHaveLength(2);
});

test('a face record that is sent three times is one record, acknowledged each time', async () => {
  const { passes, said, rejected } = await played(
    'face-record-resent-until-acknowledged',
    'face-1',
  );
  expect([passes.length, rejected]).toEqual([1, 0]);
  expect(said.filter(({ text }) => text.includes('PushAck'))).toHaveLength(3);
});
