import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { demoConfig } from '../simulators/demo-config.ts';
import { type StandIn, startStandIn } from '../simulators/gpio/stand-in.ts';
import { createVillage } from '../simulators/village.ts';
import { busesOf } from '../simulators/village-bus.ts';
import type { DeviceState } from './wires/intake.ts';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const main = join(root, 'dist/gateway/main.js');
let child: ChildProcess | undefined;
let pins: StandIn | undefined;
afterEach(async () => {
  child?.kill('SIGKILL');
  await pins?.stop();
});

test('the demonstration: an overload and a suspected charging reach the modem as SMS, the pins are heard, and it ends cleanly', {
  timeout: 300_000,
}, async () => {
  expect(existsSync(main), 'npm run build makes what is tested here').toBe(true);
  const file = join(mkdtempSync(join(tmpdir(), 'gatehouse-demo-test-')), 'gateway.yaml');
  // JSON is YAML; ports of their own, so that a running demonstration is not disturbed.
  const buses = {
    dlt645Port: await freePort(),
    modbusPort: await freePort(),
    httpPort: await freePort(),
    directory: mkdtempSync(join(tmpdir(), 'gatehouse-demo-lines-')),
  };
  const ports = { mqttPort: 0, httpPort: 0, pushPort: 0, buses, pins: true };
  writeFileSync(file, JSON.stringify(demoConfig(ports)));
  pins = await startStandIn();
  const args = [main, 'run', '--demo', '--config', file, '--speed', '60'];
  const [command, rest] = pins.enter(process.execPath, args);
  child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
  let told = '';
  child.stderr?.on('data', (chunk) => {
    told += chunk;
  });
  await expect
    .poll(() => told, { timeout: 30_000 })
    .toMatch(/^ready mqtt=127\.0\.0\.1:\d+ http=127\.0\.0\.1:\d+$/m);
  await expect.poll(() => told, { timeout: 150_000 }).toMatch(/SMS to .*号楼用电.*达额定/);
  await expect.poll(() => told, { timeout: 150_000 }).toMatch(/SMS to .*疑似电动车违规充电/);
  expect(told, 'numbers of people are masked').not.toMatch(/\+86138\d{8}/);
  const http = /http=(\S+)/.exec(told)?.[1];
  const health = await fetch(`http://${http}/healthz`);
  expect(health.status).toBe(200);
  const metrics = await (await fetch(`http://${http}/metrics`)).text();
  expect(metrics).toMatch(/gatehouse_readings_total\{kind="power"\} \d{3,}/);
  expect(metrics).toMatch(/gatehouse_quarantined_total 0/);
  for (const { id } of busesOf(createVillage(1))) {
    expect(metrics, 'meters that have to be asked').toMatch(
      new RegExp(`gatehouse_bus\\{bus="${id}",what="answered"\\} \\d+`),
    );
    expect(metrics).toContain(`gatehouse_bus{bus="${id}",what="deafForMs"} 0`);
  }
  const page = await loggedIn(`http://${http}`, told);
  expect(await page.open('in-1'), 'the camera at the gate obeys').toMatchObject({
    device: 'cam-in',
    result: 'accepted',
    moved: true,
  });
  expect(await page.open('yard-pins'), 'so does the arm on the pins').toMatchObject({
    device: 'yard-pins',
    result: 'accepted',
    moved: true,
  });
  const { devices, gpio } = await page.devices();
  expect(devices.find(({ device }) => device === 'yard-pins')?.readings).toBeGreaterThan(0);
  expect(gpio).toMatchObject([{ device: 'yard-pins', up: true, base: 512 }]);
  const ended = new Promise<number | null>((resolve_) => child?.on('exit', resolve_));
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});

/** Logs in as the demonstration does. */
async function loggedIn(base: string, told: string) {
  const [, name, password] = /user=(\S+) password=(\S+)/.exec(told) ?? [];
  const call = (path: string, body?: object, cookie = '') =>
    fetch(`${base}/api/v1${path}`, {
      headers: { 'content-type': 'application/json', 'x-gatehouse': '1', cookie },
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    });
  const session = await call('/session', { name, password });
  const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';
  return {
    open: async (lane: string): Promise<unknown> =>
      (await call(`/lanes/${lane}/open`, {}, cookie)).json(),
    devices: async () =>
      (await (await call('/devices', undefined, cookie)).json()) as {
        readonly devices: readonly DeviceState[];
        readonly gpio: readonly object[];
      },
  };
}

/** The converter of the bus has to be known before anybody listens there. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('No port');
  return address.port;
}
