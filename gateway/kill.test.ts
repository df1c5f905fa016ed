import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, expect, test } from 'vitest';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const main = join(root, 'dist/gateway/main.js');
const rounds = 20;
const meters = Array.from({ length: 12 }, (_, i) => `m${i}`);

let child: ChildProcess | undefined;
afterEach(() => void child?.kill('SIGKILL'));

/** One building that is overloaded all the time, eleven that are not. */
const yaml = `
site: { name: 杜巷小区 }
dataDir: ./data
broker: { listen: "127.0.0.1:0", anonymous: true, limits: { messagesPerSecond: 100000 } }
console: { listen: "127.0.0.1:0" }
journal: { windowMs: 2, reserveMb: 1 }
log: { level: error }
points: [${meters.map((id) => `{ id: b-${id}, kind: building, limits: { contractA: 40 } }`).join(', ')}]
devices: [${meters.map((id) => `{ id: ${id}, driver: native, point: b-${id}, intervalS: 1 }`).join(', ')}]
`;

async function start(folder: string): Promise<string> {
  child = spawn(process.execPath, [main, 'run', '--config', join(folder, 'gateway.yaml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const { stderr } = child;
  let heard = '';
  return new Promise((resolveUrl, reject) => {
    stderr?.on('data', (chunk) => {
      heard += chunk;
      const mqtt = /ready mqtt=(\S+)/.exec(heard)?.[1];
      if (mqtt) resolveUrl(`mqtt://${mqtt}`);
    });
    stderr?.on('close', () => reject(new Error(`The gateway did not start: ${heard}`)));
  });
}

const command = (...args: string[]): string[] =>
  execFileSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
    .split('\n')
    .filter(Boolean);

test(`${rounds} times killed under load: every acknowledged reading is there once, and the finding is the same one`, {
  timeout: 240_000,
}, async () => {
  expect(existsSync(main), 'npm run build makes what is tested here').toBe(true);
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-kill-'));
  writeFileSync(join(folder, 'gateway.yaml'), yaml);
  const acknowledged = new Set<string>();
  let atMs = Date.now() - 300_000;
  for (let round = 0; round < rounds; round += 1) {
    const url = await start(folder);
    const clients: MqttClient[] = await Promise.all(
      meters.map((clientId) =>
        connectAsync(url, { clientId, protocolVersion: 4, reconnectPeriod: 0 }),
      ),
    );
    for (const client of clients) client.on('error', () => {});
    let stop = false;
    const publishing = (async () => {
      while (!stop) {
        atMs += 400;
        for (const [i, client] of clients.entries()) {
          const device = meters[i] ?? '';
          const key = `${device}/${atMs}`;
          const currentA = i === 0 ? 59 : 10 + (i % 5);
          client.publish(
            `gatehouse/v1/${device}/power`,
            JSON.stringify({ atMs, powerW: currentA * 220, phases: [{ currentA }] }),
            { qos: 1 },
            (error) => {
              if (!error) acknowledged.add(key);
            },
          );
        }
        await new Promise((resolve_) => setTimeout(resolve_, 5));
      }
    })();
    await new Promise((resolve_) => setTimeout(resolve_, 150 + ((round * 37) % 200)));
    const exited = once(child as ChildProcess, 'exit');
    child?.kill('SIGKILL');
    await exited;
    stop = true;
    await publishing;
    for (const client of clients) client.end(true);
  }
  await start(folder);
  const data = join(folder, 'data');
  const stored = command('export', '--data', data, '--kind', 'power').map((line) =>
    JSON.parse(line),
  );
  const keys = stored.map(({ device, atMs: at }) => `${device}/${at}`);
  const known = new Set(keys);
  expect(known.size, 'nothing is there twice').toBe(keys.length);
  expect([...acknowledged].filter((key) => !known.has(key))).toEqual([]);
  expect(acknowledged.size).toBeGreaterThan(rounds * meters.length);

  const readings = join(folder, 'readings.ndjson');
  writeFileSync(readings, stored.map((reading) => JSON.stringify(reading)).join('\n'));
  const replayed = command(
    'replay',
    '--config',
    join(folder, 'gateway.yaml'),
    '--readings',
    readings,
    '--rule',
    'load.overload',
  ).map((line) => JSON.parse(line));
  await expect
    .poll(() => command('export', '--data', data, '--kind', 'alert', '--point', 'b-m0').length, {
      timeout: 10_000,
    })
    .toBeGreaterThan(0);
  const alerts = command('export', '--data', data, '--kind', 'alert')
    .map((line) => JSON.parse(line))
    .filter(({ rule }) => rule === 'load.overload');
  expect(alerts).toHaveLength(1);
  expect(JSON.stringify(alerts[0])).toContain(
    replayed.find(({ change }) => change === 'raised').id,
  );
});
