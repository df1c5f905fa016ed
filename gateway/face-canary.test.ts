import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { connectAsync } from 'mqtt';
import pino from 'pino';
import { afterEach, expect, test } from 'vitest';
import type { Sample } from '../drivers/driver.ts';
import { drivers } from '../drivers/index.ts';
import { canary, canaryMark, sensitiveFields, withCanaries } from '../drivers/trial-persons.ts';
import { startGateway } from './app.ts';
import { systemClock } from './clock.ts';
import { fromSource } from './config/load.ts';
import { filesBelow, platform } from './trial-places.ts';

/*
 * PR-01, PR-03, PR-06 through a whole box: every driver of persons, over the broker and over HTTP, with canaries in every
 * field that says something about a person, into a real store. `drivers/personal.test.ts` does it to the drivers alone.
 */

/** So many that 10,000 of them carry something: a few samples have no place for it. */
const planted = 11_500;
const wanted = 10_000;
const main = fileURLToPath(new URL('../dist/gateway/main.js', import.meta.url));
const samples = new URL('../drivers/samples/', import.meta.url);
const stripLists = readdirSync(new URL('face/', samples))
  .filter((name) => name.startsWith('strip-list-'))
  .map((name): unknown => JSON.parse(readFileSync(new URL(`face/${name}`, samples), 'utf8')));

/** Where devices count their records: each message is one of its own. */
const counters = 'RecordID SnapID SnapOrRecordID sequence_no id recordId serialNo'.split(' ');

/** Bytes that stand for a face, as devices write them; numbers and a name as people have them. */
const picture = Buffer.from('ffd8ffe0c0ffee15badc0de5feedfacedeadbeef', 'hex');
const persons = {
  phone: '13912345678',
  card: '310101199001011234',
  name: '测试住户甲',
  plain: picture.toString('base64'),
};
const bytesOfPersons = [...Object.values(persons).map((text) => Buffer.from(text)), picture];

/** Drivers of persons, and those of plates whose makers send doors and faces to the same address. */
const about = drivers.filter(
  ({ personal, id }) => personal || ['hikvision', 'dahua', 'gat1400'].includes(id),
);
const bytesOf = ({ file, text = '' }: Sample): Buffer =>
  file === undefined ? Buffer.from(text) : readFileSync(new URL(file, samples));

const devices = about.map((driver) => {
  const sample = driver.samples.find(({ readings = [] }) => readings.length > 0);
  return { id: `f-${driver.id}`, driver, options: sample?.options ?? {} };
});
interface Template {
  readonly device: (typeof devices)[number];
  readonly topic: string;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}
const templates = devices.flatMap((device) => {
  const { driver, id, options } = device;
  const [own = ''] = driver.topics?.(id, driver.options.parse(options)).publishes ?? [];
  return [
    ...driver.samples,
    // What the strip lists hold is sent to everybody.
    ...stripLists.map((list): Sample => ({ note: '', text: JSON.stringify(list) })),
  ].map((sample): Template => {
    const topic = driver.wire === 'mqtt' ? (sample.topic ?? own.replaceAll('+', 'x')) : undefined;
    return {
      device,
      topic: topic ?? `/push/${id}${sample.topic ?? ''}`,
      contentType: sample.contentType,
      body: bytesOf(sample),
    };
  });
});

const value = fc.oneof(
  fc.nat(1e6).map((n) => `${canary}-${n}`),
  fc.nat(1e6).map((n) => `${canary}${n}`.padEnd(400, 'A')),
  fc.nat(1e6).map((n) => [`${canary}-${n}`]),
  fc.nat(1e6).map((n) => ({ [`${canary}-${n}`]: `${canary}-${n}` })),
  fc.nat(1e6).map((n) => Buffer.from(`${canary}-${n}`).toString('base64')),
  fc.constantFrom(...Object.values(persons), `data:image/jpeg;base64,${persons.plain.repeat(300)}`),
);
const messages = fc.record({
  template: fc.constantFrom(...templates),
  fields: fc.array(fc.tuple(fc.constantFrom(...sensitiveFields(stripLists)), value), {
    minLength: 1,
    maxLength: 12,
  }),
  where: fc.nat(5),
  child: fc.boolean(),
  /** Some say it in the address as well. */
  inAddress: fc.nat(9).map((n) => n === 0),
  cut: fc.nat(11).map((n) => (n === 0 ? 0.7 : 1)),
});

