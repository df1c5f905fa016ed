import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import type { OutboxChannel, Parcel, Receipt, SendResult } from '../channel.ts';
import { cmsClass, stopsChannel } from './cms-error.ts';
import { ModemError } from './dialogue.ts';
import {
  type InboundSms,
  type Modem,
  type ModemOptions,
  type ModemState,
  startModemDriver,
} from './modem.ts';
import { encodeSms } from './pdu.ts';

export interface SmsChannelParts extends Omit<ModemOptions, 'onReport' | 'onState'> {
  readonly clock: Clock;
  readonly log: Log;
  /** The number of a person; undefined when there is none any more. */
  readonly numberOf: (person: string) => Promise<string | undefined>;
  /** Counts messages, 0 to 255, over restarts: phones join parts by it. */
  readonly nextReference: () => Promise<number>;
  readonly onInbound: (sms: InboundSms) => Promise<void>;
}

/** The modem as a way out, and what the console shows of it. */
export interface SmsChannel extends OutboxChannel {
  modem(): ModemState;
  /** Since when it has been down, ms; null while it works. */
  downSinceMs(): number | null;
}

/** After arrears, a barred SIM or a missing service centre the channel rests, ms: asking on would not help. */
const restMs = 60_000;
const criticalValidityMin = 60;
const validityMin = 24 * 60;

/** SMS over a modem. */
export function startSmsChannel(parts: SmsChannelParts): SmsChannel {
  const { clock, numberOf, nextReference } = parts;
  let receipts: (receipt: Receipt) => void = () => {};
  let readied: () => void = () => {};
  let downSinceMs: number | null = clock.nowMs();
  let restUntilMonoMs = Number.NEGATIVE_INFINITY;
  const modem: Modem = startModemDriver({
    ...parts,
    onReport: ({ reference, outcome, status }) => {
      if (outcome === 'trying') return;
      receipts({
        reference: String(reference),
        outcome: outcome === 'failed' || outcome === 'stopped' ? outcome : 'delivered',
        reason: `status ${status}`,
      });
    },
    onState: ({ state }) => {
      if (state === 'ready') {
        downSinceMs = null;
        readied();
      } else downSinceMs ??= clock.nowMs();
    },
  });

  async function send({ to, text, priority }: Parcel): Promise<SendResult> {
    const number = await numberOf(to);
    if (number === undefined) return { outcome: 'refused', reason: 'No number' };
    const pdus = encodeSms({
      to: number,
      text,
      reference: await nextReference(),
      validityMin: priority === 0 ? criticalValidityMin : validityMin,
      report: true,
    });
    try {
      const references = await modem.send(pdus);
      downSinceMs = null;
      return { outcome: 'sent', reference: String(references.at(-1) ?? 0) };
    } catch (error) {
      if (!(error instanceof ModemError)) throw error;
      if (error.kind === 'cms' && stopsChannel(cmsClass(error.code ?? 500))) {
        restUntilMonoMs = clock.monoMs() + restMs;
        downSinceMs ??= clock.nowMs();
        return { outcome: 'down', reason: `CMS ${error.code}` };
      }
      return failure(error);
    }
  }

  return {
    name: 'sms',
    window: 1,
    idempotent: false,
    // Validity and five minutes more: after that nobody will ever say.
    confirmMs: (validityMin + 5) * 60_000,
    ready: () => modem.state().state === 'ready' && clock.monoMs() >= restUntilMonoMs,
    send,
    onReceipt: (listener) => {
      receipts = listener;
    },
    onReady: (listener) => {
      readied = listener;
    },
    modem: modem.state,
    downSinceMs: () => downSinceMs,
    stop: modem.stop,
  };
}

function failure(error: ModemError): SendResult {
  const { kind, code, mayHaveLeft } = error;
  if (mayHaveLeft) return { outcome: 'unknown', reason: 'No answer from the modem' };
  if (kind === 'closed') return { outcome: 'down', reason: 'Modem is down' };
  if (kind !== 'cms' || code === undefined) return { outcome: 'retry', reason: error.message };
  const reason = `CMS ${code}`;
  switch (cmsClass(code)) {
    case 'recipient':
    case 'bug':
      return { outcome: 'refused', reason };
    default:
      return { outcome: 'retry', reason };
  }
}
