import type { OutboxChannel, Parcel, Receipt, SendResult } from './channel.ts';
import { connectionFailure } from './connection-failure.ts';
import {
  type CaseResult,
  caseResults,
  confirmedIds,
  idOf,
  maxWordBytes,
} from './upstream-words.ts';

export interface HttpsUpstreamParts {
  /** https://…; http:// on the bench only. */
  readonly url: string;
  readonly username?: string;
  /** With a user name for Basic, without one a bearer token. */
  readonly password?: string;
  /** Until a missing confirmation makes a row go again, ms. */
  readonly confirmMs?: number;
  readonly onCases: (results: readonly CaseResult[]) => void;
}

const timeoutMs = 15_000;
/** After a refused log-in nothing is asked so long, ms. */
const restMs = 5 * 60_000;

/**
 * Alerts to the platform as POSTs of JSON. Not the status confirms a record but the id in the answer; an answer may also
 * bring results of cases. The id goes along as Idempotency-Key: sent again it is the same record.
 */
export function startHttpsUpstream(parts: HttpsUpstreamParts): OutboxChannel {
  const { url, username, password } = parts;
  let receipts: (receipt: Receipt) => void = () => {};
  let restUntilMs = Number.NEGATIVE_INFINITY;
  const authorization =
    password === undefined
      ? undefined
      : username === undefined
        ? `Bearer ${password}`
        : `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

  async function send({ text }: Parcel): Promise<SendResult> {
    const id = idOf(text);
    let answer: string;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'idempotency-key': id,
          ...(authorization === undefined ? {} : { authorization }),
        },
        body: text,
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
      });
      answer = (await response.text()).slice(0, maxWordBytes);
      if (response.status === 401 || response.status === 403) {
        restUntilMs = performance.now() + restMs;
        return { outcome: 'down', reason: `HTTP ${response.status}` };
      }
      if (response.status >= 500 || response.status === 429 || response.status === 408)
        return { outcome: 'retry', reason: `HTTP ${response.status}` };
      if (!response.ok) return { outcome: 'refused', reason: `HTTP ${response.status}` };
    } catch (error) {
      return connectionFailure(error);
    }
    parts.onCases(caseResults(answer));
    // The row is noted as sent first; a confirmation that overtakes that is kept by the outbox.
    for (const known of confirmedIds(answer)) {
      setImmediate(() => receipts({ reference: known, outcome: 'delivered' }));
    }
    return { outcome: 'sent', reference: id };
  }

  return {
    name: 'upstream',
    window: 4,
    idempotent: true,
    confirmMs: parts.confirmMs ?? 60_000,
    ready: () => performance.now() >= restUntilMs,
    send,
    onReceipt: (listener) => {
      receipts = listener;
    },
    onReady: () => {}, // the outbox looks every second
    stop: async () => {},
  };
}
