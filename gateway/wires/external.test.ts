import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { mqttFace } from '../../drivers/mqtt-face.ts';
import { native } from '../../drivers/native.ts';
import type { Reading } from '../../drivers/reading.ts';
import { systemClock } from '../clock.ts';
import { toDevice } from '../config/device.ts';
import type { Quarantined } from '../journal/contract.ts';
import { startExternal } from './external.ts';
import { createIntake } from './intake.ts';
import { createMosquitto, type Mosquitto } from './trial-mosquitto.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const devices = Array.from({ length: 10 }, (_, i) =>
  toDevice({ id: `m${i}`, driver: 'native' }, native, {}, 'unknown'),
);
const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

/** A real Mosquitto with the persistence lines of deploy/mosquitto, on a port and a folder of its own. */
function mosquitto(port: number): Mosquitto {
  const shipped = new URL('../../deploy/mosquitto/mosquitto.conf', import.meta.url);
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-mosquitto-'));
  const broker = createMosquitto({ port, folder, shipped: readFileSync(shipped, 'utf8') });
  undo.push(broker.kill);
  return broker;
}

/** Keeps readings in memory, and refuses where it is told to: this test is about who acknowledges when. */
function memory(of = devices) {
  const kept: Reading[] = [];
  const unread: Quarantined[] = [];
  const state = { refuse: 0 };
  const journal = {
    append(readings: readonly Reading[], done: (error: Error | null) => void) {
      setImmediate(() => {
        if (state.refuse > 0) {
          state.refuse -= 1;
          done(new Error('full'));
          return;
        }
        kept.push(...readings);
        done(null);
      });
    },
    quarantine(message: Quarantined, done: (error: Error | null) => void) {
      unread.push(message);
      done(null);
    },
  };
  const intake = createIntake({ devices: of, journal, clock: systemClock, log });
  return { kept, unread, state, intake };
}

const port = 20_000 + (process.pid % 20_000);

test('what another broker acknowledged reaches us through our refusals and its own kill -9', {
  timeout: 60_000,
}, async () => {
  const broker = mosquitto(port);
  await broker.start();
  const { url } = broker;
  const { kept, state, intake } = memory();
  const start = () =>
    startExternal({ url, clientId: 'gate', devices, intake, log, reconnectMs: 200 });
  let wire = start();
  undo.push(() => wire.stop());
  await expect.poll(() => wire.stats().connected, { timeout: 5000 }).toBe(8);
  const producer = await mqtt.connectAsync(url, { reconnectPeriod: 200, clientId: 'producer' });
  producer.on('error', () => {});
  undo.push(() => producer.endAsync(true));
  let atMs = Date.UTC(2026, 0, 1);
  const say = (n: number) =>
    Promise.all(
      Array.from({ length: n }, (_, i) => {
        atMs += 1;
        return producer.publishAsync(
          `gatehouse/v1/m${i % 10}/power`,
          JSON.stringify({ atMs, powerW: 1 }),
          { qos: 1 },
        );
      }),
    );
  const known = () => new Set(kept.map((reading) => reading.atMs)).size;

  await say(100);
  await expect.poll(known, { timeout: 10_000 }).toBe(100);

  state.refuse = 5;
  await say(50);
  await expect.poll(known, { timeout: 20_000 }).toBe(150);
  expect(wire.stats().refused).toBeGreaterThan(0);

  // We are away, the broker takes, is killed, and comes back: nothing it acknowledged is gone.
  await wire.stop();
  await say(60);
  // Less than autosave_interval: it is autosave_on_changes that has it on the disk.
  await sleep(300);
  await broker.kill();
  await broker.start();
  wire = start();
  await expect.poll(known, { timeout: 20_000 }).toBe(210);
});

test('a topic that many share comes over several connections, and what is said there counts once', {
  timeout: 30_000,
}, async () => {
  const broker = mosquitto(port + 1);
  await broker.start();
  const { url } = broker;
  const terminals = ['face-1', 'face-2', 'face-3'].map((id) =>
    toDevice({ id, driver: 'mqtt-face' }, mqttFace, mqttFace.options.parse({}), 'in'),
  );
  const { kept, unread, intake } = memory(terminals);
  const wire = startExternal({ url, clientId: 'gate', devices: terminals, intake, log });
  undo.push(() => wire.stop());
  await expect.poll(() => wire.stats().connected, { timeout: 5000 }).toBe(3);
  const producer = await mqtt.connectAsync(url, { clientId: 'producer' });
  undo.push(() => producer.endAsync(true));
  const say = (facesluiceId: string) =>
    producer.publishAsync(
      'mqtt/face/heartbeat',
      JSON.stringify({ operator: 'HeartBeat', info: { facesluiceId } }),
      { qos: 1 },
    );
  // Each is there once its subscription is.
  await expect
    .poll(
      async () => {
        for (const { id } of terminals) await say(id);
        return new Set(kept.map(({ device }) => device)).size;
      },
      { timeout: 10_000, interval: 200 },
    )
    .toBe(3);
  // What was said meanwhile has come.
  await sleep(300);
  kept.length = 0;
  const [before, unreadBefore] = [wire.stats().taken ?? 0, unread.length];
  await say('face-2');
  await say('face-9');
  // Three connections heard two messages.
  await expect.poll(() => wire.stats().taken).toBe(before + 6);
  expect(kept.map(({ device }) => device)).toEqual(['face-2']);
  expect(unread.slice(unreadBefore)).toMatchObject([
    {
      device: '',
      topic: 'mqtt/face/heartbeat',
      reason: expect.stringMatching(/options\.terminal/),
    },
  ]);
});
