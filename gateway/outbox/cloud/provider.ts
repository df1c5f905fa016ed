import type { TemplateValues } from '../../desk/messages.ts';
import type { SignedCall } from './aliyun.ts';
import type { CloudClass } from './error-class.ts';

/** A message as a provider is told it. */
export interface CloudMessage {
  /** E.164: +8613800138000. */
  readonly number: string;
  readonly template: string;
  readonly values: TemplateValues;
  /** Our own id of it. */
  readonly id: string;
  readonly nowMs: number;
  /** Never used before. */
  readonly nonce: string;
}

/** What a provider says to a message. */
export type CloudAnswer =
  | { readonly accepted: true; readonly reference: string }
  | { readonly accepted: false; readonly code: string; readonly class: CloudClass };

/** How one provider is called, and understood. Secrets stay inside. */
export interface CloudProvider {
  call(message: CloudMessage): SignedCall;
  /** Null: this is no answer of the provider. */
  read(body: unknown): CloudAnswer | null;
}

/** What is set up for a provider. */
export interface CloudAccount {
  readonly keyId: string;
  readonly secret: string;
  readonly signName: string;
  readonly appId?: string | undefined;
  readonly sender?: string | undefined;
  readonly region: string;
  readonly url?: string | undefined;
}

/** A member of an answer, if it is a text. */
export const textOf = (of: unknown, name: string): string | undefined => {
  const value =
    typeof of === 'object' && of !== null ? (of as Record<string, unknown>)[name] : null;
  return typeof value === 'string' ? value : undefined;
};

/** RFC 3339 in UTC, to the second. */
export const utcText = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19)}Z`;

/** The signed call at another place: a provider in a test, or in the provider's other region. */
export function movedTo(call: SignedCall, url: string | undefined): SignedCall {
  if (url === undefined) return call;
  const { pathname, search } = new URL(call.url);
  return { ...call, url: `${url.replace(/\/$/, '')}${pathname}${search}` };
}