const undo: (() => unknown)[] = [];
afterEach(async () => {
  while (undo.length > 0) await undo.pop()?.();
});

const reader = 'board';
async function box() {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-faces-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const upstream = await platform(undo);
  const logged: string[] = [];
  // Without the masks of the box's own log: what is not written needs none.
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
  const ofBroker = devices.filter(({ driver }) => driver.wire === 'mqtt').map(({ id }) => id);
  const settings = fromSource(
    {
      site: { name: '杜巷小区', signature: '杜巷自治' },
      dataDir: './data',
      broker: {
        listen: '127.0.0.1:0',
        users: [
          { name: 'faces', password: 'p', speaksFor: ofBroker },
          { name: reader, password: 'p' },
        ],
        limits: { messagesPerSecond: 100_000, frameKb: 256 },
      },
      http: { listen: '127.0.0.1:0' },
      console: { listen: '127.0.0.1:0', secondFactor: 'offered' },
      journal: { windowMs: 2, reserveMb: 1 },
      upstream: { url: upstream.url },
      faces: {
        enabled: true,
        assessment: '2026-1',
        decidedBy: '主任',
        reviewBy: new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10),
        notice: '1',
      },
      lanes: [{ id: 'in-1', title: '南门', direction: 'in', staffed: true }],
      devices: devices.map(({ id, driver, options }) => ({
        id,
        driver: driver.id,
        lane: 'in-1',
        options,
      })),
    },
    folder,
  );
  const gateway = await startGateway({
    settings,
    clock: systemClock,
    realClock: systemClock,
    log,
    speed: 1,
    demo: false,
    onFatal: (error) => {
      throw error;
    },
  });
  let running = true;
  const stop = async () => {
    if (running) await gateway.stop();
    running = false;
  };
  undo.push(stop);
  return { folder, gateway, logged, upstream, stop };
}

/** What the box tells whoever listens: all topics, and those below $ that no wildcard reaches. */
async function listener(url: string) {
  const client = await connectAsync(url, { clientId: reader, username: reader, password: 'p' });
  undo.push(() => client.endAsync(true));
  const heard: Buffer[] = [];
  client.on('message', (topic, body) => void heard.push(Buffer.from(topic), body));
  for (const filter of ['#', '$gatehouse/#', '$SYS/#']) await client.subscribeAsync(filter);
  return heard;
}

