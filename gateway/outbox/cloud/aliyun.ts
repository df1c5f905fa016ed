import { createHash, createHmac } from 'node:crypto';

/** A signed call, ready for `fetch`. */
export interface SignedCall {
  readonly url: string;
  readonly method: 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** RFC 3986: more is encoded than `encodeURIComponent` does. */
export const rfc3986 = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );

export interface AliyunRequest {
  readonly keyId: string;
  readonly secret: string;
  readonly host: string;
  readonly action: string;
  readonly version: string;
  /** `2026-05-01T18:03:05Z`; refused beyond 15 minutes off. */
  readonly date: string;
  readonly nonce: string;
  readonly query: Readonly<Record<string, string>>;
}

/** ACS3-HMAC-SHA256 of Alibaba Cloud, version 3 of its signatures; parameters in the query, empty body. */
export function signAliyun(request: AliyunRequest): SignedCall & {
  readonly canonicalHash: string;
  readonly signature: string;
} {
  const { host, action, version, date, nonce, keyId, secret } = request;
  const query = Object.entries(request.query)
    .map(([name, value]) => `${rfc3986(name)}=${rfc3986(value)}`)
    .sort()
    .join('&');
  const headers: Record<string, string> = {
    host,
    'x-acs-action': action,
    'x-acs-content-sha256': sha256(''),
    'x-acs-date': date,
    'x-acs-signature-nonce': nonce,
    'x-acs-version': version,
  };
  const names = Object.keys(headers).sort();
  const signed = names.join(';');
  const canonical = [
    'POST',
    '/',
    query,
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    signed,
    sha256(''),
  ].join('\n');
  const canonicalHash = sha256(canonical);
  const signature = createHmac('sha256', secret)
    .update(`ACS3-HMAC-SHA256\n${canonicalHash}`)
    .digest('hex');
  return {
    url: `https://${host}/?${query}`,
    method: 'POST',
    headers: {
      ...headers,
      Authorization: `ACS3-HMAC-SHA256 Credential=${keyId},SignedHeaders=${signed},Signature=${signature}`,
    },
    body: '',
    canonicalHash,
    signature,
  };
}
