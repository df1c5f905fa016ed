import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const main = join(root, 'dist/gateway/main.js');
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-command-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const timeout = 60_000;

/** Runs the built program in a folder of its own: how it ended and what it told people. */
async function gatehouse(args: readonly string[], stdout: 'ignore' | number = 'ignore') {
  expect(existsSync(main), 'npm run build makes what is tested here').toBe(true);
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder,
    stdio: ['ignore', stdout, 'pipe'],
  });
  let told = '';
  child.stderr?.on('data', (chunk) => {
    told += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, told };
}

/** A port that somebody has. */
async function taken() {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { port: (server.address() as AddressInfo).port, free: () => server.close() };
}

test('a demonstration whose port is taken says so and ends', { timeout }, async () => {
  const { port, free } = await taken();
  const { code, told } = await gatehouse(['run', '--demo', '--port', `${port}`]);
  free();
  expect(told).toContain(`Cannot listen on 127.0.0.1:${port}`);
  expect(told).toContain('--port');
  expect(code).toBe(1);
});

test('a village without a gateway says so and ends', { timeout }, async () => {
  const { port, free } = await taken();
  free();
  const { code, told } = await gatehouse(['simulate', '--broker', `mqtt://127.0.0.1:${port}`]);
  expect(told).toContain('Start the gateway first');
  expect(told, 'no stack').not.toContain('    at ');
  expect(code).toBe(1);
});

test('a broker that is no address is wrong usage', { timeout }, async () => {
  const { code, told } = await gatehouse(['simulate', '--broker', 'foo']);
  expect(told).toContain('mqtt://HOST:PORT');
  expect(code).toBe(2);
});

test('readings that are not there are told in one line', { timeout }, async () => {
  const { code, told } = await gatehouse(['replay', '--readings', 'nowhere.ndjson']);
  expect(told).toMatch(/^gatehouse: Cannot read nowhere\.ndjson[^\n]*\n$/);
  expect(code).toBe(1);
});

test('a full disk behind the output is a failure in one line', { timeout }, async () => {
  const full = openSync('/dev/full', 'w');
  const { code, told } = await gatehouse(['simulate', '--readings', '--hours', '0.1'], full);
  expect(told).toMatch(/^gatehouse: Cannot write the output: ENOSPC[^\n]*\n$/);
  expect(code).toBe(1);
});

test('a password file that is not there: the key is told, and nothing is started or made', {
  timeout,
}, async () => {
  const config = {
    site: { name: '杜巷小区', signature: '杜巷' },
    broker: { users: [{ name: 'm017', passwordFile: 'm017.password' }] },
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'gateway.yaml'), JSON.stringify(config));
  const before = readdirSync(folder);
  const { code, told } = await gatehouse(['run', '--config', 'gateway.yaml']);
  expect(told).toContain('broker.users.0.passwordFile: cannot read');
  expect(code).toBe(2);
  expect(readdirSync(folder)).toEqual(before);
  expect(
    (await gatehouse(['check', '--config', 'gateway.yaml'])).code,
    'check may run elsewhere',
  ).toBe(0);
});

test('what is given for a demonstration alone is refused without one', { timeout }, async () => {
  const { code, told } = await gatehouse(['run', '--speed', '3']);
  expect(told).toContain('go with --demo');
  expect(code).toBe(2);
});

test('no copy of a box that is not there, and no directory made for a copy that is not', {
  timeout,
}, async () => {
  expect((await gatehouse(['backup', '--data', 'nowhere', 'box.tar'])).told).toContain(
    'There is no store in',
  );
  expect((await gatehouse(['restore', '--data', 'new', 'box.tar'])).told).toContain(
    'box.tar does not exist',
  );
  expect(existsSync(join(folder, 'new'))).toBe(false);
});
