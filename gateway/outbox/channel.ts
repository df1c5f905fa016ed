import type { Channel } from '../desk/contract.ts';
import type { TemplateValues } from '../desk/messages.ts';

/** What came of one try. */
export type SendResult =
  /** The other side has it for good. */
  | { readonly outcome: 'done' }
  /** It left; a confirmation with this reference will follow, or not. */
  | { readonly outcome: 'sent'; readonly reference: string }
  /** It did not leave; try again after the back-off. */
  | { readonly outcome: 'retry'; readonly reason: string }
  /** The channel is down; this was no try at all. */
  | { readonly outcome: 'down'; readonly reason: string }
  /** Nobody knows whether it left. */
  | { readonly outcome: 'unknown'; readonly reason: string }
  /** It will never go. */
  | { readonly outcome: 'refused'; readonly reason: string };

/** One message to send. */
export interface Parcel {
  readonly id: number;
  readonly to: string;
  readonly text: string;
  /** 0 critical to 3 info. */
  readonly priority: number;
  readonly expiresAtMs: number;
  /** Which text it is, for those who know it as a template. */
  readonly messageId: string;
  /** True: an earlier try may have arrived. */
  readonly again: boolean;
  readonly params?: TemplateValues;
}

/** What the other side said later about a message with this reference. */
export interface Receipt {
  readonly reference: string;
  readonly outcome: 'delivered' | 'failed' | 'stopped';
  readonly reason?: string;
}

/** A way out of the box. It forgets what it sends; what must be remembered is in the outbox. */
export interface OutboxChannel {
  readonly name: Channel;
  /** Messages under way at a time. */
  readonly window: number;
  /** True: the same message may be sent again without harm, and the first is not marked. */
  readonly idempotent: boolean;
  /** How long after `sent` a confirmation may take, ms, before it is sent again (idempotent) or given up as unknown. */
  readonly confirmMs: number;
  ready(): boolean;
  send(parcel: Parcel): Promise<SendResult>;
  onReceipt(listener: (receipt: Receipt) => void): void;
  /** Called when the channel can send again: what waits goes at once, not at the next look. */
  onReady(listener: () => void): void;
  stop(): Promise<void>;
}
