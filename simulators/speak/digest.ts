import { createHash } from 'node:crypto';

/** What a device logs in with. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Answers a challenge as cameras do (RFC 7616, qop `auth`); null where it is none of Digest. */
export function digestAnswer(
  challenge: string | undefined,
  { username, password }: Credentials,
  request: { readonly method: string; readonly uri: string },
  /** Counts the answers to one nonce, from 1. */
  count: number,
): string | null {
  // The first of several: the box names the strongest first.
  const [first] = challenge?.split(/,\s*(?=Digest\s)/i) ?? [];
  if (first === undefined || !/^Digest /i.test(first)) return null;
  const said = new Map(
    [...first.matchAll(/(\w+)=(?:"([^"]*)"|([\w-]+))/g)].map(([, name = '', quoted, bare]) => [
      name.toLowerCase(),
      quoted ?? bare ?? '',
    ]),
  );
  const { realm = '', nonce = '', opaque, algorithm = 'MD5' } = Object.fromEntries(said);
  const hash = (text: string) =>
    createHash(/SHA-256/i.test(algorithm) ? 'sha256' : 'md5')
      .update(text)
      .digest('hex');
  const nc = count.toString(16).padStart(8, '0');
  const cnonce = hash(`${nonce}${count}`).slice(0, 16);
  const ha1 = hash(`${username}:${realm}:${password}`);
  const ha2 = hash(`${request.method}:${request.uri}`);
  const response = hash(`${ha1}:${nonce}:${nc}:${cnonce}:auth:${ha2}`);
  const fields = [
    `username="${username}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${request.uri}"`,
    `algorithm=${algorithm}`,
    'qop=auth',
    `nc=${nc}`,
    `cnonce="${cnonce}"`,
    `response="${response}"`,
    ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
  ];
  return `Digest ${fields.join(', ')}`;
}
