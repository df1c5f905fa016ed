import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Sqlite } from '../store/sqlite.ts';
import type { Role } from './roles.ts';

/** Shared terminals forget after a quarter of an hour without a person (PR-32). */
export const idleMs = 15 * 60_000;
/** No session outlives a shift, the one on the duty member's own phone neither. */
export const longestMs = 12 * 3_600_000;
/** Sessions of one account at once; the oldest ends. */
export const mostSessions = 5;
/** Once in so long is enough: the card need not know every click. */
const touchMs = 30_000;
/** The clock may go back by this; a session from further ahead is none. */
const skewMs = 60_000;

/** Who is logged in. */
export interface Account {
  readonly name: string;
  readonly role: Role;
  /** True: logs in with a second factor. */
  readonly factor: boolean;
}

/** Sessions by token; the database has only the hashes of tokens. */
export interface Sessions {
  /** A new token; with `remember` it needs no person at work to stay alive. */
  issue(account: string, remember: boolean): Promise<string>;
  /** The account behind a token, unless it was idle or alive too long. Only a `person` at work keeps it alive, not a page that asks by itself. */
  find(token: string, person: boolean): Promise<Account | undefined>;
  end(token: string): Promise<void>;
  /** Ends all of an account, but for one token if given. */
  endAll(account: string, but?: string): Promise<void>;
}

interface Row {
  readonly name: string;
  readonly role: Role;
  readonly factor: number;
  readonly used_ms: number;
  readonly idle_ms: number;
  readonly until_ms: number;
}

/** `demo`: accounts of the demonstration count too. */
export function createSessions(db: Sqlite, clock: Clock, demo: boolean): Sessions {
  return {
    async issue(account, remember) {
      const token = randomBytes(32).toString('base64url');
      const nowMs = clock.nowMs();
      await db.transaction(async (tx) => {
        await tx.run('DELETE FROM session WHERE used_ms + idle_ms < ? OR until_ms < ?', [
          nowMs,
          nowMs,
        ]);
        await tx.run(
          'INSERT INTO session (token, account, used_ms, idle_ms, until_ms) VALUES (?, ?, ?, ?, ?)',
          [digest(token), account, nowMs, remember ? longestMs : idleMs, nowMs + longestMs],
        );
        await tx.run(
          `DELETE FROM session WHERE account = ? AND token NOT IN
             (SELECT token FROM session WHERE account = ? ORDER BY until_ms DESC, rowid DESC LIMIT ?)`,
          [account, account, mostSessions],
        );
      });
      return token;
    },
    async find(token, person) {
      const row = await db.get<Row>(
        `SELECT name, role, factor IS NOT NULL AS factor, used_ms, idle_ms, until_ms
         FROM session JOIN account ON account.name = session.account
         WHERE token = ? AND disabled = 0 AND demo <= ?`,
        [digest(token), Number(demo)],
      );
      const nowMs = clock.nowMs();
      if (!row || nowMs - row.used_ms > row.idle_ms || nowMs > row.until_ms) return undefined;
      if (row.used_ms > nowMs + skewMs) return undefined;
      if (person && nowMs - row.used_ms > touchMs)
        await db.run('UPDATE session SET used_ms = ? WHERE token = ?', [nowMs, digest(token)]);
      return { name: row.name, role: row.role, factor: row.factor === 1 };
    },
    async end(token) {
      await db.run('DELETE FROM session WHERE token = ?', [digest(token)]);
    },
    async endAll(account, but) {
      await db.run('DELETE FROM session WHERE account = ? AND token <> ?', [
        account,
        but === undefined ? '' : digest(but),
      ]);
    },
  };
}

const digest = (token: string): string => createHash('sha256').update(token).digest('base64url');
