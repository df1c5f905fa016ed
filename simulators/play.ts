import { createWriteStream } from 'node:fs';
import type { Message } from '../drivers/driver.ts';
import type { Reading } from '../drivers/reading.ts';
import { type SimulatedTime, simulatedMs } from './clock.ts';
import type { Scenario } from './scenario.ts';
import { type BusPlace, hangLine } from './speak/buses.ts';
import { type Obeys, obedientCamera } from './speak/camera.ts';
import { dialMqtt } from './speak/mqtt.ts';
import { wirePins } from './speak/pins.ts';
import { dialPush } from './speak/push.ts';
import type { Speaker } from './speak/speaker.ts';
import type { Village } from './village.ts';
import { busesOf } from './village-bus.ts';
import { devicesOf, driverOf, type VillageDevice } from './village-devices.ts';
import { createWorld, type Truth } from './world.ts';

export interface PlayParts {
  readonly village: Village;
  readonly scenario: Scenario;
  readonly seed: number;
  /** mqtt:// of the broker under test. */
  readonly brokerUrl: string;
  /** http:// of its listener for devices that push; without one they stay silent. */
  readonly pushUrl?: string;
  /** Where the box looks for the lines of the village; meters of a line without a place stay silent. */
  readonly buses?: readonly BusPlace[];
  /** The file behind the box's own pins, where a stand-in is mounted; without one their lane stays silent. */
  readonly simFile?: string;
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

/** Plays the village: every device on its own connection, in its own protocol, over real MQTT. */
export async function playVillage(parts: PlayParts): Promise<Played> {
  const { village, scenario, seed, time, utcOffsetMs } = parts;
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
  const speakers = await connectAll(parts);

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
    for (const message of speaker?.encode(reading) ?? []) {
      counts.sent += 1;
      counts.waiting += 1;
      speaker?.send(message, (acknowledged) => {
        counts.waiting -= 1;
        if (acknowledged) counts.acknowledged += 1;
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
      connected: [...speakers.values()].filter((speaker) => speaker.connected()).length,
    }),
    async stop() {
      clearInterval(timer);
      await Promise.all([...speakers.values()].map((speaker) => speaker.stop()));
      await new Promise<void>((resolve) => (truth ? truth.end(resolve) : resolve()));
    },
  };
}

/** Connects every device: those that speak by themselves each on its own, those that are asked on their bus. */
async function connectAll({
  village,
  brokerUrl,
  pushUrl,
  buses = [],
  simFile,
  password,
  onProgress,
  time,
}: PlayParts): Promise<Map<string, Speaker>> {
  const devices = devicesOf(village);
  const nowMs = () => Math.round(simulatedMs(Date.now(), time));
  const speakers = await asked(village, buses);
  for (let from = 0; from < devices.length; from += dialling) {
    const dialled = await Promise.allSettled(
      devices.slice(from, from + dialling).map(async (device) => {
        const { driver, options } = driverOf(device);
        const secret = password?.(device.id);
        const encode = (reading: Reading) => driver.encode(reading, options);
        const line =
          driver.wire === 'mqtt'
            ? await dialMqtt(brokerUrl, device.id, secret, obedience(device, encode, nowMs))
            : driver.wire === 'http' && pushUrl !== undefined
              ? dialPush(`${pushUrl}/push/${device.id}`, device.http)
              : null;
        if (line) speakers.set(device.id, { ...line, encode });
        if (driver.wire === 'gpio' && simFile !== undefined)
          speakers.set(device.id, wirePins(device, simFile));
      }),
    );
    const refused = dialled.find((one) => one.status === 'rejected');
    if (refused) {
      // Lines that stay open would keep the process alive.
      await Promise.all([...speakers.values()].map((speaker) => speaker.stop()));
      throw refused.reason;
    }
    onProgress?.(Math.min(from + dialling, devices.length), devices.length);
  }
  return speakers;
}

async function asked(village: Village, places: readonly BusPlace[]): Promise<Map<string, Speaker>> {
  const speakers = new Map<string, Speaker>();
  for (const bus of busesOf(village)) {
    const place = places.find(({ id }) => id === bus.id);
    if (!place) continue;
    try {
      for (const [device, speaker] of await hangLine(bus, place)) speakers.set(device, speaker);
    } catch {
      // Another demonstration has the port: its meters answer for ours.
    }
  }
  return speakers;
}

/** The cameras at the gate do what they are told; other devices of the village only speak. */
function obedience(
  device: VillageDevice,
  encode: (reading: Reading) => readonly Message[],
  nowMs: () => number,
): Obeys | undefined {
  const { id, lane } = device;
  if (device.driver !== 'vzenith' || lane === undefined) return undefined;
  const { driver, options } = driverOf(device);
  const [command] = driver.command?.({ kind: 'open', id: 'x', atMs: 0 }, options, id) ?? [];
  const filter = command?.topic?.replace(/[^/]+$/, '+');
  return filter === undefined
    ? undefined
    : obedientCamera({ device: id, lane, filter, nowMs, encode });
}
