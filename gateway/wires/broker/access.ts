import { createHash, scrypt, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock.ts';

/** Somebody who may log in. One of the two is set. */
export interface User {
  readonly name: string;
  readonly password?: string | undefined;
  /** scrypt$N$r$p$salt$hash, salt and hash in base64. */
  readonly passwordHash?: string | undefined;
  /** Devices beside the one of its name whose messages come over its connection: a bridge, a recorder of many cameras. */
  readonly speaksFor?: readonly string[] | undefined;
}

export interface Access {
  /** True for the right password. Slow on purpose for a hash, off the event loop, a few at a time. */
  check(
    name: string,
    password: Uint8Array,
    address: string,
  ): Promise<'ok' | 'wrong' | 'unknown' | 'wait'>;
}

/** Password checks by scrypt that may run at once: each takes 16 MB. */
const atOnce = 4;
/** Log-ins that may wait for their check. */
const maxWaiting = 500;
/** Names and addresses whose failures are counted; the oldest are forgotten first. */
const maxCounted = 10_000;

export function createAccess(
  users: readonly User[],
  failuresPerMinute: number,
  clock: Clock,
): Access {
  const known = new Map(users.map((user) => [user.name, user]));
  const failures = new Map<string, { n: number; sinceMs: number }>();
  /** What was right once since the start need not be hashed again; only a digest is kept. */
  const proven = new Map<string, string>();
  const waiting: Array<() => void> = [];
  let running = 0;

  const verify = async (user: User, password: Uint8Array): Promise<boolean> => {
    if (user.password !== undefined)
      return same(digest(password), digest(Buffer.from(user.password)));
    if (user.passwordHash === undefined) return false;
    if (proven.get(user.name) === digest(password)) return true;
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      const right = await matches(user.passwordHash, password);
      if (right) proven.set(user.name, digest(password));
      return right;
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };

  return {
    async check(name, password, address) {
      const key = `${address}\0${name.slice(0, 64)}`;
      const nowMs = clock.monoMs();
      const counted = failures.get(key);
      if (counted && nowMs - counted.sinceMs > 60_000) failures.delete(key);
      else if (counted && counted.n >= failuresPerMinute) return 'wait';
      if (waiting.length >= maxWaiting) return 'wait';
      // Counted before it is checked: guesses that run side by side must not get round the limit.
      const oldest = failures.size >= maxCounted ? failures.keys().next().value : undefined;
      if (oldest !== undefined) failures.delete(oldest);
      const count = failures.get(key) ?? { n: 0, sinceMs: nowMs };
      count.n += 1;
      failures.set(key, count);
      const user = known.get(name);
      if (user && (await verify(user, password))) {
        failures.delete(key);
        return 'ok';
      }
      return user ? 'wrong' : 'unknown';
    },
  };
}

const digest = (password: Uint8Array): string =>
  createHash('sha256').update(password).digest('hex');
const same = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** Compares with `scrypt$N$r$p$salt$hash`. A hash that cannot be read matches nothing. */
async function matches(stored: string, password: Uint8Array): Promise<boolean> {
  const [scheme, n, r, p, salt, hash] = stored.split('$');
  if (scheme !== 'scrypt' || salt === undefined || hash === undefined) return false;
  const wanted = Buffer.from(hash, 'base64');
  const cost = { N: Number(n), r: Number(r), p: Number(p), maxmem: 128 * 1024 * 1024 };
  return new Promise((resolve) => {
    scrypt(password, Buffer.from(salt, 'base64'), wanted.length, cost, (error, made) => {
      resolve(!error && made.length === wanted.length && timingSafeEqual(made, wanted));
    });
  });
}
