import type { Clock } from '../clock.ts';
import type { Sqlite } from '../store/sqlite.ts';
import type { Attempts } from './attempts.ts';
import { codeDigest } from './one-time-code.ts';
import { matches, TooBusy } from './passwords.ts';
import type { Role } from './roles.ts';
import type { SecondFactor } from './second-factor.ts';
import type { Sessions } from './sessions.ts';
import type { Trail } from './trail.ts';

/** Why nobody is logged in: `choose` a password of one's own, give the `code` of the second factor. */
export type LoginRefusal = 'wrong' | 'locked' | 'busy' | 'choose' | 'code';

export interface LoginTry {
  readonly name: string;
  readonly password: string;
  readonly remember: boolean;
  /** Of the app, or a recovery code. */
  readonly code?: string | undefined;
  /** Where it comes from. */
  readonly address: string;
}

export interface LoginParts {
  readonly db: Sqlite;
  readonly clock: Clock;
  readonly attempts: Attempts;
  readonly sessions: Sessions;
  readonly factor: SecondFactor;
  readonly trail: Trail;
  readonly demo: boolean;
  /** Called once for each lock. */
  readonly onLock: () => void;
}

interface Row {
  readonly name: string;
  readonly role: Role;
  readonly password: string;
  readonly code: string | null;
  readonly code_until_ms: number | null;
  readonly enrolled: number;
}

/** Every way in goes through here: counted first, then computed, then written down. */
export function createLogin(parts: LoginParts) {
  const { db, clock, attempts, sessions, factor, trail } = parts;

  const find = (name: string) =>
    db.get<Row>(
      `SELECT name, role, password, code, code_until_ms, factor IS NOT NULL AS enrolled FROM account
       WHERE name = ? AND disabled = 0 AND demo <= ?`,
      [name, Number(parts.demo)],
    );

  /** Runs `work` as one counted try; what it throws is forgiven, what it refuses counts. */
  async function counted(
    name: string,
    address: string,
    work: (row: Row | undefined) => Promise<LoginRefusal | null>,
  ): Promise<{ readonly refused: LoginRefusal } | { readonly row: Row }> {
    const row = await find(name);
    const taken = attempts.take(name, row !== undefined, address);
    if ('refused' in taken) {
      trail.refused(row?.name, `locked by ${taken.refused}`);
      if (taken.first) parts.onLock();
      return { refused: 'locked' };
    }
    let why: LoginRefusal | null;
    try {
      why = await work(row);
    } catch (cause) {
      taken.attempt.forgiven();
      if (!(cause instanceof TooBusy)) throw cause;
      trail.refused(row?.name, 'busy');
      return { refused: 'busy' };
    }
    if (why === null && row) {
      taken.attempt.succeeded();
      return { row };
    }
    if (why === 'choose' || why === 'code') taken.attempt.forgiven();
    else trail.refused(row?.name, why ?? 'wrong');
    return { refused: why ?? 'wrong' };
  }

  return {
    async login({ name, password, remember, code, address }: LoginTry) {
      const result = await counted(name, address, async (row) => {
        const right = await matches(row?.password, password);
        if (row && row.password === '' && isCode(row, password)) return 'choose';
        if (!row || !right) return 'wrong';
        if (row.enrolled === 0) return null;
        if (code === undefined) return 'code';
        return (await factor.check(row.name, code)) ? null : 'wrong';
      });
      if ('refused' in result) return result;
      const token = await sessions.issue(name, remember);
      await db.run('UPDATE account SET seen_ms = ? WHERE name = ?', [clock.nowMs(), name]);
      await trail.note(result.row, 'login', remember ? 'session of a shift' : 'session');
      return { token };
    },
    /** The password of somebody who is logged in already, asked for again. */
    async again(name: string, password: string, address: string): Promise<LoginRefusal | null> {
      const result = await counted(name, address, async (row) =>
        (await matches(row?.password, password)) ? null : 'wrong',
      );
      return 'refused' in result ? result.refused : null;
    },
    /** A code of the second factor outside the log-in, counted like a password. */
    async codeAgain(
      name: string,
      address: string,
      check: () => Promise<boolean>,
    ): Promise<LoginRefusal | null> {
      const result = await counted(name, address, async () => ((await check()) ? null : 'wrong'));
      return 'refused' in result ? result.refused : null;
    },
    /** Whose one-time code this is. */
    withCode: (name: string, code: string, address: string) =>
      counted(name, address, async (row) => (row && isCode(row, code) ? null : 'wrong')),
  };

  function isCode(row: Row, code: string): boolean {
    return row.code === codeDigest(code) && (row.code_until_ms ?? 0) > clock.nowMs();
  }
}
export type Login = ReturnType<typeof createLogin>;