test(`of ${wanted} generated messages of face devices no canary comes out of the box: not in a file, log, metric, message, answer or export`, async () => {
  expect(existsSync(main), 'npm run build makes what is tested here').toBe(true);
  const { folder, gateway, logged, upstream, stop } = await box();
  const heard = await listener(`mqtt://${gateway.mqtt}`);
  const client = await connectAsync(`mqtt://${gateway.mqtt}`, {
    clientId: 'faces',
    username: 'faces',
    password: 'p',
  });
  undo.push(() => client.endAsync(true));
  const answers: Buffer[] = [];
  client.on('message', (topic, body) => void answers.push(Buffer.from(topic), body));
  // The answers that devices wait for.
  await client.subscribeAsync('#');
  const generated = fc.sample(messages, { numRuns: planted, seed: 5 });
  let carried = 0;
  const send = async (n: number, one: (typeof generated)[number]) => {
    const { template, cut, inAddress, ...planting } = one;
    const fields = [...planting.fields, ...counters.map((name) => [name, String(n)] as const)];
    const whole = withCanaries(template.body, { ...planting, fields });
    const body = Buffer.from(whole.subarray(0, whole.length * cut));
    const { device, topic, contentType } = template;
    if (
      inAddress ||
      canaryMark.test(body.toString('latin1')) ||
      bytesOfPersons.some((one) => body.includes(one))
    )
      carried += 1;
    if (device.driver.wire === 'mqtt') {
      await client.publishAsync(topic, body, { qos: 1 });
      // Double Take says names in a topic.
      if (inAddress) await client.publishAsync(`double-take/matches/${canary}-1`, body, { qos: 1 });
      return;
    }
    const query = `name=${canary}-1&idCard=${persons.card}`;
    const url = inAddress ? `${topic}${topic.includes('?') ? '&' : '?'}${query}` : topic;
    const answer = await fetch(`http://${gateway.push}${url}`, {
      method: 'POST',
      body,
      ...(contentType === undefined ? {} : { headers: { 'content-type': contentType } }),
    });
    answers.push(Buffer.from(await answer.arrayBuffer()));
  };
  const sendAll = (left: (readonly [number, (typeof generated)[number]])[]) =>
    Promise.all(
      Array.from({ length: 24 }, async () => {
        for (let next = left.pop(); next; next = left.pop()) await send(...next);
      }),
    );
  const exportOf = (kind: string) =>
    spawnSync(process.execPath, [
      ...[main, 'export', '--data', join(folder, 'data'), '--kind', kind],
    ]);
  const all = [...generated.entries()];
  await sendAll(all.filter(([i]) => i % 8 === 0));
  // What the messages date to the spring is purged as soon as a box has stood for twenty seconds.
  const early = exportOf('passage');
  await sendAll(all.filter(([i]) => i % 8 !== 0));
  const ask = async (path: string) => (await fetch(`http://${gateway.http}${path}`)).text();
  const metrics = await ask('/metrics');
  const passages = Number(/readings_total\{kind="passage"\} (\d+)/.exec(metrics)?.[1]);
  const unread = Number(/quarantined_total (\d+)/.exec(metrics)?.[1]);
  const dropped = [...metrics.matchAll(/device="([\w-]+)",what="dropped"\} (\d+)/g)];
  const whileRunning = filesBelow(folder);
  const kinds = ['passage', 'status', 'presence', 'barrier', 'quarantine', 'alert', 'audit'];
  const exported = [early, ...kinds.map(exportOf)];
  const told = spawnSync(process.execPath, [main, 'doctor', '--data', join(folder, 'data')]);
  await stop();
  console.info(
    `${planted} messages, canaries in ${carried}; ${passages} passages kept, ${unread} refused, fields let go: ` +
      dropped.map(([, device, n]) => `${device} ${n}`).join(', '),
  );
  const places: Readonly<Record<string, readonly (string | Buffer)[]>> = {
    'files of the running box': whileRunning,
    'files after the end': filesBelow(folder),
    log: logged,
    metrics: [metrics],
    'what the broker tells readers': heard,
    'answers to devices': answers,
    platform: upstream.got,
    exports: [...exported, told].flatMap(({ stdout, stderr }) => [stdout, stderr]),
  };
  for (const [place, contents] of Object.entries(places)) {
    const hits = contents.flatMap((content) => {
      const bytes = Buffer.from(content);
      const found = canaryMark.exec(bytes.toString('latin1'));
      return [
        ...(found ? [bytes.toString('latin1', found.index - 80, found.index + 80)] : []),
        ...bytesOfPersons.filter((one) => bytes.includes(one)).map(String),
      ];
    });
    expect(hits.slice(0, 5), place).toEqual([]);
  }
  // It would be worth nothing if hardly anything had been planted, read, refused, told or found again.
  expect(carried).toBeGreaterThan(wanted);
  expect(passages).toBeGreaterThan(1000);
  expect(unread).toBeGreaterThan(1000);
  expect(heard.length).toBeGreaterThan(100);
  expect(logged.length).toBeGreaterThan(10);
  expect(exported.every(({ status }) => status === 0)).toBe(true);
  expect(exported[0]?.stdout.toString().split('\n').length).toBeGreaterThan(100);
  const silent = devices.filter(
    ({ id, driver }) =>
      driver.personal && !dropped.some(([, one, n]) => one === id && Number(n) > 0),
  );
  expect(
    silent.map(({ id }) => id),
    'every driver of persons let something go',
  ).toEqual([]);
}, 600_000);
