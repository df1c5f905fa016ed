import { mkdtempSync } from 'node:fs';
import { connect as dial, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import { generate, type Packet, parser as packetParser } from 'mqtt-packet';
import { native } from '../../../drivers/native.ts';
import type { Reading } from '../../../drivers/reading.ts';
import { systemClock } from '../../clock.ts';
import { type Device, toDevice } from '../../config/device.ts';
import type { Journal } from '../../journal/contract.ts';
import type { Log } from '../../log.ts';
import { openKept } from '../../open-kept.ts';
import { createIntake } from '../intake.ts';
import type { User } from './access.ts';
import { startBroker } from './broker.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const twoMeters = ['m1', 'm2'].map((id) =>
  toDevice({ id, driver: 'native' }, native, {}, 'unknown'),
);
const threeUsers = [
  { name: 'm1', password: 'one' },
  { name: 'm2', password: 'two' },
  { name: 'board', password: 'read' },
];
export const limits = {
  connections: 200,
  messagesPerSecond: 100_000,
  failuresPerMinute: 5,
  frameKb: 64,
};

/** What the test that runs has started; ended behind it, the last first. */
export const undo: Array<() => Promise<unknown> | unknown> = [];
export async function endAll(): Promise<void> {
  for (const one of undo.splice(0).reverse()) await one();
}

/** For tests: a broker on a real journal; `wrap` may stand between them. */
export async function start(
  more: {
    anonymous?: boolean;
    devices?: readonly Device[];
    users?: readonly User[];
    limits?: Partial<typeof limits>;
    crowded?: () => boolean;
    log?: Log;
    wrap?: (journal: Journal) => Pick<Journal, 'append' | 'quarantine'>;
  } = {},
) {
  const { devices = twoMeters, users = threeUsers, log = silent } = more;
  const dataDir = join(mkdtempSync(join(tmpdir(), 'gatehouse-broker-')), 'data');
  const { journal, close } = await openKept(dataDir);
  const intake = createIntake({
    devices,
    journal: more.wrap?.(journal) ?? journal,
    clock: systemClock,
    log,
  });
  const broker = await startBroker({
    listen: '127.0.0.1:0',
    anonymous: more.anonymous ?? false,
    users,
    devices,
    limits: { ...limits, ...more.limits },
    intake,
    clock: systemClock,
    log,
    crowded: more.crowded ?? (() => false),
  });
  undo.push(async () => {
    await broker.stop();
    await close();
  });
  const stored = async () => {
    const readings: Reading[] = [];
    for await (const reading of journal.read({ kind: 'power' })) readings.push(reading);
    return readings;
  };
  return {
    broker,
    journal,
    intake,
    stored,
    url: `mqtt://${broker.address}`,
    port: Number(broker.address.split(':')[1]),
  };
}

export async function login(
  url: string,
  name: string,
  password: string,
  clientId = name,
): Promise<MqttClient> {
  const client = await connectAsync(url, {
    username: name,
    password,
    clientId,
    reconnectPeriod: 0,
    protocolVersion: 4,
  });
  client.on('error', () => {});
  undo.push(() => client.endAsync(true));
  return client;
}

/** A socket that speaks packets; what it hears is collected. */
export async function raw(port: number): Promise<{
  socket: Socket;
  heard: Packet[];
  closed: Promise<void>;
  send(packet: Packet | Buffer): void;
  until(n: number): Promise<void>;
}> {
  const socket = dial(port, '127.0.0.1');
  const heard: Packet[] = [];
  const parser = packetParser({ protocolVersion: 4 });
  parser.on('packet', (packet) => void heard.push(packet));
  socket.on('data', (chunk) => void parser.parse(chunk));
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  await new Promise<void>((resolve) => socket.on('connect', () => resolve()));
  undo.push(() => socket.destroy());
  const send = (packet: Packet | Buffer) =>
    void socket.write(Buffer.isBuffer(packet) ? packet : generate(packet));
  return {
    socket,
    heard,
    closed,
    send,
    async until(n) {
      for (let left = 500; heard.length < n; left -= 1) {
        if (left === 0) throw new Error(`${heard.length} packets came, ${n} were awaited`);
        await sleep(10);
      }
    },
  };
}
export const hello = (clientId: string, password: string, more: object = {}): Packet =>
  ({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clientId,
    username: clientId,
    password: Buffer.from(password),
    clean: true,
    keepalive: 60,
    ...more,
  }) as Packet;
export const publish = (
  messageId: number,
  payload: string,
  topic = 'gatehouse/v1/m1/power',
  qos: 0 | 1 | 2 = 1,
): Packet =>
  ({ cmd: 'publish', topic, payload, qos, messageId, dup: false, retain: false }) as Packet;

/** When the readings of tests begin, ms: a time that a device may have. */
export const firstMs = Date.UTC(2026, 0, 1);
/** The reading of a meter `ms` after that. */
export const reading = (ms: number) => JSON.stringify({ atMs: firstMs + ms, powerW: 1 });
