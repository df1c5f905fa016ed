import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import {
  type Algorithm,
  algorithms,
  digestParameters,
  digestResponse,
  quoted,
  secretHash,
} from './digest.ts';
import { createNonces } from './nonces.ts';

/** What a device that pushes must know. */
export interface Login {
  readonly username: string;
  readonly password: string;
  /** False: Basic, which says the password readably, is refused. */
  readonly basic: boolean;
}

/** What was asked, as far as a log-in depends on it. */
export interface Asked {
  readonly method: string;
  /** The request target as sent. */
  readonly url: string;
  readonly authorization: string | undefined;
  /** Where it comes from. */
  readonly address: string;
}

export type Verdict =
  | { readonly kind: 'ok' }
  /** Not yet, or not this way: 401 with these challenges. `wrong`: somebody guessed. */
  | { readonly kind: 'challenge'; readonly wrong: boolean; readonly challenges: readonly string[] }
  /** Too many wrong ones: 429. */
  | { readonly kind: 'wait'; readonly retryAfterS: number };

export interface LoginCheck {
  /** A device that has no log-in is let in. */
  check(device: string, asked: Asked): Verdict;
}

export const realm = 'gatehouse';
/** Wrong log-ins of one address at one device in a minute; then it has to wait. */
export const maxFailuresPerMinute = 5;
/** Pairs of address and device whose failures are counted; the oldest are forgotten first. */
const maxCounted = 10_000;
const windowMs = 60_000;

interface Secrets {
  readonly username: string;
  readonly basic: Buffer | null;
  readonly digest: Readonly<Record<Algorithm, string>>;
}

/** Checks Basic and Digest (RFC 7617, RFC 7616) of pushing devices. Passwords themselves are not kept. */
export function createLoginCheck(
  logins: ReadonlyMap<string, Login>,
  clock: Pick<Clock, 'monoMs'>,
): LoginCheck {
  const secrets = new Map([...logins].map(([device, login]) => [device, secretsOf(login)]));
  const nonces = createNonces(clock);
  const failures = new Map<string, { n: number; sinceMs: number }>();

  const failureOf = (key: string) => {
    const counted = failures.get(key);
    if (!counted || clock.monoMs() - counted.sinceMs <= windowMs) return counted;
    failures.delete(key);
    return undefined;
  };

  const noteFailure = (key: string) => {
    const counted = failureOf(key);
    if (counted) {
      counted.n += 1;
      return;
    }
    const oldest = failures.size >= maxCounted ? failures.keys().next().value : undefined;
    if (oldest !== undefined) failures.delete(oldest);
    failures.set(key, { n: 1, sinceMs: clock.monoMs() });
  };

  const challenge = (of: Secrets, { stale = false, wrong = false } = {}): Verdict => {
    const nonce = nonces.make();
    const said = stale ? ', stale=true' : '';
    const digests = algorithms.map(
      (algorithm) =>
        `Digest realm=${quoted(realm)}, qop="auth", algorithm=${algorithm}, nonce=${quoted(nonce)}${said}`,
    );
    const basic = of.basic ? [`Basic realm=${quoted(realm)}, charset="UTF-8"`] : [];
    return { kind: 'challenge', wrong, challenges: [...digests, ...basic] };
  };

  const digestVerdict = (of: Secrets, asked: Asked): 'ok' | 'wrong' | 'stale' => {
    const said = digestParameters(asked.authorization ?? '');
    const algorithm = algorithms.find((one) => one === (said?.algorithm ?? 'MD5').toUpperCase());
    if (!said || !algorithm || said.nonce === undefined || said.response === undefined)
      return 'wrong';
    const plain = said.qop === undefined;
    const nc = plain ? null : countOf(said.nc);
    if (!plain && (said.qop !== 'auth' || nc === null || !said.cnonce)) return 'wrong';
    if (said.uri === undefined || !sameTarget(said.uri, asked.url)) return 'wrong';
    // Of a nonce that is not ours nothing need be computed; one that is too old is worth a friendly answer.
    if (nonces.look(said.nonce) === 'foreign') return 'stale';
    const expected = digestResponse(of.digest[algorithm], {
      algorithm,
      nonce: said.nonce,
      method: asked.method,
      uri: said.uri,
      ...(plain ? {} : { counted: { nc: said.nc ?? '', cnonce: said.cnonce ?? '' } }),
    });
    const known =
      same(said.realm ?? '', realm) &&
      same(said.username ?? '', of.username) &&
      same(said.response.toLowerCase(), expected);
    if (!known) return 'wrong';
    return nonces.use(said.nonce, nc) === 'good' ? 'ok' : 'stale';
  };

  return {
    check(device, asked) {
      const of = secrets.get(device);
      if (!of) return { kind: 'ok' };
      if (asked.authorization === undefined) return challenge(of);
      const key = `${asked.address}\0${device}`;
      const counted = failureOf(key);
      if (counted && counted.n >= maxFailuresPerMinute) {
        const retryAfterS = Math.ceil((counted.sinceMs + windowMs - clock.monoMs()) / 1000);
        return { kind: 'wait', retryAfterS: Math.max(1, retryAfterS) };
      }
      const basic = /^\s*Basic\s+(\S+)\s*$/i.exec(asked.authorization)?.[1];
      if (basic !== undefined && of.basic && same(Buffer.from(basic, 'base64'), of.basic)) {
        failures.delete(key);
        return { kind: 'ok' };
      }
      const verdict = basic === undefined ? digestVerdict(of, asked) : 'wrong';
      if (verdict === 'ok') {
        failures.delete(key);
        return { kind: 'ok' };
      }
      if (verdict === 'wrong') noteFailure(key);
      return challenge(of, { stale: verdict === 'stale', wrong: verdict === 'wrong' });
    },
  };
}

function secretsOf({ username, password, basic }: Login): Secrets {
  return {
    username,
    basic: basic ? Buffer.from(sha256(Buffer.from(`${username}:${password}`, 'utf8'))) : null,
    digest: {
      'SHA-256': secretHash('SHA-256', username, realm, password),
      MD5: secretHash('MD5', username, realm, password),
    },
  };
}

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** Compares in a time that does not depend on where they differ. */
function same(said: string | Uint8Array, expected: string | Buffer): boolean {
  if (typeof expected === 'string') {
    return timingSafeEqual(sha256(Buffer.from(said as string)), sha256(Buffer.from(expected)));
  }
  return timingSafeEqual(sha256(said as Uint8Array), expected);
}

/** Eight hexadecimal digits, from 1 on. */
const countOf = (nc: string | undefined): number | null => {
  const count = /^[\da-f]{8}$/i.test(nc ?? '') ? Number.parseInt(nc ?? '', 16) : 0;
  return count > 0 ? count : null;
};

/** Some cameras say the whole URL where others say the path. */
const sameTarget = (uri: string, url: string): boolean =>
  uri === url || uri.replace(/^https?:\/\/[^/]+/i, '') === url;
