import { generate } from 'mqtt-packet';
import { afterEach, expect, test } from 'vitest';
import type { Broker } from './broker.ts';
import {
  endAll,
  firstMs,
  hello,
  login,
  publish,
  raw,
  reading,
  start,
  undo,
} from './trial-broker.ts';

afterEach(endAll);

test('a published reading is on the disk when its PUBACK comes', async () => {
  const box = await start();
  const client = await login(box.url, 'm1', 'one');
  await client.publishAsync('gatehouse/v1/m1/power', reading(1000), { qos: 1 });
  expect(await box.stored()).toEqual([
    { kind: 'power', device: 'm1', atMs: firstMs + 1000, powerW: 1 },
  ]);
});

test('no PUBACK leaves before the flush, and they leave in order', async () => {
  const waiting: Array<() => void> = [];
  const box = await start({
    wrap: (journal) => ({
      append: (readings, done) => void waiting.push(() => journal.append(readings, done)),
      quarantine: journal.quarantine,
    }),
  });
  const device = await raw(box.port);
  device.send(hello('m1', 'one'));
  await device.until(1);
  for (let id = 1; id <= 20; id += 1) device.send(publish(id, reading(id)));
  await expect.poll(() => waiting.length).toBe(20);
  expect(device.heard).toHaveLength(1);
  for (const go of waiting) go();
  await device.until(21);
  expect(device.heard.slice(1).map((packet) => packet.messageId)).toEqual(
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
});

test('when the disk refuses there is no PUBACK and no connection, so that the device sends again', async () => {
  const box = await start({
    wrap: () => ({
      append: (_readings, done) => void setImmediate(() => done(new Error('full'))),
      quarantine: (_message, done) => void setImmediate(() => done(new Error('full'))),
    }),
  });
  const device = await raw(box.port);
  device.send(hello('m1', 'one'));
  await device.until(1);
  device.send(publish(7, reading(1)));
  await device.closed;
  expect(device.heard.map(({ cmd }) => cmd)).toEqual(['connack']);
});

test('what cannot be read is acknowledged, kept in the quarantine, and stops nothing', async () => {
  const box = await start();
  const client = await login(box.url, 'm1', 'one');
  await client.publishAsync('gatehouse/v1/m1/power', 'rubbish', { qos: 1 });
  await client.publishAsync('gatehouse/v1/m1/power', reading(5), { qos: 1 });
  expect(await box.stored()).toHaveLength(1);
  const kept = [];
  for await (const message of box.journal.readQuarantine({})) kept.push(message);
  expect(kept).toMatchObject([{ device: 'm1', reason: 'Not JSON' }]);
  expect(box.intake.states()[0]).toMatchObject({ rejected: 1, lastReason: 'Not JSON' });
});

test('QoS 0 and QoS 2 are stored too, QoS 2 once', async () => {
  const box = await start();
  const client = await login(box.url, 'm1', 'one');
  client.publish('gatehouse/v1/m1/power', reading(1), { qos: 0 });
  await client.publishAsync('gatehouse/v1/m1/power', reading(2), { qos: 2 });
  await expect.poll(async () => (await box.stored()).length).toBe(2);
});

for (const [what, topic] of [
  ['of another device', 'gatehouse/v1/m2/power'],
  ['of nobody', 'gatehouse/v1/m9/power'],
  ['of the broker', '$SYS/x'],
  ['with a prototype in it', 'gatehouse/__proto__/x'],
] as const) {
  for (const qos of [0, 1, 2] as const) {
    test(`a device that publishes on a topic ${what} at QoS ${qos} is disconnected`, async () => {
      const box = await start();
      const device = await raw(box.port);
      device.send(hello('m1', 'one'));
      await device.until(1);
      device.send(publish(1, reading(1), topic, qos));
      await device.closed;
      expect(await box.stored()).toEqual([]);
    });
  }
}

test('wrong, missing and foreign log-ins are refused, and listed as strangers', async () => {
  const box = await start();
  for (const [name, password, id] of [
    ['m1', 'wrong', 'm1'],
    ['m1', 'one', 'm2'],
    ['m9', 'x', 'm9'],
  ] as const) {
    await expect(login(box.url, name, password, id)).rejects.toThrow();
  }
  expect(box.intake.strangers().map(({ name, reason }) => [name, reason])).toEqual([
    ['m1', 'wrong password'],
    ['m9', 'no such user'],
  ]);
});

test('after five wrong passwords the right one has to wait too', async () => {
  const box = await start();
  for (let i = 0; i < 5; i += 1) await expect(login(box.url, 'm1', 'no')).rejects.toThrow();
  await expect(login(box.url, 'm1', 'one')).rejects.toThrow();
  await login(box.url, 'm2', 'two');
});

test('a device cannot take the place of another, only its own', async () => {
  const box = await start();
  const first = await login(box.url, 'm1', 'one');
  await expect(login(box.url, 'm2', 'two', 'm1')).rejects.toThrow();
  expect(first.connected).toBe(true);
  const gone = new Promise<void>((resolve) => first.on('close', () => resolve()));
  await login(box.url, 'm1', 'one');
  await gone;
});

test('a device may not listen in; a reader gets every accepted reading', async () => {
  const box = await start();
  const device = await login(box.url, 'm1', 'one');
  await expect(device.subscribeAsync('gatehouse/v1/+/power', { qos: 1 })).rejects.toThrow();
  const board = await login(box.url, 'board', 'read');
  const heard: string[] = [];
  board.on('message', (topic, payload) => void heard.push(`${topic} ${payload}`));
  await board.subscribeAsync('gatehouse/v1/+/power', { qos: 1 });
  await device.publishAsync('gatehouse/v1/m1/power', reading(1), { qos: 1 });
  await device.publishAsync('gatehouse/v1/m1/power', 'rubbish', { qos: 1 });
  await expect.poll(() => heard).toEqual([`gatehouse/v1/m1/power ${reading(1)}`]);
});

test('a reader may not publish', async () => {
  const box = await start();
  const device = await raw(box.port);
  device.send(hello('board', 'read'));
  await device.until(1);
  device.send(publish(1, reading(1)));
  await device.closed;
});

test('a packet of 256 MB, one of 65 KB and a first packet of 5 KB are cut off', async () => {
  const box = await start();
  const huge = await raw(box.port);
  huge.send(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
  await huge.closed;
  const early = await raw(box.port);
  early.send(Buffer.concat([Buffer.from([0x10, 0x88, 0x27]), Buffer.alloc(5000)]));
  await early.closed;
  const late = await raw(box.port);
  late.send(hello('m1', 'one'));
  await late.until(1);
  late.send(publish(1, 'x'.repeat(65 * 1024)));
  await late.closed;
  expect(box.broker.stats().refused).toBeGreaterThanOrEqual(3);
});

test('rubbish, five length bytes, a PUBLISH cut short and packet id 0 are cut off, and others go on', async () => {
  const box = await start();
  for (const bytes of [
    [0xff, 0xff],
    [0x10, 0xff, 0xff, 0xff, 0xff, 0x01],
    [0x30, 0x02, 0x00, 0x00],
  ]) {
    const one = await raw(box.port);
    one.send(Buffer.from(bytes));
    await one.closed;
  }
  const zero = await raw(box.port);
  zero.send(hello('m1', 'one'));
  await zero.until(1);
  zero.send(Buffer.from([0x32, 0x05, 0x00, 0x01, 0x61, 0x00, 0x00]));
  await zero.closed;
  const client = await login(box.url, 'm1', 'one');
  await client.publishAsync('gatehouse/v1/m1/power', reading(1), { qos: 1 });
});

test('one connection that floods is held back, not dropped, and nothing is lost', async () => {
  const box = await start({ limits: { messagesPerSecond: 2000 } });
  const client = await login(box.url, 'm1', 'one');
  const all = Array.from({ length: 3000 }, (_, i) =>
    client.publishAsync('gatehouse/v1/m1/power', reading(i + 1), { qos: 1 }),
  );
  await Promise.all(all);
  expect(await box.stored()).toHaveLength(3000);
});

test('a publish byte by byte is read as one', async () => {
  const box = await start();
  const device = await raw(box.port);
  for (const byte of generate(hello('m1', 'one'))) device.socket.write(Buffer.from([byte]));
  await device.until(1);
  for (const byte of generate(publish(3, reading(1)))) device.socket.write(Buffer.from([byte]));
  await device.until(2);
  expect(device.heard[1]).toMatchObject({ cmd: 'puback', messageId: 3 });
});

test('who says 1 s of keep-alive and then nothing is disconnected; publishing alone is a sign of life', async () => {
  const box = await start();
  const silent = await raw(box.port);
  silent.send(hello('m1', 'one', { keepalive: 1 }));
  const busy = await raw(box.port);
  busy.send(hello('m2', 'two', { keepalive: 1 }));
  await busy.until(1);
  let id = 0;
  const beat = setInterval(() => {
    id += 1;
    busy.send(publish(id, reading(id), 'gatehouse/v1/m2/power'));
  }, 400);
  undo.push(() => clearInterval(beat));
  await silent.closed;
  expect(busy.socket.destroyed).toBe(false);
  busy.send({ cmd: 'pingreq' });
  await expect.poll(() => busy.heard.some(({ cmd }) => cmd === 'pingresp')).toBe(true);
});

test('more connections than allowed are turned away, the others stay', async () => {
  const box: { broker: Broker; port: number } = await start({ limits: { connections: 3 } });
  const kept = await Promise.all([raw(box.port), raw(box.port), raw(box.port)]);
  const fourth = await raw(box.port);
  await fourth.closed;
  expect(kept.every(({ socket }) => !socket.destroyed)).toBe(true);
});

test('on an anonymous bench an unknown device is refused and listed, a known one is read, others may talk', async () => {
  const box = await start({ anonymous: true });
  const stranger = await raw(box.port);
  stranger.send(hello('whoever', 'x'));
  await stranger.until(1);
  stranger.send(publish(1, reading(1), 'gatehouse/v1/m99/power'));
  await stranger.closed;
  expect(box.intake.strangers().map(({ name }) => name)).toEqual(['m99']);
  const known = await login(box.url, 'm1', 'anything');
  await known.publishAsync('gatehouse/v1/m1/power', reading(1), { qos: 1 });
  await known.publishAsync('some/other/topic', 'hello', { qos: 1 });
  expect(await box.stored()).toHaveLength(1);
});

test('while too much waits for the disk QoS 1 stays with the device, QoS 0 is shed, and nothing is lost', async () => {
  let crowded = true;
  const box = await start({ crowded: () => crowded });
  const client = await raw(box.port);
  client.send(hello('m1', 'one'));
  await client.until(1);
  client.send(publish(0, reading(500), 'gatehouse/v1/m1/power', 0));
  for (let id = 1; id <= 20; id += 1) client.send(publish(id, reading(1000 + id)));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(client.heard).toHaveLength(1);
  expect(box.broker.stats()).toMatchObject({ shed: 1, accepted: 0 });
  crowded = false;
  await client.until(21);
  expect(client.heard.slice(1).map((packet) => packet.messageId)).toEqual(
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  expect((await box.stored()).map(({ atMs }) => atMs)).toEqual(
    Array.from({ length: 20 }, (_, i) => firstMs + 1001 + i),
  );
});
