import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import pino from 'pino';
import { afterEach, expect, test } from 'vitest';
import { type SimulatedModem, startModem } from '../simulators/modem/modem.ts';
import { type Gateway, startGateway } from './app.ts';
import { systemClock } from './clock.ts';
import { fromSource } from './config/load.ts';
import { backup } from './store/backup.ts';
import { filesBelow, platform } from './trial-places.ts';

/** Messages, notes and replies together. */
const planted = process.env.GATEHOUSE_FULL ? 10_000 : 600;

const undo: (() => unknown)[] = [];
afterEach(async () => {
  while (undo.length > 0) await undo.pop()?.();
});

/** Bytes that stand for a face; as they are, and as devices write them. */
const face = Buffer.from('ffd8ffe0c0ffee15badc0de5feedfacedeadbeef', 'hex');
const canaries: readonly Buffer[] = [
  ...['13912345678', '13700001111', '13655550000'],
  ...['沪A12345', '粤BD12345', '苏E99Z99'],
  ...['310101199001011234', '测试住户甲', face.toString('base64')],
  ...['沪A12345', '粤BD12345', '苏E99Z99'].map((plate) => Buffer.from(plate).toString('base64')),
]
  .map((text) => Buffer.from(text))
  .concat(face);
const plates = ['沪A12345', '粤BD12345', '苏E99Z99'];
const phones = ['13912345678', '13700001111', '13655550000'];
const card = '310101199001011234';
const name = '测试住户甲';

const sample = (file: string) =>
  JSON.parse(readFileSync(new URL(`../drivers/samples/${file}`, import.meta.url), 'utf8'));

/** What a face terminal sends of a person: everything it knows. */
function faceMessage(n: number) {
  const said = sample('face/mqttface-recpush-allowed.json');
  Object.assign(said.info, {
    facesluiceId: 'face-1',
    RecordID: String(n),
    personName: name,
    idCard: card,
    telnum: phones[n % 3],
    pic: `data:image/jpeg;base64,${face.toString('base64')}`,
    time: localNow(),
  });
  return said;
}

/** What a plate camera sends: the plate in base64, and pictures of the car. */
function plateMessage(n: number) {
  const plate = Buffer.from(plates[n % 3] ?? '').toString('base64');
  const text = JSON.stringify(sample('gate/vzenith-ivs_result.json'))
    .replaceAll('1773618130120', String(Date.now() * 1000 + n))
    .replace(/"license":"[^"]*"/g, `"license":"${plate}"`)
    .replace(/"(full_image_content|clip_image_content|content)":"[^"]*"/g, (_, key) => {
      return `"${key}":"${face.toString('base64')}"`;
    });
  return JSON.parse(text);
}

const localNow = () =>
  new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');

