import {
  type Algorithm,
  algorithms,
  digestParameters,
  digestResponse,
  quoted,
  secretHash,
} from './digest.ts';

/** What a device wants before it answers; the strongest that we speak. */
export type Challenge =
  | { readonly kind: 'basic' }
  | {
      readonly kind: 'digest';
      readonly algorithm: Algorithm;
      readonly realm: string;
      readonly nonce: string;
      readonly opaque: string | undefined;
      /** False: a device of RFC 2069, which counts nothing. */
      readonly counted: boolean;
      readonly stale: boolean;
    };

/** The challenge to answer, of all `WWW-Authenticate` headers; null where none of them is one that we know. */
export function challengeOf(headers: readonly string[]): Challenge | null {
  // Several challenges may share a header.
  const each = headers.flatMap((header) => header.split(/,\s*(?=(?:Digest|Basic)\s)/i));
  const digests = each.flatMap((one) => {
    const said = digestParameters(one);
    const algorithm = algorithms.find(
      (known) => known === (said?.algorithm ?? 'MD5').toUpperCase(),
    );
    const qop = said?.qop?.split(/\s*,\s*/);
    if (!said?.nonce || !algorithm || (qop && !qop.includes('auth'))) return [];
    const { realm = '', nonce, opaque, stale = '' } = said;
    const counted = qop !== undefined;
    return [
      {
        kind: 'digest',
        algorithm,
        realm,
        nonce,
        opaque,
        counted,
        stale: /^true$/i.test(stale),
      } as const,
    ];
  });
  const strongest = algorithms
    .map((algorithm) => digests.find((one) => one.algorithm === algorithm))
    .find((one) => one !== undefined);
  if (strongest) return strongest;
  return each.some((one) => /^\s*Basic\b/i.test(one)) ? { kind: 'basic' } : null;
}

/** The `Authorization` of one request. */
export function authorizationFor(
  challenge: Challenge,
  user: { readonly username: string; readonly password: string },
  request: {
    readonly method: string;
    readonly uri: string;
    readonly nc: number;
    readonly cnonce: string;
  },
): string {
  const { username, password } = user;
  if (challenge.kind === 'basic') {
    return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
  }
  const { algorithm, realm, nonce, opaque, counted } = challenge;
  const { method, uri, cnonce } = request;
  const nc = request.nc.toString(16).padStart(8, '0');
  const response = digestResponse(secretHash(algorithm, username, realm, password), {
    algorithm,
    nonce,
    method,
    uri,
    ...(counted ? { counted: { nc, cnonce } } : {}),
  });
  const parts = [
    `username=${quoted(username)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `algorithm=${algorithm}`,
    ...(counted ? ['qop=auth', `nc=${nc}`, `cnonce=${quoted(cnonce)}`] : []),
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
    `response=${quoted(response)}`,
  ];
  return `Digest ${parts.join(', ')}`;
}
