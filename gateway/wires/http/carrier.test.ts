import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { fromSource } from '../../config/load.ts';
import { type Commander, createCommander } from '../commands.ts';
import { createHttpCarrier } from './carrier.ts';
import { createLoginCheck } from './login.ts';

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const status = (code: number, text: string) =>
  `<?xml version="1.0"?><ResponseStatus><statusCode>${code}</statusCode><statusString>${text}</statusString></ResponseStatus>`;

/** A camera on a real socket, and the box's way to it. */
async function camera(
  answers: (request: IncomingMessage, response: ServerResponse, body: string) => void,
  password = 'right',
) {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => answers(request, response, Buffer.concat(parts).toString()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = fromSource(
    {
      site: { name: '杜巷' },
      lanes: [{ id: 'in-1', direction: 'in' }],
      buses: [{ id: 'cam', kind: 'http', address, username: 'admin', password, timeoutMs: 500 }],
      devices: [
        { id: 'hik-1', driver: 'hikvision', lane: 'in-1', bus: 'cam' },
        { id: 'hik-2', driver: 'hikvision', lane: 'in-1' },
      ],
    },
    process.cwd(),
  );
  const { devices } = settings;
  const commander: Commander = createCommander({
    devices,
    carriers: () => ({ http: carrier }),
    clock: systemClock,
  });
  const carrier = createHttpCarrier({
    settings,
    hear: commander.hear,
    monoMs: systemClock.monoMs,
  });
  undo.push(carrier.close);
  return { commander, address, stop: () => server.close() };
}

test('a camera that wants a log-in opens once, by Digest, and its word is the answer', async () => {
  const check = createLoginCheck(
    new Map([['d', { username: 'admin', password: 'right', basic: true }]]),
    systemClock,
  );
  const done: string[] = [];
  let code = 1;
  const { commander } = await camera((request, response, body) => {
    const verdict = check.check('d', {
      method: request.method ?? '',
      url: request.url ?? '',
      authorization: request.headers.authorization,
      address: '',
    });
    if (verdict.kind !== 'ok') {
      const challenges = verdict.kind === 'challenge' ? verdict.challenges : [];
      response.writeHead(401, { 'www-authenticate': [...challenges] }).end();
      return;
    }
    done.push(`${request.method} ${request.url} ${body.replaceAll(/\s/g, '')}`);
    response.setHeader('content-type', 'application/xml');
    response.end(status(code, code === 1 ? 'OK' : 'Invalid Operation'));
  });
  expect(await commander.open('in-1')).toMatchObject({ device: 'hik-1', result: 'accepted' });
  expect(done).toEqual([
    'PUT /ISAPI/Parking/channels/1/barrierGate <BarrierGate><ctrlMode>open</ctrlMode></BarrierGate>',
  ]);
  code = 4;
  await new Promise((resolve) => setTimeout(resolve, 3100));
  expect(await commander.open('in-1')).toMatchObject({ result: 'refused', reason: 'status 4' });
  expect(done).toHaveLength(2);
}, 30_000);

test('a camera that is gone, hangs, or refuses the log-in is told at once, and nothing is sent twice', async () => {
  let asked = 0;
  const hangs = await camera(() => {
    asked += 1;
  });
  const startMs = performance.now();
  expect(await hangs.commander.open('in-1')).toMatchObject({
    result: 'no answer',
    reason: expect.stringContaining('no answer in 500 ms'),
  });
  expect(performance.now() - startMs).toBeLessThan(2000);
  expect(asked, 'a pulse that was perhaps given is not given again').toBe(1);
  const refuses = await camera((_request, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
  }, 'wrong');
  expect(await refuses.commander.open('in-1')).toMatchObject({
    result: 'no answer',
    reason: expect.stringContaining('refuses the user name or password'),
  });
});

test('a camera without a bus of its own cannot be told, and nothing else is tried', async () => {
  const { commander } = await camera((_request, response) => response.end());
  const { config, baseDir, devices } = fromSource(
    { site: { name: '杜巷' }, devices: [{ id: 'hik-2', driver: 'hikvision' }] },
    process.cwd(),
  );
  const nobody = createHttpCarrier({
    settings: { config, baseDir },
    hear: commander.hear,
    monoMs: systemClock.monoMs,
  });
  expect(devices.map(nobody.reaches)).toEqual([false]);
});
