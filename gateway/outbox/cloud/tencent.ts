import { createHash, createHmac } from 'node:crypto';
import type { SignedCall } from './aliyun.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

export interface TencentRequest {
  readonly secretId: string;
  readonly secret: string;
  readonly host: string;
  readonly service: string;
  readonly action: string;
  readonly version: string;
  readonly region: string;
  /** Seconds; refused when the clock is minutes off. */
  readonly timestampS: number;
  readonly contentType: string;
  /** Hashed and sent exactly so. */
  readonly body: string;
}

/** TC3-HMAC-SHA256 of Tencent Cloud over content-type, host and x-tc-action. */
export function signTencent(request: TencentRequest): SignedCall & {
  readonly canonicalHash: string;
  readonly signature: string;
} {
  const { host, service, action, timestampS, contentType, body, secret } = request;
  const signed = 'content-type;host;x-tc-action';
  const canonical = [
    'POST',
    '/',
    '',
    `content-type:${contentType}`,
    `host:${host}`,
    `x-tc-action:${action.toLowerCase()}`,
    '',
    signed,
    sha256(body),
  ].join('\n');
  const canonicalHash = sha256(canonical);
  const signature = tencentSignature({ secret, service, timestampS, canonicalHash });
  const date = dateOf(timestampS);
  return {
    url: `https://${host}/`,
    method: 'POST',
    headers: {
      'content-type': contentType,
      host,
      'x-tc-action': action,
      'x-tc-version': request.version,
      'x-tc-region': request.region,
      'x-tc-timestamp': String(timestampS),
      Authorization: `TC3-HMAC-SHA256 Credential=${request.secretId}/${date}/${service}/tc3_request, SignedHeaders=${signed}, Signature=${signature}`,
    },
    body,
    canonicalHash,
    signature,
  };
}

/** From the hash of the canonical request to the signature; the key is derived by date and service. */
function tencentSignature(of: {
  readonly secret: string;
  readonly service: string;
  readonly timestampS: number;
  readonly canonicalHash: string;
}): string {
  const date = dateOf(of.timestampS);
  const scope = `${date}/${of.service}/tc3_request`;
  const text = `TC3-HMAC-SHA256\n${of.timestampS}\n${scope}\n${of.canonicalHash}`;
  const key = hmac(hmac(hmac(`TC3${of.secret}`, date), of.service), 'tc3_request');
  return hmac(key, text).toString('hex');
}

const dateOf = (timestampS: number): string =>
  new Date(timestampS * 1000).toISOString().slice(0, 10);
