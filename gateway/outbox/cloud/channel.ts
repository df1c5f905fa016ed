import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { OutboxChannel, Parcel, SendResult } from '../channel.ts';
import { connectionFailure } from '../connection-failure.ts';
import type { CloudClass } from './error-class.ts';
import type { CloudAnswer, CloudProvider } from './provider.ts';

export interface CloudChannelParts {
  readonly provider: CloudProvider;
  /** The provider's template for each message, by id. */
  readonly templates: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** The number of a person; undefined when there is none any more. */
  readonly numberOf: (person: string) => Promise<string | undefined>;
}

/** A provider as a way out, and what the console shows of it. */
export interface CloudChannel extends OutboxChannel {
  /** Why nothing can leave; null while it can. A code of the provider, no secret. */
  trouble(): string | null;
}

const timeoutMs = 10_000;
/** After arrears, a refused key or signature the channel rests, ms: asking on would not help. */
const restMs = 10 * 60_000;
/** Reports come over a call back that a box behind a mobile network does not get: after a message's validity it is unknown, ms. */
const confirmMs = 24 * 3_600_000;
/** Of an answer so much is read, characters. */
const maxAnswer = 16 * 1024;
const againMark = '重发';

/** SMS over a provider. It takes values for texts that it has approved, never a text. */
export function createCloudChannel(parts: CloudChannelParts): CloudChannel {
  const { provider, templates, clock } = parts;
  let trouble: string | null = null;
  let restUntilMonoMs = Number.NEGATIVE_INFINITY;

  async function send(parcel: Parcel): Promise<SendResult> {
    const { to, messageId, params = [], again, id } = parcel;
    const template = templates[messageId];
    if (template === undefined) return { outcome: 'refused', reason: 'No template' };
    const number = await parts.numberOf(to);
    if (number === undefined) return { outcome: 'refused', reason: 'No number' };
    const { url, method, headers, body } = provider.call({
      number: number.startsWith('+') ? number : `+86${number}`,
      template,
      values: again ? params.map(marked) : params,
      id: String(id),
      nowMs: clock.nowMs(),
      nonce: randomUUID().replaceAll('-', ''),
    });
    let response: Response;
    let said: string;
    try {
      response = await fetch(url, {
        method,
        headers: { ...headers },
        body: body === '' ? null : body,
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
      });
      said = (await response.text()).slice(0, maxAnswer);
    } catch (error) {
      return connectionFailure(error);
    }
    const answer = provider.read(jsonOf(said));
    if (answer) return resultOf(answer);
    if (response.status >= 500 || response.status === 429)
      return { outcome: 'retry', reason: `HTTP ${response.status}` };
    return { outcome: 'unknown', reason: `HTTP ${response.status}, unreadable` };
  }

  function resultOf(answer: CloudAnswer): SendResult {
    if (answer.accepted) {
      trouble = null;
      return { outcome: 'sent', reference: answer.reference };
    }
    const { code } = answer;
    switch (answer.class) {
      case 'rate':
      case 'template':
      case 'recipient':
        return { outcome: 'refused', reason: code };
      case 'transient':
        return { outcome: 'retry', reason: code };
      default:
        // While the time may be wrong it is the time: the next look finds whether it has been set.
        if (answer.class !== 'key' || clock.trusted()) {
          restUntilMonoMs = clock.monoMs() + restMs;
          trouble = `${troubles[answer.class]}: ${code}`;
        }
        return { outcome: 'down', reason: code };
    }
  }

  return {
    name: 'cloud',
    window: 2,
    idempotent: false,
    confirmMs,
    // Every signature holds the time: while it is not trusted nothing is sent, and the modem has it.
    ready: () => clock.trusted() && clock.monoMs() >= restUntilMonoMs,
    send,
    onReceipt: () => {}, // see confirmMs
    onReady: () => {}, // the outbox looks every second
    stop: async () => {},
    trouble: () => trouble,
  };
}

const troubles: Readonly<
  Record<Extract<CloudClass, 'quota' | 'account' | 'config' | 'key'>, string>
> = {
  quota: 'the quota is used up',
  account: 'the account cannot send',
  config: 'the signature is not approved',
  key: 'the key or its signature is refused',
};

/** A template has no place for a mark but its reference. */
const marked = ([name, value]: readonly [string, string]): readonly [string, string] => [
  name,
  name === 'id' ? `${value}${againMark}` : value,
];

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
