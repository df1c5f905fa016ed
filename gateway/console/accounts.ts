import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Sqlite } from '../store/sqlite.ts';

/** Who may do what is decided by role; see roles.ts. */
export const roles = [
  'duty',
  'chair',
  'property',
  'grid',
  'installer',
  'maintainer',
  'auditor',
] as const;
export type Role = (typeof roles)[number];

export interface Account {
  readonly name: string;
  readonly role: Role;
}

/** Accounts with passwords, sessions with tokens. There is no default password. */
export interface Accounts {
  /** True while nobody can log in: the first account is made with the set-up code. */
  empty(): Promise<boolean>;
  create(name: string, role: Role, password: string): Promise<void>;
  /** A token for the right password; why not, otherwise. Five failures lock for 15 minutes. */
  login(
    name: string,
    password: string,
    remember: boolean,
  ): Promise<{ readonly token: string } | { readonly refused: 'wrong' | 'locked' }>;
  /** The account behind a token, unless it was idle too long; keeps it alive. */
  session(token: string): Promise<Account | undefined>;
  logout(token: string): Promise<void>;
}

/** Shared terminals forget after a quarter of an hour, the duty member's own phone after a shift. */
const idleMs = 15 * 60_000;
const rememberMs = 12 * 3_600_000;
const failuresToLock = 5;
const lockMs = 15 * 60_000;
const maxCounted = 1000;
const cost = { N: 16_384, r: 8, p: 1 } as const;

export function createAccounts(db: Sqlite, clock: Clock): Accounts {
  const failures = new Map<string, { n: number; untilMs: number }>();
  return {
    async empty() {
      return (await db.get('SELECT 1 FROM account LIMIT 1')) === undefined;
    },
    async create(name, role, password) {
      const hash = await hashPassword(password);
      await db.run('INSERT INTO account (name, role, password, created_ms) VALUES (?, ?, ?, ?)', [
        name,
        role,
        hash,
        clock.nowMs(),
      ]);
    },
    async login(name, password, remember) {
      const counted = failures.get(name);
      if (counted && counted.n >= failuresToLock && clock.monoMs() < counted.untilMs)
        return { refused: 'locked' };
      const row = await db.get<{ password: string }>(
        'SELECT password FROM account WHERE name = ?',
        [name],
      );
      // An unknown name takes as long as a wrong password: names cannot be tried out by the clock.
      const right = await matches(row?.password ?? (await nobody), password);
      if (!row || !right) {
        if (failures.size >= maxCounted) failures.clear();
        const expired = counted !== undefined && clock.monoMs() >= counted.untilMs;
        failures.set(name, {
          n: (expired ? 0 : (counted?.n ?? 0)) + 1,
          untilMs: clock.monoMs() + lockMs,
        });
        return { refused: 'wrong' };
      }
      failures.delete(name);
      const token = randomBytes(32).toString('base64url');
      await db.run('INSERT INTO session (token, account, used_ms, idle_ms) VALUES (?, ?, ?, ?)', [
        digest(token),
        name,
        clock.nowMs(),
        remember ? rememberMs : idleMs,
      ]);
      await db.run('DELETE FROM session WHERE used_ms + idle_ms < ?', [clock.nowMs()]);
      return { token };
    },
    async session(token) {
      const row = await db.get<Account & { used_ms: number; idle_ms: number }>(
        'SELECT name, role, used_ms, idle_ms FROM session JOIN account ON account.name = session.account WHERE token = ?',
        [digest(token)],
      );
      const nowMs = clock.nowMs();
      if (!row || nowMs - row.used_ms > row.idle_ms) return undefined;
      // Once a minute is enough: the card need not know every click.
      if (nowMs - row.used_ms > 60_000)
        await db.run('UPDATE session SET used_ms = ? WHERE token = ?', [nowMs, digest(token)]);
      return { name: row.name, role: row.role };
    },
    async logout(token) {
      await db.run('DELETE FROM session WHERE token = ?', [digest(token)]);
    },
  };
}

const digest = (token: string): string => createHash('sha256').update(token).digest('base64url');

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, cost, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt);
  return `scrypt$${cost.N}$${cost.r}$${cost.p}$${salt.toString('base64')}$${key.toString('base64')}`;
}

const nobody = hashPassword(randomBytes(16).toString('hex'));

async function matches(stored: string, password: string): Promise<boolean> {
  const [, , , , salt = '', key = ''] = stored.split('$');
  const wanted = Buffer.from(key, 'base64');
  const made = await derive(password, Buffer.from(salt, 'base64'));
  return wanted.length === made.length && timingSafeEqual(wanted, made);
}
