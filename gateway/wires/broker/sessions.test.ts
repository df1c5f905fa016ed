import { setTimeout as sleep } from 'node:timers/promises';
import type { Packet } from 'mqtt-packet';
import { afterEach, expect, test } from 'vitest';
import { corx } from '../../../drivers/corx.ts';
import { native } from '../../../drivers/native.ts';
import { toDevice } from '../../config/device.ts';
import { maxUnsentBytes } from './front.ts';
import { maxKeptMessages } from './sessions.ts';
import { endAll, firstMs, hello, login, publish, raw, reading, start } from './trial-broker.ts';

afterEach(endAll);

const power = 'gatehouse/v1/+/power';
const subscribe = (...topics: string[]) =>
  ({
    cmd: 'subscribe',
    messageId: 1,
    subscriptions: topics.map((topic) => ({ topic, qos: 1 })),
  }) as Packet;
const kept = { clean: false };
/** A log whose warnings are kept. */
const listening = () => {
  const told: string[] = [];
  const warn = (first: unknown, text?: string) => void told.push(text ?? String(first));
  return { told, log: { debug() {}, info() {}, warn, error() {} } };
};

test('who unsubscribes from what it never had does not silence the readers', async () => {
  const box = await start();
  const board = await login(box.url, 'board', 'read');
  const heard: string[] = [];
  board.on('message', (topic) => void heard.push(topic));
  await board.subscribeAsync(power, { qos: 1 });
  const device = await login(box.url, 'm1', 'one');
  await device.unsubscribeAsync('gatehouse/v1/m2/power');
  await device.publishAsync('gatehouse/v1/m1/power', reading(1), { qos: 1 });
  await expect.poll(() => heard).toEqual(['gatehouse/v1/m1/power']);
});

test('when the last reader has gone nothing is handed on any more, whatever was refused or asked for twice', async () => {
  const box = await start();
  const device = await login(box.url, 'm1', 'one');
  await expect(device.subscribeAsync(power, { qos: 1 })).rejects.toThrow();
  expect(box.broker.stats().subscriptions).toBe(0);
  const board = await login(box.url, 'board', 'read');
  for (let twice = 0; twice < 2; twice += 1) await board.subscribeAsync(power, { qos: 1 });
  expect(box.broker.stats().subscriptions).toBe(1);
  await board.endAsync();
  await expect.poll(() => box.broker.stats().subscriptions).toBe(0);
});

test('a filter that was refused is refused for the kept session as well: nothing waits there that it may not hear', async () => {
  const devices = [
    toDevice({ id: 'relay', driver: 'corx' }, corx, corx.options.parse({}), 'in'),
    toDevice({ id: 'm2', driver: 'native' }, native, {}, 'unknown'),
  ];
  const users = ['relay', 'm2', 'board'].map((name) => ({ name, password: 'x' }));
  const box = await start({ devices, users });
  const board = await login(box.url, 'board', 'x');
  await board.subscribeAsync(power, { qos: 1 });
  const curious = await raw(box.port);
  curious.send(hello('relay', 'x', kept));
  await curious.until(1);
  curious.send(subscribe('corx/relay/down', power));
  await curious.until(2);
  expect(curious.heard[1]).toMatchObject({ cmd: 'suback', granted: [1, 128] });
  curious.socket.destroy();
  await curious.closed;
  const meter = await login(box.url, 'm2', 'x');
  await meter.publishAsync('gatehouse/v1/m2/power', reading(1), { qos: 1 });
  box.broker.publish('corx/relay/down', Buffer.from('for it'), 1);
  const again = await raw(box.port);
  again.send(hello('relay', 'x', kept));
  await again.until(2);
  await sleep(100);
  expect(again.heard.map(({ cmd, ...rest }) => [cmd, 'topic' in rest && rest.topic])).toEqual([
    ['connack', null],
    ['publish', 'corx/relay/down'],
  ]);
});

/** The board subscribes with a session that is kept, and hangs up without a word. */
async function leave(port: number): Promise<void> {
  const board = await raw(port);
  board.send(hello('board', 'read', kept));
  await board.until(1);
  board.send(subscribe(power));
  await board.until(2);
  board.socket.destroy();
  await board.closed;
}

