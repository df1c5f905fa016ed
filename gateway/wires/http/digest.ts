import { createHash } from 'node:crypto';

/** The algorithms spoken: SHA-256 where the other side can, MD5 for cameras built before RFC 7616. */
export const algorithms = ['SHA-256', 'MD5'] as const;
export type Algorithm = (typeof algorithms)[number];

/** What goes into a Digest response besides the secret, RFC 7616 section 3.4. */
export interface DigestParts {
  readonly algorithm: Algorithm;
  readonly nonce: string;
  readonly method: string;
  /** The request target, as it stands in the request line. */
  readonly uri: string;
  /** Absent: the other side speaks RFC 2069, without a count and without its own nonce. */
  readonly counted?: { readonly nc: string; readonly cnonce: string };
}

const hash = (algorithm: Algorithm, text: string): string =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text, 'utf8')
    .digest('hex');

/** H(A1): stands for the password in every response, and is all that need be kept of it. RFC 7616, 3.4.2. */
export const secretHash = (
  algorithm: Algorithm,
  username: string,
  realm: string,
  password: string,
): string => hash(algorithm, `${username}:${realm}:${password}`);

/** The response, in hexadecimal: RFC 7616, 3.4.1 with `qop=auth`, or RFC 2069 without. */
export function digestResponse(
  secret: string,
  { algorithm, nonce, method, uri, counted }: DigestParts,
): string {
  const request = hash(algorithm, `${method}:${uri}`);
  const between = counted ? `${nonce}:${counted.nc}:${counted.cnonce}:auth` : nonce;
  return hash(algorithm, `${secret}:${between}:${request}`);
}

/** Most parameters in one header, and the longest header that is looked at: a Digest has a dozen in 500 characters. */
const maxParameters = 24;
const maxHeaderLength = 2048;

/** The parameters of `Digest name=value, name="value"`, names in lower case; null where it is none. */
export function digestParameters(header: string): Readonly<Record<string, string>> | null {
  const scheme = /^\s*Digest\s+/i.exec(header);
  if (!scheme || header.length > maxHeaderLength) return null;
  const found: Record<string, string> = Object.create(null);
  const parameter = /\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)/y;
  parameter.lastIndex = scheme[0].length;
  for (let n = 0; parameter.lastIndex < header.length; n += 1) {
    const match = parameter.exec(header);
    // A name said twice is a trick or a fault: neither is let in.
    const name = match?.[1]?.toLowerCase();
    if (!match || name === undefined || name in found || n >= maxParameters) return null;
    found[name] = match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '';
  }
  return found;
}

/** One quoted value of a header. */
export const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