async function chatGroup() {
  const got: string[] = [];
  const server = createHttp((request, response) => {
    let body = '';
    request.on('data', (more) => {
      body += more;
    });
    request.on('end', () => {
      got.push(body);
      response.setHeader('content-type', 'application/json');
      response.end('{"errcode":0}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, got };
}

async function box() {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-canary-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const sim = await startModem();
  undo.push(sim.stop);
  const [upstream, group] = [await platform(undo), await chatGroup()];
  const logged: string[] = [];
  // Without the masks of the box's own log: what is not written needs none.
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
  const settings = fromSource(
    {
      site: { name: '杜巷小区', signature: '杜巷自治' },
      dataDir: './data',
      broker: {
        listen: '127.0.0.1:0',
        anonymous: true,
        limits: { messagesPerSecond: 100_000 },
      },
      console: { listen: '127.0.0.1:0', secondFactor: 'offered', proxies: ['127.0.0.1'] },
      journal: { windowMs: 2, reserveMb: 1 },
      sms: { simulated: true },
      robots: [{ kind: 'wecom', url: group.url }],
      upstream: { url: upstream.url },
      faces: {
        enabled: true,
        assessment: '2026-1',
        decidedBy: '主任',
        reviewBy: new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10),
        notice: '1',
      },
      points: [{ id: 'b1', title: '1号楼', kind: 'building', limits: { contractA: 40 } }],
      lanes: [{ id: 'in-1', title: '南门', direction: 'in' }],
      devices: [
        { id: 'm1', driver: 'native', point: 'b1', intervalS: 1 },
        { id: 'face-1', driver: 'mqtt-face', lane: 'in-1' },
        { id: 'cam-1', driver: 'vzenith', lane: 'in-1' },
      ],
      people: [{ id: 'p3', title: '3号', role: 'duty', phone: `+86${phones[0]}` }],
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
    simulatedModem: sim.path,
    onFatal: (error) => {
      throw error;
    },
  });
  return { folder, gateway, sim, logged, upstream, group };
}

/** The chair's browser behind a proxy that names another address each time, as a flood of notes would need. */
async function chairOf(gateway: Gateway) {
  let cookie = '';
  const ask = async (path: string, body?: object, address = '192.0.2.7') => {
    const answer = await fetch(`http://${gateway.http}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        'x-gatehouse': '1',
        'x-forwarded-for': address,
        ...(cookie ? { cookie } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
    return { status: answer.status, text: await answer.text() };
  };
  const password = 'correct horse 3';
  await ask('/api/v1/setup', { code: gateway.console.setupCode, name: 'chair', password });
  await ask('/api/v1/session', { name: 'chair', password });
  return ask;
}

async function sendMessages(gateway: Gateway, n: number): Promise<void> {
  const client = await connectAsync(`mqtt://${gateway.mqtt}`, { clientId: 'wire' });
  const publish = (topic: string, body: object | string) =>
    client.publishAsync(topic, typeof body === 'string' ? body : JSON.stringify(body), { qos: 1 });
  for (let from = 0; from < n; from += 100) {
    await Promise.all(
      Array.from({ length: Math.min(100, n - from) }, (_, at) => {
        const index = from + at;
        switch (index % 5) {
          case 0:
          case 1:
            return publish('mqtt/face/face-1/Rec', faceMessage(index));
          case 2:
          case 3:
            return publish('device/cam-1/message/up/ivs_result', plateMessage(index));
          default:
            // What nobody can read, from a device that speaks of persons; and a stranger.
            return publish(
              index % 2 ? 'mqtt/face/face-1/Rec' : 'stranger/1',
              `{"operator":"?","name":"${name}","license":"${plates[0]}","idCard":"${card}`,
            );
        }
      }),
    );
  }
  await client.endAsync();
}

/** A house far above its limit for two minutes: somebody is told. */
async function overload(gateway: Gateway): Promise<void> {
  const client = await connectAsync(`mqtt://${gateway.mqtt}`, { clientId: 'm1' });
  for (let s = 150; s >= 0; s -= 1) {
    const body = { atMs: Date.now() - s * 1000, powerW: 17_600, phases: [{ currentA: 80 }] };
    await client.publishAsync('gatehouse/v1/m1/power', JSON.stringify(body), { qos: 1 });
  }
  await client.endAsync();
}

async function reply(sim: SimulatedModem, n: number): Promise<void> {
  for (let index = 0; index < n; index += 1) {
    const text = `1 ${name} ${plates[index % 3]} ${card} ${phones[index % 3]}`;
    sim.reply(`+86${phones[index % 2]}`, text);
    await sleep(2);
  }
}

test(`in ${planted} messages, notes and replies: no plate, number, card, name or picture is in a file, log, metric, message, record or backup`, async () => {
  const { folder, gateway, sim, logged, upstream, group } = await box();
  let running = true;
  undo.push(() => (running ? gateway.stop() : undefined));
  const ask = await chairOf(gateway);
  await overload(gateway);
  await expect.poll(() => sim.inbox().length, { timeout: 20_000 }).toBeGreaterThan(0);
  const tenth = planted / 10;
  const noted: number[] = [];
  await Promise.all([
    sendMessages(gateway, planted - 2 * tenth),
    reply(sim, tenth),
    (async () => {
      for (let n = 0; n < tenth; n += 1) {
        // A name is a word like any other: the box has no field for one, and cannot know it in a note.
        const note = `住户${phones[n % 3]}，车${plates[n % 3]}，证${card}，第${n}次`;
        const body = { action: 'note', note };
        const { status } = await ask('/api/v1/alerts/1/actions', body, `198.51.100.${n % 250}`);
        noted.push(status);
      }
    })(),
  ]);
  expect(noted.every((status) => status === 200)).toBe(true);
  const readMetrics = async () => (await ask('/metrics')).text;
  await expect
    .poll(readMetrics, { timeout: 60_000 })
    .toMatch(/gatehouse_readings_total\{kind="passage"\} \d{2,}/);
  // What people may see: the alert with its story, the devices, the strangers, the privacy page.
  const shown = await Promise.all(
    ['alerts/1', 'devices', 'strangers', 'privacy', 'duty', 'system', 'roster'].map((page) =>
      ask(`/api/v1/${page}`),
    ),
  );
  await backup(join(folder, 'data'), join(folder, 'copy.tar'), Date.now());
  const metrics = await readMetrics();
  const whileRunning = filesBelow(folder);
  await gateway.stop();
  running = false;
  const places: Readonly<Record<string, readonly (string | Buffer)[]>> = {
    'files of the running box, backup too': whileRunning,
    'files after the end': filesBelow(folder),
    log: logged,
    metrics: [metrics],
    SMS: sim.inbox().map(({ text }) => text),
    'chat group': group.got,
    platform: upstream.got,
    pages: shown.map(({ text }) => text),
  };
  // The search finds what is there: the rest of a note, whose numbers were taken out.
  const kept = Buffer.from(`第${tenth - 1}次`);
  expect(whileRunning.some((file) => file.includes(kept))).toBe(true);
  for (const [place, contents] of Object.entries(places)) {
    expect(contents.length, place).toBeGreaterThan(0);
    const hits = contents.flatMap((content) => {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      return canaries.filter((canary) => bytes.includes(canary)).map(String);
    });
    expect(hits, place).toEqual([]);
  }
}, 600_000);