/** What it hears when it is back. */
async function back(port: number): Promise<readonly Packet[]> {
  const board = await raw(port);
  board.send(hello('board', 'read', kept));
  await board.until(1);
  await sleep(200);
  return board.heard;
}

/** So many readings, all acknowledged. */
async function say(url: string, n: number): Promise<void> {
  const meter = await login(url, 'm1', 'one');
  await Promise.all(
    Array.from({ length: n }, (_, i) =>
      meter.publishAsync('gatehouse/v1/m1/power', reading(i + 1), { qos: 1 }),
    ),
  );
}

test('a reader that comes back in time gets what waited for it', async () => {
  const box = await start();
  await leave(box.port);
  await say(box.url, 20);
  const heard = await back(box.port);
  expect(heard[0]).toMatchObject({ cmd: 'connack', sessionPresent: true });
  expect(heard).toHaveLength(21);
});

test('a reader that stays away too long is forgotten with a message, and nothing of it stays in memory', async () => {
  const { told, log } = listening();
  const box = await start({ log });
  await leave(box.port);
  await say(box.url, maxKeptMessages + 100);
  expect(told).toEqual([expect.stringContaining('was forgotten')]);
  expect(box.broker.stats()).toMatchObject({ dropped: 1, subscriptions: 0 });
  expect(await back(box.port)).toMatchObject([{ cmd: 'connack', sessionPresent: false }]);
  expect(await box.stored()).toHaveLength(maxKeptMessages + 100);
});

test('a reader that takes everything and acknowledges nothing is dropped, with a message', async () => {
  const { told, log } = listening();
  const box = await start({ log });
  const board = await raw(box.port);
  board.send(hello('board', 'read', kept));
  await board.until(1);
  board.send(subscribe(power));
  await board.until(2);
  await say(box.url, maxKeptMessages + 100);
  await board.closed;
  expect(told).toEqual([expect.stringContaining('was forgotten')]);
  expect(box.broker.stats()).toMatchObject({ dropped: 1, subscriptions: 0 });
});

test('a reader that does not read is dropped with a message, and delays neither a device nor another reader', async () => {
  const { told, log } = listening();
  const users = ['m1', 'board', 'phone'].map((name) => ({ name, password: 'x' }));
  const box = await start({ log, users });
  const phone = await login(box.url, 'phone', 'x');
  let heard = 0;
  phone.on('message', () => {
    heard += 1;
  });
  await phone.subscribeAsync(power, { qos: 1 });
  const frozen = await raw(box.port);
  frozen.send(hello('board', 'x'));
  await frozen.until(1);
  frozen.send(subscribe(power));
  await frozen.until(2);
  frozen.socket.pause();
  const meter = await raw(box.port);
  meter.send(hello('m1', 'x'));
  await meter.until(1);
  const phases = Array.from({ length: 3 }, () => ({ voltageV: 230.1, currentA: 5.123 }));
  const batch = (n: number) =>
    JSON.stringify(
      Array.from({ length: 100 }, (_, i) => ({ atMs: firstMs + n * 100 + i, powerW: 1, phases })),
    );
  let slowestMs = 0;
  let [sent, bytes] = [0, 0];
  // What the two kernels hold for it comes on top of what we do.
  while (box.broker.stats().dropped === 0 && bytes < 32 * maxUnsentBytes) {
    const beganMs = performance.now();
    for (let more = 0; more < 50; more += 1) {
      const text = batch(sent);
      sent += 1;
      bytes += text.length;
      meter.send(publish(sent, text));
    }
    await meter.until(1 + sent);
    await expect.poll(() => heard, { interval: 2 }).toBe(sent);
    slowestMs = Math.max(slowestMs, performance.now() - beganMs);
  }
  // A socket that is paused does not see its own end.
  frozen.socket.resume();
  await frozen.closed;
  expect(bytes).toBeGreaterThan(maxUnsentBytes);
  expect(told).toEqual(['a reader that does not take what it is sent was dropped']);
  expect(box.broker.stats()).toMatchObject({ dropped: 1, subscriptions: 1 });
  // The broker itself waits ten seconds for one that does not read.
  expect(slowestMs).toBeLessThan(5000);
}, 60_000);
