import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Message } from '../../../drivers/driver.ts';
import type { Reading } from '../../../drivers/reading.ts';
import { systemClock } from '../../clock.ts';
import { parseSettings } from '../../config/settings.ts';
import { startBuses } from '../poll/buses.ts';
import { NoAnswer } from '../poll/line.ts';
import { realPace } from '../poll/pace.ts';
import { challengeOf } from './challenge.ts';
import { createHttpClient, wrongLoginRestMs } from './client.ts';
import { createLoginCheck } from './login.ts';
import { startStream } from './stream.ts';
import { deviceOf, silent } from './trial-push.ts';

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});
const until = async (done: () => boolean) => {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 1));
};
const file = (name: string) =>
  readFileSync(new URL(`../../../drivers/samples/${name}`, import.meta.url));

/** A device on a real socket. */
async function deviceThat(
  answers: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answers);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const clientOf = (address: string, more: { password?: string; monoMs?: () => number } = {}) => {
  const client = createHttpClient({
    address,
    username: 'admin',
    password: more.password ?? 'p"w',
    timeoutMs: 500,
    monoMs: more.monoMs ?? realPace.monoMs,
  });
  undo.push(client.close);
  return client;
};

for (const scheme of ['SHA-256', 'MD5', 'Basic'] as const) {
  test(`a device that wants ${scheme} is logged in to, and the log-in is kept for the next question`, async () => {
    const check = createLoginCheck(
      new Map([['d', { username: 'admin', password: 'p"w', basic: true }]]),
      systemClock,
    );
    const statuses: number[] = [];
    const address = await deviceThat((request, response) => {
      const { method = '', url = '', headers } = request;
      const verdict = check.check('d', {
        method,
        url,
        authorization: headers.authorization,
        address: '',
      });
      const status = verdict.kind === 'ok' ? 200 : 401;
      statuses.push(status);
      if (verdict.kind === 'challenge')
        response.setHeader(
          'www-authenticate',
          verdict.challenges.filter((one) => one.includes(scheme)),
        );
      response.writeHead(status).end('body');
    });
    const client = clientOf(address);
    for (const path of ['/a?x=[1,2]', '/b']) (await client.get(path)).resume();
    expect(statuses).toEqual([401, 200, 200]);
  });
}

test('after a wrong password nothing is asked for half an hour, so that the account is not locked', async () => {
  let asked = 0;
  let nowMs = 0;
  const address = await deviceThat((_, response) => {
    asked += 1;
    response.setHeader('www-authenticate', `Digest realm="r", nonce="n${asked}", qop="auth"`);
    response.writeHead(401).end();
  });
  const client = clientOf(address, { monoMs: () => nowMs });
  await expect(client.get('/x')).rejects.toMatchObject({ why: 'refused' });
  expect(asked).toBe(2);
  await expect(client.get('/x')).rejects.toThrow('before');
  expect(asked).toBe(2);
  nowMs = wrongLoginRestMs + 1;
  await expect(client.get('/x')).rejects.toThrow('refuses the user name');
  expect(asked).toBe(4);
});

test('a password is in no error and in no question before it is asked for', async () => {
  const seen: string[] = [];
  const address = await deviceThat((request, response) => {
    seen.push(JSON.stringify(request.headers));
    response.writeHead(404).end();
  });
  const error = await clientOf(address, { password: 'hunter2' })
    .get('/x')
    .catch((cause) => cause);
  expect(error).toBeInstanceOf(NoAnswer);
  expect(`${error.message}${seen.join()}`).not.toMatch(/hunter2|authorization/i);
});

test('who does not answer in time, or is not there, is silent', async () => {
  const address = await deviceThat(() => {});
  await expect(clientOf(address).get('/x')).rejects.toMatchObject({ why: 'silent' });
  await expect(clientOf('http://127.0.0.1:1').get('/x')).rejects.toMatchObject({ why: 'silent' });
});

test('of several challenges the strongest that is spoken is answered', () => {
  const kind = (...headers: string[]) => {
    const found = challengeOf(headers);
    return found?.kind === 'digest' ? found.algorithm : (found?.kind ?? null);
  };
  expect(kind('Basic realm="x", Digest realm="r", nonce="n", qop="auth,auth-int"')).toBe('MD5');
  expect(
    kind(
      'Digest realm="r", nonce="n", algorithm=MD5',
      'Digest realm="r", nonce="n", algorithm=SHA-256',
    ),
  ).toBe('SHA-256');
  expect(kind('Digest realm="r", nonce="n", algorithm=SHA-512-256')).toBeNull();
  expect(kind('Digest realm="r", nonce="n", qop="auth-int"')).toBeNull();
  expect(kind('Bearer')).toBeNull();
});

