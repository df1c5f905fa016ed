import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';
import { createMosquitto } from '../../../gateway/wires/trial-mosquitto.ts';
import type { Result } from './trials.ts';
import { exported, startBox, type WholeBox } from './whole-box.ts';

export interface ExternalParts {
  /** dist/gateway/main.js: the whole gateway is tried. */
  readonly main: string;
  /** The text of deploy/mosquitto/mosquitto.conf. */
  readonly shipped: string;
  readonly rounds: number;
  readonly random: () => number;
  readonly told?: (text: string) => void;
}

/** Every so many rounds Mosquitto is killed too. */
const brokerEvery = 3;
const meters = Array.from({ length: 20 }, (_, i) => `m${i}`);
/** A meter speaks so often, ms, and not before Mosquitto has answered: behind each message it writes its whole file. */
const everyMs = 200;
/** A kill of Mosquitto follows its last PUBACK by so much: less than autosave_interval, enough to write its file. */
const savedMs = 300;
/** Kills of Mosquitto in the middle of its work, behind the rounds. */
const killsUnderLoad = 10;
const heardWithinMs = 20_000;
/** What waits at Mosquitto is taken slowly, for the whole of it is written behind each message; it is over when so long nothing came. */
const standsStillMs = 20_000;
const port = 20_000 + (process.pid % 20_000);

const yaml = (url: string) => `
site: { name: 杜巷小区 }
dataDir: ./data
broker: { external: { url: "${url}", clientId: gate } }
console: { listen: "127.0.0.1:0" }
journal: { windowMs: 2, reserveMb: 1 }
log: { level: error }
points: [${meters.map((id) => `{ id: b-${id}, kind: building }`).join(', ')}]
devices: [${meters.map((id) => `{ id: ${id}, driver: native, point: b-${id}, intervalS: 2 }`).join(', ')}]
`;

/**
 * Meters speak to a real Mosquitto that runs with our mosquitto.conf, and the gateway reads from it. The gateway is
 * killed in every round, under load, and Mosquitto in some, a moment after its last PUBACK: whatever Mosquitto has
 * acknowledged is in the journal in the end. Killed in the middle of its work it has acknowledged what it has not written
 * yet: no line of its configuration changes that, so it is tried, bounded (a message of each meter) and told, not counted.
 */
export async function externalTrial(parts: ExternalParts): Promise<Result> {
  const { main, shipped, random } = parts;
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-external-'));
  // Apart from the other, which is closed to others: Mosquitto runs as a user of its own.
  const itsFolder = mkdtempSync(join(tmpdir(), 'gatehouse-mosquitto-'));
  const broker = createMosquitto({ port, folder: itsFolder, shipped });
  const firstMs = Date.now() - 3_600_000;
  const config = join(folder, 'gateway.yaml');
  writeFileSync(config, yaml(broker.url));
  const acknowledged = new Set<number>();
  const wrong: string[] = [];
  const clients: MqttClient[] = [];
  let [next, startMs, rounds] = [1, 0, 0];
  let box: WholeBox | undefined;
  const start = async () => {
    const beganMs = performance.now();
    box = await startBox({ main, config });
    startMs = Math.max(startMs, performance.now() - beganMs);
  };
  let speaking = true;
  const unanswered = new Set<MqttClient>();
  const speak = (client: MqttClient, device: string) => {
    if (!speaking || !client.connected || unanswered.has(client)) return;
    const number = next;
    next += 1;
    unanswered.add(client);
    const body = JSON.stringify({ atMs: firstMs + number, powerW: number });
    client.publish(`gatehouse/v1/${device}/power`, body, { qos: 1 }, (error) => {
      unanswered.delete(client);
      if (!error) acknowledged.add(number);
    });
  };
  let timer: NodeJS.Timeout | undefined;
  try {
    await broker.start();
    for (const id of meters) {
      const client = mqtt.connect(broker.url, { clientId: `meter-${id}`, reconnectPeriod: 100 });
      client.on('error', () => {});
      clients.push(client);
    }
    await start();
    const data = join(folder, 'data');
    const stored = () => exported(main, data, 'power');
    // Only behind a subscription is anything kept for us: each of our connections makes its own, once.
    const fromMs = performance.now();
    for (let heard = 0; heard < meters.length; ) {
      if (performance.now() - fromMs > heardWithinMs) throw new Error('The gateway hears nobody');
      for (const [i, client] of clients.entries()) speak(client, `m${i}`);
      await sleep(300);
      heard = new Set(stored().map(({ device }) => device)).size;
    }
    acknowledged.clear();
    timer = setInterval(() => {
      for (const [i, client] of clients.entries()) speak(client, `m${i}`);
    }, everyMs);
    for (let round = 1; round <= parts.rounds; round += 1) {
      await sleep(300 + random() * 500);
      await box?.end('SIGKILL');
      // What comes now waits at Mosquitto.
      await sleep(100 + random() * 300);
      if (round % brokerEvery === 0) {
        speaking = false;
        await sleep(savedMs);
        await broker.kill();
        await broker.start();
        speaking = true;
      }
      await start();
      rounds += 1;
      parts.told?.(`external broker: round ${round} of ${parts.rounds}`);
    }
    const numbers = () => stored().map(({ powerW }) => Number(powerW));
    const missing = (of: ReadonlySet<number>) => {
      const there = new Set(numbers());
      return [...of].filter((number) => !there.has(number)).length;
    };
    /** What is missing when nothing more comes. */
    const settled = async (of: ReadonlySet<number>) => {
      let left = missing(of);
      for (let sinceMs = performance.now(); left > 0; await sleep(500)) {
        const now = missing(of);
        if (now < left) sinceMs = performance.now();
        left = now;
        if (performance.now() - sinceMs > standsStillMs) break;
      }
      return left;
    };
    speaking = false;
    await sleep(savedMs);
    const counted = new Set(acknowledged);
    const lost = await settled(counted);

    acknowledged.clear();
    for (let kill = 1; kill <= killsUnderLoad; kill += 1) {
      speaking = true;
      await sleep(200 + random() * 300);
      await broker.kill();
      speaking = false;
      await broker.start();
      // All are connected again before they speak.
      while (clients.some(({ connected }) => !connected)) await sleep(20);
      parts.told?.(`external broker: kill ${kill} of ${killsUnderLoad} under load`);
    }
    const most = killsUnderLoad * meters.length;
    const lastMoments = await settled(acknowledged);
    if (lastMoments > most) wrong.push(`${lastMoments} lost by Mosquitto under load`);

    const code = await box?.end('SIGTERM');
    if (code !== 0) wrong.push(`exit ${code}`);
    const all = numbers();
    return {
      trial: 'external broker: gateway and Mosquitto killed',
      rounds,
      acknowledged: counted.size,
      lost,
      doubled: all.length - new Set(all).size,
      startMs: Math.round(startMs),
      wrong,
      note: `killed ${killsUnderLoad} times at work, Mosquitto itself lost ${lastMoments} of ${acknowledged.size}`,
    };
  } finally {
    clearInterval(timer);
    for (const client of clients) client.end(true);
    await box?.end('SIGKILL');
    await broker.kill();
    for (const one of [folder, itsFolder]) rmSync(one, { recursive: true, force: true });
  }
}
