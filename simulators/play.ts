import { createWriteStream } from 'node:fs';
import mqtt, { type MqttClient } from 'mqtt';
import type { Driver, Message } from '../drivers/driver.ts';
import { driverById } from '../drivers/index.ts';
import type { Reading } from '../drivers/reading.ts';
import { type SimulatedTime, simulatedMs } from './clock.ts';
import type { Scenario } from './scenario.ts';
import type { Village } from './village.ts';
import { createWorld, type Truth } from './world.ts';

export interface PlayParts {
  readonly village: Village;
  readonly scenario: Scenario;
  readonly seed: number;
  /** mqtt:// of the broker under test. */
  readonly brokerUrl: string;
  readonly time: SimulatedTime;
  readonly utcOffsetMs: number;
  /** NDJSON of what really happened. */
  readonly truthFile?: string;
  /** Log-in of a device; undefined on an anonymous bench. */
  readonly password?: (device: string) => string | undefined;
  readonly onProgress?: (connected: number, of: number) => void;
}

export interface Played {
  /** Messages that were acknowledged, and that wait for it. */
  stats(): {
    readonly sent: number;
    readonly acknowledged: number;
    readonly waiting: number;
    readonly connected: number;
  };
  stop(): Promise<void>;
}

const dayMs = 86_400_000;
/** Two charges may begin in the same millisecond, but not in the same room by the same charger. */
const keyOf = ({ point, room, charger, fromMs }: Truth) => `${point}/${room}/${charger}/${fromMs}`;
/** Real ms between two looks at the village. */
const stepMs = 100;
/** Connections that are opened at once. */
const dialling = 40;
/** A device that is not answered holds back so many messages, then forgets the oldest, as devices do. */
const maxWaiting = 200;

/** Plays the village: every device on its own connection, in its own protocol, over real MQTT. */
export async function playVillage(parts: PlayParts): Promise<Played> {
  const { village, scenario, seed, time, utcOffsetMs, brokerUrl } = parts;
  const localMs = time.startMs + utcOffsetMs;
  const midnightMs = Math.floor(localMs / dayMs) * dayMs - utcOffsetMs;
  const secondsAt = (realMs: number) => (simulatedMs(realMs, time) - midnightMs) / 1000;
  const world = createWorld({
    village,
    scenario,
    seed,
    midnightMs,
    startS: secondsAt(time.realStartMs),
  });
  const speakers = await connectAll(village, brokerUrl, parts);

  const counts = { sent: 0, acknowledged: 0, waiting: 0 };
  const truth = parts.truthFile === undefined ? null : createWriteStream(parts.truthFile);
  const told = new Set<string>();
  const tellTruth = (nowMs: number) => {
    for (const one of world.truth()) {
      const key = keyOf(one);
      if (one.fromMs > nowMs || told.has(key)) continue;
      told.add(key);
      truth?.write(`${JSON.stringify(one)}\n`);
    }
  };

  const say = (reading: Reading) => {
    const speaker = speakers.get(reading.device);
    if (!speaker) return;
    for (const { topic, body } of speaker.encode(reading)) {
      if (topic === undefined) continue;
      if (counts.waiting >= speakers.size * maxWaiting) return;
      counts.sent += 1;
      counts.waiting += 1;
      speaker.client.publish(topic, Buffer.from(body), { qos: 1 }, (error) => {
        counts.waiting -= 1;
        if (!error) counts.acknowledged += 1;
      });
    }
  };
  const timer = setInterval(() => {
    const realMs = Date.now();
    for (const reading of world.until(secondsAt(realMs))) say(reading);
    if (truth) tellTruth(simulatedMs(realMs, time));
  }, stepMs);

  return {
    stats: () => ({
      ...counts,
      connected: [...speakers.values()].filter(({ client }) => client.connected).length,
    }),
    async stop() {
      clearInterval(timer);
      await Promise.all(
        [...speakers.values()].map(({ client }) => client.endAsync(true).catch(() => {})),
      );
      await new Promise<void>((resolve) => (truth ? truth.end(resolve) : resolve()));
    },
  };
}

interface Speaker {
  readonly client: MqttClient;
  readonly encode: (reading: Reading) => Message[];
}

async function connectAll(
  village: Village,
  url: string,
  { password, onProgress }: PlayParts,
): Promise<Map<string, Speaker>> {
  const devices: Array<readonly [id: string, driver: string]> = [
    ...village.houses.flatMap(({ meter, roomMeters }) => [
      [meter.device, meter.driver] as const,
      ...roomMeters.map(({ device }) => [device, 'native'] as const),
    ]),
    ...village.lanes.map(({ camera, driver }) => [camera, driver] as const),
  ];
  const speakers = new Map<string, Speaker>();
  for (let from = 0; from < devices.length; from += dialling) {
    await Promise.all(
      devices.slice(from, from + dialling).map(async ([id, driverId]) => {
        const driver = driverById(driverId);
        if (!driver) throw new Error(`No driver is called ${driverId}`);
        const secret = password?.(id);
        const client = await mqtt.connectAsync(url, {
          clientId: id,
          protocolVersion: 4,
          keepalive: 60,
          reconnectPeriod: 3000,
          ...(secret === undefined ? {} : { username: id, password: secret }),
        });
        client.on('error', () => {
          // mqtt.js connects again by itself; what waits is sent then.
        });
        speakers.set(id, { client, encode: encoderOf(driver) });
      }),
    );
    onProgress?.(Math.min(from + dialling, devices.length), devices.length);
  }
  return speakers;
}

/** A device of this kind with the options it ships with. */
function encoderOf(driver: Driver): (reading: Reading) => Message[] {
  const options = driver.options.parse({});
  return (reading) => driver.encode(reading, options);
}