test('an IoTaWatt on a bus of kind http is asked and read, from gateway.yaml to the reading', async () => {
  const asked: string[] = [];
  const address = await deviceThat((request, response) => {
    asked.push(request.url ?? '');
    response.end(file('power/mqtt/iotawatt-query-response.json'));
  });
  const { settings, mistakes } = parseSettings({
    site: { name: '杜巷' },
    buses: [{ id: 'i', kind: 'http', address, everyS: 1 }],
    points: [{ id: 'b1', kind: 'building' }],
    devices: [
      {
        id: 'iw',
        driver: 'iotawatt',
        bus: 'i',
        point: 'b1',
        options: { phases: [{ power: 'Main', voltage: 'U' }], current: false },
      },
    ],
  });
  if (!settings) throw new Error(JSON.stringify(mistakes));
  const kept: Reading[] = [];
  const buses = startBuses({
    settings: { ...settings, baseDir: '.' },
    intake: {
      take({ driver, options, ...device }, message, done) {
        const arrival = {
          device: device.id,
          atMs: Date.UTC(2027, 0),
          lane: 'x',
          direction: 'in',
        } as const;
        kept.push(...driver.decode(message, options, arrival, {}));
        done(null);
      },
    },
    log: silent,
  });
  undo.push(buses.stop);
  await until(() => kept.length >= 2);
  expect(kept[0]).toMatchObject({ kind: 'power', device: 'iw', powerW: 4012 });
  expect(asked[0]).toContain('select=[time.iso,U.volts,Main.watts,Main.pf]');
  expect(buses.states()).toMatchObject([{ bus: 'i', up: true }]);
});

const heartbeat = file('gate/hikvision-alertstream-heartbeat.xml');
const anpr = file('gate/hikvision-anpr.xml');
const part = (type: string, body: Uint8Array) =>
  Buffer.concat([
    Buffer.from(`--boundary\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`),
    body,
    Buffer.from('\r\n'),
  ]);
const xml = (body: Uint8Array) => part('application/xml; charset="UTF-8"', body);

/** A stream of a camera that does what `says` does each time it is opened. */
async function streamOf(
  says: (response: ServerResponse, n: number) => void,
  limits: Parameters<typeof startStream>[0]['limits'] = {},
) {
  let opened = 0;
  const address = await deviceThat((_, response) => {
    opened += 1;
    response.writeHead(200, { 'content-type': 'multipart/mixed; boundary=boundary' });
    says(response, opened);
  });
  const heard: Message[] = [];
  const trial = { refuses: 0, heard };
  const stream = startStream({
    device: deviceOf('c1', 'hikvision', { stream: true }),
    path: '/ISAPI/Event/notification/alertStream',
    client: clientOf(address),
    intake: {
      take(_, message, done) {
        if (trial.refuses > 0) {
          trial.refuses -= 1;
          done(new Error('The disk refuses'));
          return;
        }
        heard.push(message);
        done(null);
      },
    },
    // The pauses between two tries are not what is tested here.
    pace: {
      ...realPace,
      wait: (ms, signal) => realPace.wait(Math.min(ms, 40), signal),
      random: () => 0,
    },
    log: silent,
    limits,
  });
  undo.push(stream.stop);
  return Object.assign(trial, { stream });
}

test('the events of a stream are read as they come, its pictures let go, and the driver understands them', async () => {
  const { heard, stream } = await streamOf((response) => {
    response.write(xml(heartbeat));
    response.write(Buffer.concat([part('image/jpeg', Buffer.alloc(300_000, 7)), xml(anpr)]));
  });
  await until(() => heard.length === 2);
  const device = deviceOf('c1', 'hikvision');
  const arrival = { device: 'c1', atMs: 1773618130500, lane: 'in-1', direction: 'in' } as const;
  const kinds = heard.flatMap((message) =>
    device.driver.decode(message, device.options, arrival, {}).map(({ kind }) => kind),
  );
  expect(kinds).toEqual(['status', 'passage']);
  expect(stream.state()).toMatchObject({ up: true, parts: 3, tooLong: 0, opened: 1 });
});

test('a stream that ends is opened again, and so is one without a heartbeat', async () => {
  const ended = await streamOf((response, n) => {
    response.write(xml(heartbeat));
    if (n === 1) response.end();
  });
  await until(() => ended.heard.length === 2);
  expect(ended.stream.state()).toMatchObject({ opened: 2 });
  // Bytes that never become a part are no heartbeat.
  const mute = await streamOf(
    (response, n) => {
      if (n > 1) response.write(xml(heartbeat));
      else response.write('--boundary\r\nContent-Type: image/jpeg\r\n\r\nJ');
    },
    { silenceMs: 30 },
  );
  await until(() => mute.heard.length >= 1);
  expect(mute.stream.state().opened).toBeGreaterThanOrEqual(2);
});

test('where the disk refuses, the event is held until it is kept: a stream says nothing twice', async () => {
  const trial = await streamOf(
    (response) => response.write(Buffer.concat([xml(anpr), xml(heartbeat)])),
    {
      againMs: 1,
    },
  );
  trial.refuses = 3;
  await until(() => trial.heard.length === 2);
  expect(Buffer.from(trial.heard[0]?.body ?? []).toString()).toContain('ANPR');
});

test('a text over the limit is left out and counted, and the stream goes on', async () => {
  const trial = await streamOf(
    (response) => response.write(Buffer.concat([xml(Buffer.alloc(5000, 'x')), xml(heartbeat)])),
    { partBytes: 2000 },
  );
  await until(() => trial.heard.length === 1);
  expect(trial.stream.state()).toMatchObject({ tooLong: 1, parts: 2 });
});
