import { setTimeout as sleep } from 'node:timers/promises';
import {
  connect,
  connectAsync,
  type IClientOptions,
  type IPublishPacket,
  type MqttClient,
} from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { endAll, hello, login, publish, raw, start, undo } from './trial-broker.ts';

/*
 * What the interoperability suite of Eclipse Paho asks of a server of MQTT 3.1.1, case by case under its names, with
 * our own words and client. On the bench, where all topics are open; refusals with log-ins, as on a wall.
 */

afterEach(endAll);

const topics = ['TopicA', 'TopicA/B', 'Topic/C', 'TopicA/C', '/TopicA'];

const quiet = { protocolVersion: 4, reconnectPeriod: 0 } as const;

async function client(url: string, clientId: string, more: IClientOptions = {}) {
  const heard: IPublishPacket[] = [];
  const one: MqttClient = await connectAsync(url, { ...quiet, clientId, ...more });
  one.on('error', () => {});
  one.on('message', (_topic, _payload, packet) => void heard.push(packet));
  undo.push(() => one.endAsync(true));
  return { one, heard };
}

const texts = (heard: readonly IPublishPacket[]) => heard.map(({ payload }) => String(payload));
const came = (heard: readonly unknown[], n: number) =>
  expect.poll(() => heard.length, { timeout: 5000 }).toBeGreaterThanOrEqual(n);

test('basic: what is published at each QoS comes back at it; a second CONNECT ends the connection', async () => {
  const { url, port } = await start({ anonymous: true });
  const { one, heard } = await client(url, 'aclient');
  await one.subscribeAsync(topics[0] ?? '', { qos: 2 });
  for (const qos of [0, 1, 2] as const) {
    await one.publishAsync(topics[0] ?? '', `qos ${qos}`, { qos });
  }
  await came(heard, 3);
  expect(texts(heard).sort()).toEqual(['qos 0', 'qos 1', 'qos 2']);
  expect(heard.map(({ qos }) => qos).sort()).toEqual([0, 1, 2]);

  // MQTT-3.1.0-2.
  const twice = await raw(port);
  twice.send(hello('bclient', ''));
  await twice.until(1);
  twice.send(hello('bclient', ''));
  await twice.closed;
});

test('retained messages: kept for who comes later, forgotten when emptied', async () => {
  const { url } = await start({ anonymous: true });
  const { one, heard } = await client(url, 'aclient');
  const named = [topics[1], topics[2], topics[3]].map((topic) => topic ?? '');
  for (const [qos, topic] of named.entries()) {
    await one.publishAsync(topic, `kept ${qos}`, { qos: qos as 0 | 1 | 2, retain: true });
  }
  await one.subscribeAsync('+/+', { qos: 2 });
  await came(heard, 3);
  expect(texts(heard).sort()).toEqual(['kept 0', 'kept 1', 'kept 2']);
  expect(heard.every(({ retain }) => retain)).toBe(true);
  for (const topic of named) await one.publishAsync(topic, '', { qos: 1, retain: true });
  const later = await client(url, 'bclient');
  await later.one.subscribeAsync('+/+', { qos: 2 });
  await sleep(300);
  expect(later.heard).toEqual([]);
});

test('zero-length client id: taken for a clean session, refused for one that is to be kept', async () => {
  const { port } = await start({ anonymous: true });
  const clean = await raw(port);
  clean.send(hello('', '', { username: undefined, password: undefined }));
  await clean.until(1);
  expect(clean.heard[0]).toMatchObject({ cmd: 'connack', returnCode: 0 });
  const kept = await raw(port);
  // No client library writes this one: level 4, no flags, 60 s, an empty id.
  kept.send(Buffer.from('100c00044d5154540400003c0000', 'hex'));
  await kept.closed;
  expect(kept.heard).not.toContainEqual(expect.objectContaining({ cmd: 'connack', returnCode: 0 }));
});

test('offline message queueing: what was published meanwhile waits for the kept session', async () => {
  const { url } = await start({ anonymous: true });
  const first = await client(url, 'aclient', { clean: false });
  await first.one.subscribeAsync('+/+', { qos: 2 });
  await first.one.endAsync();
  const { one } = await client(url, 'bclient');
  for (const qos of [0, 1, 2] as const) {
    await one.publishAsync(topics[qos + 1] ?? '', `qos ${qos}`, { qos });
  }
  const heard: string[] = [];
  // What waited comes with the CONNACK: somebody must listen before.
  const again = connect(url, { ...quiet, clientId: 'aclient', clean: false });
  again.on('message', (_topic, payload) => void heard.push(String(payload)));
  undo.push(() => again.endAsync(true));
  await came(heard, 2);
  // Whether QoS 0 waits is the server's choice; the others must.
  expect(heard).toEqual(expect.arrayContaining(['qos 1', 'qos 2']));
});

