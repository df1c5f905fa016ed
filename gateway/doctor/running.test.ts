import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { startGateway } from '../app.ts';
import { systemClock } from '../clock.ts';
import { fromSource } from '../config/load.ts';
import { askRunning } from './running.ts';

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const log = { debug() {}, info() {}, warn() {}, error() {} };

test('a running box tells of each device how often it speaks, when it did, its clock and what was refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-running-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const settings = fromSource(
    {
      site: { name: '杜巷小区' },
      dataDir: './data',
      broker: { listen: '127.0.0.1:0', anonymous: true },
      console: { listen: '127.0.0.1:0' },
      journal: { windowMs: 0, reserveMb: 1 },
      faces: {
        enabled: true,
        assessment: '1',
        decidedBy: '主任',
        reviewBy: '2099-01-01',
        notice: '1',
      },
      lanes: [{ id: 'in-1', direction: 'in', staffed: true }],
      devices: [
        { id: 'm1', driver: 'native' },
        { id: 'face-1', driver: 'mqtt-face', lane: 'in-1' },
      ],
    },
    folder,
  );
  const gateway = await startGateway({
    settings,
    clock: systemClock,
    realClock: systemClock,
    log: log as never,
    speed: 1,
    demo: false,
    onFatal: (error) => {
      throw error;
    },
  });
  undo.push(gateway.stop);
  const client = await connectAsync(`mqtt://${gateway.mqtt}`, { clientId: 'bench' });
  undo.push(() => client.endAsync(true));
  const say = (topic: string, body: object | string) =>
    client.publishAsync(topic, typeof body === 'string' ? body : JSON.stringify(body), { qos: 1 });
  await say('gatehouse/v1/m1/power', { atMs: Date.now() - 120_000, powerW: 5 });
  await say('gatehouse/v1/m1/power', 'rubbish');
  const info = { facesluiceId: 'face-1', RecordID: '1', VerifyStatus: '1', name: 'x', pic: 'y' };
  await say('mqtt/face/face-1/Rec', { operator: 'RecPush', info });
  const live = await askRunning(gateway.http);
  expect(live?.get('m1')).toMatchObject({ messages: 2, readings: 1, rejected: 1 });
  expect(live?.get('m1')?.skewMs).toBeLessThan(-100_000);
  expect(Date.now() - (live?.get('m1')?.lastMs ?? 0)).toBeLessThan(10_000);
  expect(live?.get('face-1')).toMatchObject({ rejected: 0, dropped: 2 });
}, 60_000);

test('a box that is off, and a stranger on its port, are told from a running one', async () => {
  const server = createServer((_request, response) => response.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await askRunning(`127.0.0.1:${port}`)).toBeNull();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  expect(await askRunning(`0.0.0.0:${port}`)).toBeNull();
});
