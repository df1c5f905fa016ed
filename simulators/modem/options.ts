/** What the modem does wrong. Each stays until `fail(null)`, or for `times` commands. */
export type Misbehaviour =
  /** Answers nothing at all, as modems do after weeks. */
  | { readonly kind: 'silent'; readonly times?: number }
  /** Answers AT+CMGS with this error after the text. */
  | { readonly kind: 'cms-error'; readonly code: number; readonly times?: number }
  /** Gives no prompt after AT+CMGS. */
  | { readonly kind: 'no-prompt'; readonly times?: number }
  /** Takes the text, sends it, and never answers: nobody knows whether it left. */
  | { readonly kind: 'no-answer'; readonly times?: number }
  /** Sends half lines and noise before each answer. */
  | { readonly kind: 'noise'; readonly times?: number };

/** A message that left the modem: its parts put together. */
export interface SentSms {
  readonly to: string;
  readonly text: string;
  readonly atMs: number;
  /** When the first byte of its (last) part came over the line, monotonic ms of `performance.now`. */
  readonly begunMs: number;
  readonly parts: number;
  readonly validityMin?: number;
}

export interface ModemOptions {
  /** Time on status reports and replies, ms UTC. */
  readonly nowMs?: () => number;
  /** Status that follows each message; null sends none. Delivered by default. */
  readonly report?: number | null;
  /** AT+CSQ, 0 to 31. */
  readonly signal?: number;
  /** AT+CREG?: 1 home. */
  readonly registration?: number;
  /** Digits of the PIN that the SIM wants. */
  readonly pin?: string;
  /** AT+CSCA?: number of the service centre; empty when it was never set. */
  readonly centre?: string;
  /** Without a SIM AT+CPIN? fails with 10. */
  readonly sim?: boolean;
  /** Cut answers into single bytes, as a slow line does. */
  readonly slowLine?: boolean;
  /** Announce something unasked between +CMGS and OK. */
  readonly chatter?: boolean;
  readonly onSent?: (sms: SentSms) => void;
}