test('overlapping subscriptions: one message at the highest QoS, or one for each', async () => {
  const { url } = await start({ anonymous: true });
  const { one, heard } = await client(url, 'aclient');
  await one.subscribeAsync({ 'TopicA/#': { qos: 2 }, 'TopicA/+': { qos: 1 } });
  await one.publishAsync('TopicA/C', 'overlapping', { qos: 2 });
  await came(heard, 1);
  await sleep(300);
  expect(heard.length === 1 || heard.length === 2).toBe(true);
  const highest = Math.max(...heard.map(({ qos }) => qos));
  expect(highest).toBe(2);
});

test('keep-alive: a client that falls silent is cut off and its will is said', async () => {
  const { url, port } = await start({ anonymous: true });
  const { one, heard } = await client(url, 'bclient');
  await one.subscribeAsync('/TopicA', { qos: 2 });
  const silent = await raw(port);
  const will = { topic: '/TopicA', payload: Buffer.from('keep-alive expiry'), qos: 2 };
  silent.send(hello('aclient', '', { keepalive: 1, will }));
  await came(heard, 1);
  expect(texts(heard)).toEqual(['keep-alive expiry']);
});

test('redelivery on reconnect: what was not acknowledged comes again', async () => {
  const { url, port } = await start({ anonymous: true });
  const deaf = await raw(port);
  deaf.send(hello('bclient', '', { clean: false }));
  await deaf.until(1);
  const subscriptions = [{ topic: '+/+', qos: 2 }];
  deaf.send({ cmd: 'subscribe', messageId: 2, subscriptions } as Parameters<typeof deaf.send>[0]);
  await deaf.until(2);
  const { one } = await client(url, 'aclient');
  await one.publishAsync('TopicA/B', 'qos 1', { qos: 1 });
  await one.publishAsync('TopicA/C', 'qos 2', { qos: 2 });
  await deaf.until(4);
  deaf.socket.destroy();
  const again = await raw(port);
  again.send(hello('bclient', '', { clean: false }));
  await again.until(3);
  const said = again.heard.filter(({ cmd }) => cmd === 'publish') as unknown as IPublishPacket[];
  expect(texts(said).sort()).toEqual(['qos 1', 'qos 2']);
});

test('subscribe failure: a filter that is not allowed is told 0x80, and the client stays', async () => {
  const { port } = await start();
  const device = await raw(port);
  device.send(hello('m1', 'one'));
  await device.until(1);
  const subscriptions = [{ topic: 'test/nosubscribe', qos: 2 }];
  device.send({ cmd: 'subscribe', messageId: 2, subscriptions } as Parameters<
    typeof device.send
  >[0]);
  await device.until(2);
  expect(device.heard[1]).toMatchObject({ cmd: 'suback', granted: [0x80] });
  device.send(publish(3, '{"atMs":1,"powerW":1}'));
  await device.until(3);
  expect(device.heard[2]).toMatchObject({ cmd: 'puback', messageId: 3 });
});

test('dollar topics: a filter that begins with a wildcard does not hear them', async () => {
  const { url } = await start();
  const reader = await login(url, 'board', 'read');
  const heard: string[] = [];
  reader.on('message', (topic) => void heard.push(topic));
  await reader.subscribeAsync(['+/+', '#'], { qos: 1 });
  const device = await login(url, 'm1', 'one');
  await device.publishAsync('gatehouse/v1/m1/power', '{"atMs":1,"powerW":1}', { qos: 1 });
  await came(heard, 1);
  await sleep(300);
  expect(heard.filter((topic) => topic.startsWith('$'))).toEqual([]);
});

test('unsubscribe: what was unsubscribed is not heard any more, the rest is', async () => {
  const { url } = await start({ anonymous: true });
  const { one, heard } = await client(url, 'bclient');
  await one.subscribeAsync(['TopicA', 'TopicA/B', 'Topic/C'], { qos: 2 });
  await one.unsubscribeAsync('TopicA');
  const { one: speaker } = await client(url, 'aclient');
  for (const topic of ['TopicA', 'TopicA/B', 'Topic/C']) {
    await speaker.publishAsync(topic, topic, { qos: 1 });
  }
  await came(heard, 2);
  await sleep(200);
  expect(texts(heard).sort()).toEqual(['Topic/C', 'TopicA/B']);
});
