import mqtt, { type MqttClient } from 'mqtt';
import type { Device } from '../config/device.ts';
import type { Log } from '../log.ts';
import { createRoutes } from './broker/routes.ts';
import type { Intake } from './intake.ts';
import { concerned, takeAll } from './shared.ts';

export interface ExternalParts {
  /** mqtt:// or mqtts://. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Begins the client ids; they must stay the same, for the broker keeps what is not taken under them. */
  readonly clientId: string;
  readonly devices: readonly Device[];
  readonly intake: Intake;
  readonly log: Log;
  /** How long to wait before connecting again, ms. */
  readonly reconnectMs?: number;
}

export interface External {
  publish(topic: string, body: Uint8Array, qos: 0 | 1): void;
  stats(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

/**
 * mqtt.js hands over one message after the other and takes the next when the last is kept: one flush a message.
 * Several connections, each with its share of the devices, let one flush serve many.
 */
const connections = 8;
const topicsAtOnce = 50;

/** Reads from another broker. What it delivers is acknowledged to it after the flush, never before. */
export function startExternal(parts: ExternalParts): External {
  const { intake, log, reconnectMs = 5000 } = parts;
  const routes = createRoutes(parts.devices);
  const counts = { taken: 0, refused: 0 };
  const shares = Array.from({ length: connections }, (_, n) =>
    parts.devices.filter((_device, i) => i % connections === n),
  );
  const clients = shares.flatMap((devices, n) => {
    const topics = devices.flatMap(
      ({ id, driver, options }) => driver.topics?.(id, options)?.publishes ?? [],
    );
    return topics.length === 0 ? [] : [connect(n, topics, new Set(devices))];
  });

  function connect(n: number, topics: readonly string[], share: ReadonlySet<Device>): MqttClient {
    const client = mqtt.connect(parts.url, {
      clientId: `${parts.clientId}-${n}`,
      clean: false,
      manualConnect: true,
      protocolVersion: 4,
      keepalive: 30,
      reconnectPeriod: reconnectMs,
      reconnectOnConnackError: true,
      ...(parts.username === undefined ? {} : { username: parts.username }),
      ...(parts.password === undefined ? {} : { password: parts.password }),
    });
    // Before the first packet: whatever hangs on 'message' runs before anything is kept.
    client.handleMessage = (packet, done) => {
      const owners = routes.of(packet.topic);
      if (owners.length === 0) {
        done();
        return;
      }
      const body = Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload);
      const message = { topic: packet.topic, body, retained: packet.retain };
      // A topic that many share comes over each connection that has one of them: each takes for its own.
      const all = concerned(owners, message);
      const [first] = owners;
      const here = all.devices.filter((device) => share.has(device));
      const refusedHere = all.devices.length === 0 && first !== undefined && share.has(first);
      takeAll(intake, owners, refusedHere ? all : { devices: here }, message, (error) => {
        if (error) {
          counts.refused += 1;
          // An error handed to mqtt.js would leave the message until the next reconnect, in silence.
          client.stream.destroy();
          return;
        }
        counts.taken += 1;
        done();
      });
    };
    client.on('error', (error) =>
      log.warn({ err: error, connection: n }, 'the external broker refuses'),
    );
    client.on('connect', (connack) => {
      if (connack.sessionPresent) return;
      log.info({ connection: n, topics: topics.length }, 'a new session at the external broker');
      for (let from = 0; from < topics.length; from += topicsAtOnce) {
        client.subscribe(topics.slice(from, from + topicsAtOnce), { qos: 1 }, (error) => {
          if (error) log.error({ err: error }, 'cannot subscribe at the external broker');
        });
      }
    });
    client.connect();
    return client;
  }

  return {
    publish(topic, body, qos) {
      clients[0]?.publish(topic, Buffer.from(body), { qos });
    },
    stats: () => ({ ...counts, connected: clients.filter(({ connected }) => connected).length }),
    async stop() {
      await Promise.all(
        clients.map((client) =>
          Promise.race([
            client.endAsync(true),
            new Promise((resolve) => setTimeout(resolve, 2000).unref()),
          ]),
        ),
      );
    },
  };
}
