import mqtt from 'mqtt';
import type { Log } from '../log.ts';
import type { OutboxChannel, Parcel, Receipt, SendResult } from './channel.ts';
import {
  type CaseResult,
  caseResults,
  confirmedIds,
  idOf,
  maxWordBytes,
} from './upstream-words.ts';

export interface UpstreamParts {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly clientId: string;
  readonly topic: string;
  readonly confirmTopic: string;
  /**
   * Where it stands whether the box is there: retained, and said by the broker when it has gone without a word. Absent:
   * nowhere, since a broker may end a connection that publishes where it may not.
   */
  readonly onlineTopic?: string;
  /** Where results of cases arrive. */
  readonly resultTopic: string;
  readonly onCases: (results: readonly CaseResult[]) => void;
  readonly log: Log;
  /** Until a missing confirmation makes a row go again, ms. */
  readonly confirmMs?: number;
}

const endWithinMs = 2000;
const retained = { qos: 1, retain: true } as const;
const isOnline = (online: boolean) => JSON.stringify({ online });

/**
 * Alerts to the sub-district's platform over MQTT QoS 1. A broker's PUBACK says that the broker has it; a row leaves the
 * outbox only when the platform itself has echoed its id.
 */
export function startUpstream(parts: UpstreamParts): OutboxChannel {
  const { topic, confirmTopic, onlineTopic, resultTopic, log } = parts;
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
    ...(onlineTopic === undefined
      ? {}
      : { will: { topic: onlineTopic, payload: Buffer.from(isOnline(false)), ...retained } }),
  });
  client.on('connect', () => {
    client.subscribe([confirmTopic, resultTopic], { qos: 1 }, (error) => {
      if (error) {
        log.warn({ upstream: 'subscribe', err: error });
        client.reconnect();
        return;
      }
      ready = true;
      // Nobody waits for it: the next connection says it again.
      if (onlineTopic !== undefined) {
        client.publish(onlineTopic, isOnline(true), retained, () => {});
      }
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
  client.on('message', (from, payload, { retain }) => {
    if (payload.length > maxWordBytes) return;
    const text = payload.toString('utf8');
    if (from === resultTopic) {
      // A retained word is one of some other time.
      if (!retain) parts.onCases(caseResults(text));
      return;
    }
    for (const id of confirmedIds(text)) receipts({ reference: id, outcome: 'delivered' });
  });

  async function send({ text }: Parcel): Promise<SendResult> {
    if (!ready) return { outcome: 'down', reason: 'Platform is away' };
    const id = idOf(text);
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
      // Who says goodbye leaves no will: it is said before.
      if (ready && onlineTopic !== undefined) {
        const said = client.publishAsync(onlineTopic, isOnline(false), retained);
        await Promise.race([said.catch(() => {}), late]);
      }
      await Promise.race([client.endAsync(true), late]);
    },
  };
}
