import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

/*
 * PR-15 over HTTP: whatever people or programs put into addresses, heads, cookies and bodies of the console comes out
 * nowhere: not in an answer, not in the log, the metrics, the description of the API, nor in any byte of the store.
 */

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const main = join(root, 'dist/gateway/main.js');
let child: ChildProcess | undefined;
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-canary-'));
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const canaries = [
  '沪AD98765',
  '13812345678',
  '310110199001011234',
  '欧阳测试',
  'iVBORw0KGgoCANARY',
];
/** As they may lie somewhere: as such, percent-encoded, escaped in JSON, in base64. */
const forms = canaries.flatMap((text) => [
  text,
  encodeURIComponent(text),
  JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(/[^ -~]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16)}`),
  Buffer.from(text).toString('base64').replace(/=+$/, '').slice(0, -1),
]);
const needles = [...new Set(forms)].filter((form) => form.length > 5);

const filesOf = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

test('plates, telephones, cards, names and pictures that are put into requests come out nowhere', {
  timeout: 240_000,
}, async () => {
  expect(existsSync(main), 'npm run build makes what is tested here').toBe(true);
  const config = join(folder, 'gateway.yaml');
  const dataDir = join(folder, 'data');
  writeFileSync(
    config,
    JSON.stringify({
      site: { name: '杜巷小区' },
      dataDir,
      broker: { listen: '127.0.0.1:0' },
      console: { listen: '127.0.0.1:0', secondFactor: 'offered', proxies: ['127.0.0.1'] },
      journal: { reserveMb: 1 },
      log: { level: 'debug' },
      lanes: [{ id: 'in-1', direction: 'in' }],
    }),
  );
  child = spawn(process.execPath, [main, 'run', '--config', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let told = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text) => {
      told += text;
    });
  await expect.poll(() => told, { timeout: 60_000 }).toMatch(/set-up code.*: \S+$/m);
  const base = `http://${/ http=(\S+)/.exec(told)?.[1]}`;
  const code = /set-up code.*: (\S+)$/m.exec(told)?.[1];
  let cookie = '';
  const answers: string[] = [];
  let held = 0;
  const ask = async (method: string, path: string, body?: unknown, more: object = {}) => {
    const answer = await fetch(base + path, {
      method,
      headers: {
        'x-gatehouse': '1',
        'content-type': 'application/json',
        // Each request from elsewhere: the limits of one address would keep most of them from what is tested.
        'x-forwarded-for': `10.0.${answers.length >> 8}.${answers.length & 255}`,
        ...(cookie ? { cookie } : {}),
        ...more,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.status === 429) held += 1;
    answers.push(`${[...answer.headers].map(String).join('\n')}\n${text}`);
    return { status: answer.status, set: answer.headers.getSetCookie(), text };
  };

  const account = { name: 'chair', password: 'correct horse 3' };
  await ask('POST', '/api/v1/setup', { ...account, code });
  const { paths } = JSON.parse((await ask('GET', '/api/v1/openapi.json')).text) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ path, method: method.toUpperCase() })),
  );
  expect(routes.length).toBeGreaterThan(40);
  const heads = (text: string) => ({
    'user-agent': encodeURIComponent(text),
    referer: `http://x/?plate=${encodeURIComponent(text)}`,
    'x-request-id': encodeURIComponent(text),
  });
  const fields =
    'name number reason document note plate person password code place action step channel kind day result request'.split(
      ' ',
    );
  /** Every route with a canary in each place where a request can hold one. */
  const plant = async () => {
    for (const { path, method } of routes) {
      // The list of strangers shows what a device calls itself, on purpose; logging out ends the round.
      if (path.includes('stranger') || (method === 'DELETE' && path.endsWith('session'))) continue;
      // A plate by itself passes where a plate is wanted; the rest goes together.
      for (const text of [canaries[0] ?? '', canaries.join(' ')]) {
        const into = path.replaceAll(/\{\w+\}/g, encodeURIComponent(text));
        const query = `?plate=${encodeURIComponent(text)}&day=${encodeURIComponent(text)}`;
        const read = method === 'GET' || method === 'HEAD';
        if (path.endsWith('/stream')) continue;
        await ask(method, into + query, undefined, heads(text));
        if (read) continue;
        const all = Object.fromEntries(fields.map((field) => [field, text]));
        await ask(method, into, all, heads(text));
        await ask(method, path.replaceAll(/\{\w+\}/g, '1'), all);
        await ask(method, into, `{"name":"${text}`);
      }
    }
  };
  await plant();
  for (let n = 0; n < 8; n += 1)
    for (const text of canaries)
      await ask('POST', '/api/v1/session', { name: text, password: `${text}${n}` });
  const session = await ask('POST', '/api/v1/session', account);
  expect(session.status).toBe(200);
  cookie = session.set.map((one) => one.split(';')[0]).join('; ');
  await plant();
  // What people may write freely, as somebody who may: numbers are taken out, or the wish is refused.
  // Names and bytes cannot be known for what they are; forms say that they do not belong there.
  for (const text of canaries.slice(0, 3)) {
    const hold = { day: '2020-05-01', fromHour: 8, toHour: 9, days: 1, document: text };
    await ask('POST', '/api/v1/holds', { ...hold, reason: `关于${text}` });
    await ask('POST', '/api/v1/requests', { number: text, kind: 'delete' });
    await ask('POST', '/api/v1/accounts', { name: text, role: 'duty' });
  }
  for (const path of [
    '/metrics',
    '/healthz',
    '/api/v1/openapi.json',
    '/',
    `/x/${encodeURIComponent(canaries[0] ?? '')}?q=1`,
  ])
    await ask('GET', path);
  expect(answers.length).toBeGreaterThan(500);
  expect(held, 'refused for their number alone').toBeLessThan(answers.length / 10);
  const hits = (where: string, bytes: Buffer) =>
    needles.filter((needle) => bytes.includes(needle)).map((needle) => `${where}: ${needle}`);
  expect(answers.flatMap((answer) => hits('answer', Buffer.from(answer)))).toEqual([]);
  child.kill('SIGTERM');
  await once(child, 'exit');
  expect(hits('log', Buffer.from(told))).toEqual([]);
  const files = filesOf(folder).filter((file) => file !== config);
  expect(files.length).toBeGreaterThan(4);
  expect(files.flatMap((file) => hits(file, readFileSync(file)))).toEqual([]);
});
