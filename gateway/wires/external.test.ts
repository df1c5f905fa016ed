import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { native } from '../../drivers/native.ts';
import type { Reading } from '../../drivers/reading.ts';
import { systemClock } from '../clock.ts';
import { toDevice } from '../config/device.ts';
import { startExternal } from './external.ts';
import { createIntake } from './intake.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const devices = Array.from({ length: 10 }, (_, i) =>
  toDevice({ id: `m${i}`, driver: 'native' }, native, {}, 'unknown'),
);
const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

/** A real Mosquitto with the persistence lines of deploy/mosquitto, on a port and a folder of its own. */
function mosquitto(port: number): { start(): Promise<void>; kill(): Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-mosquitto-'));
  chmodSync(folder, 0o777);
  const shipped = readFileSync(
    new URL('../../deploy/mosquitto/mosquitto.conf', import.meta.url),
    'utf8',
  );
  const kept = shipped
    .split('\n')
    .filter((line) => /^(persistence |autosave|max_|persistent)/.test(line));
  const conf = join(folder, 'mosquitto.conf');
  writeFileSync(
    conf,
    [
      ...kept,
      `persistence_location ${folder}/`,
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      '',
    ].join('\n'),
  );
  let child: ChildProcess | undefined;
  const kill = async () => {
    if (!child || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  undo.push(kill);
  return {
    kill,
    async start() {
      child = spawn('/usr/sbin/mosquitto', ['-c', conf], { stdio: 'ignore' });
      await expect.poll(() => open(port), { timeout: 10_000 }).toBe(true);
    },
  };
}
const open = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = dial(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

/** Keeps readings in memory, and refuses where it is told to: this test is about who acknowledges when. */
function memory() {
  const kept: Reading[] = [];
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
    quarantine: (_message: unknown, done: (error: Error | null) => void) => done(null),
  };
  return { kept, state, intake: createIntake({ devices, journal, clock: systemClock, log }) };
}

const port = 20_000 + (process.pid % 20_000);

test('what another broker acknowledged reaches us through our refusals and its own kill -9', {
  timeout: 60_000,
}, async () => {
  const broker = mosquitto(port);
  await broker.start();
  const url = `mqtt://127.0.0.1:${port}`;
  const { kept, state, intake } = memory();
  const start = () =>
    startExternal({ url, clientId: 'gate', devices, intake, log, reconnectMs: 200 });
  let wire = start();
  undo.push(() => wire.stop());
  await expect.poll(() => wire.stats().connected, { timeout: 5000 }).toBe(8);
  const producer = await mqtt.connectAsync(url, { reconnectPeriod: 200, clientId: 'producer' });
  producer.on('error', () => {});
  undo.push(() => producer.endAsync(true));
  let atMs = 0;
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
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await broker.kill();
  await broker.start();
  wire = start();
  await expect.poll(known, { timeout: 20_000 }).toBe(210);
});
