import mqtt from 'mqtt';
import { z } from 'zod';
import type { Log } from '../log.ts';
import type { OutboxChannel, Parcel, Receipt, SendResult } from './channel.ts';

export interface UpstreamParts {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly clientId: string;
  readonly topic: string;
  readonly confirmTopic: string;
  readonly log: Log;
  /** Until a missing confirmation makes a row go again, ms. */
  readonly confirmMs?: number;
}

/** The platform's own word that it has kept a record: the id, plain or as JSON. */
const Confirmation = z.object({ id: z.string().max(200) });
const maxConfirmation = 4096;
const endWithinMs = 2000;

/**
 * Alerts to the sub-district's platform over MQTT QoS 1. A broker's PUBACK says that the broker has it; a row leaves the
 * outbox only when the platform itself has echoed its id.
 */
export function startUpstream(parts: UpstreamParts): OutboxChannel {
  const { topic, confirmTopic, log } = parts;
  let receipts: (receipt: Receipt) => void = () => {};
  let readied: () => void = () => {};
  let ready = false;
  /** Sends under way: mqtt.js leaves their callbacks uncalled when a connection ends. */
  const underWay = new Set<() => void>();
  const lose = () => {
    for (const give of underWay) give();
    underWay.clear();
  };
  const client = mqtt.connect(parts.url, {
    clientId: parts.clientId,
    ...(parts.username === undefined ? {} : { username: parts.username }),
    ...(parts.password === undefined ? {} : { password: parts.password }),
    // The outbox remembers; a second memory in the client would send rows that have expired.
    clean: true,
    queueQoSZero: false,
    reconnectPeriod: 5000,
    connectTimeout: 10_000,
    keepalive: 30,
    resubscribe: false,
    rejectUnauthorized: true,
  });
  client.on('connect', () => {
    client.subscribe(confirmTopic, { qos: 1 }, (error) => {
      if (error) {
        log.warn({ upstream: 'subscribe', err: error });
        client.reconnect();
        return;
      }
      ready = true;
      log.info({ upstream: 'connected' });
      readied();
    });
  });
  client.on('close', () => {
    if (ready) log.warn({ upstream: 'away' });
    ready = false;
    lose();
  });
  // Without a listener an unreachable platform would end the process; `close` says the same.
  client.on('error', (error) => log.debug({ upstream: 'error', err: error }));
  client.on('message', (_topic, payload) => {
    if (payload.length > maxConfirmation) return;
    for (const id of idsOf(payload.toString('utf8'))) {
      receipts({ reference: id, outcome: 'delivered' });
    }
  });

  async function send({ text }: Parcel): Promise<SendResult> {
    if (!ready) return { outcome: 'down', reason: 'Platform is away' };
    const { id } = Confirmation.parse(JSON.parse(text));
    return new Promise((resolve) => {
      const lost = () => resolve({ outcome: 'unknown', reason: 'Connection lost' });
      underWay.add(lost);
      client.publish(topic, text, { qos: 1 }, (error) => {
        underWay.delete(lost);
        if (error) lost();
        else resolve({ outcome: 'sent', reference: id });
      });
    });
  }

  return {
    name: 'upstream',
    window: 20,
    idempotent: true,
    confirmMs: parts.confirmMs ?? 60_000,
    ready: () => ready,
    send,
    onReceipt: (listener) => {
      receipts = listener;
    },
    onReady: (listener) => {
      readied = listener;
    },
    stop: async () => {
      lose();
      // mqtt.js may never say that it has ended; nobody waits for it longer than this.
      const late = new Promise<void>((resolve) => setTimeout(resolve, endWithinMs).unref());
      await Promise.race([client.endAsync(true), late]);
    },
  };
}

/** A plain id, `{"id":…}`, or an array of either. What is none of these confirms nothing. */
function idsOf(payload: string): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    value = payload;
  }
  const found: string[] = [];
  for (const one of Array.isArray(value) ? value.slice(0, 100) : [value]) {
    const id = typeof one === 'string' ? one : Confirmation.safeParse(one).data?.id;
    if (id) found.push(id);
  }
  return found;
}
