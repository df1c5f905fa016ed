import type { Clock } from '../clock.ts';
import type { Sqlite } from '../store/sqlite.ts';
import type { Attempts, TryKind } from './attempts.ts';
import type { DeviceCookies } from './device-cookie.ts';
import { codeDigest } from './one-time-code.ts';
import { matches, TooBusy } from './passwords.ts';
import type { Role } from './roles.ts';
import type { SecondFactor } from './second-factor.ts';
import type { Sessions } from './sessions.ts';
import type { Trail } from './trail.ts';

/** Why nobody is logged in: strangers guess at this name (`slow`), `choose` a password of one's own, give the `code` of the second factor. */
export type LoginRefusal = 'wrong' | 'locked' | 'slow' | 'busy' | 'choose' | 'code';

/** Where a try comes from. */
export interface Origin {
  readonly address: string;
  /** The browser's mark, if it sent one. */
  readonly device: string | undefined;
}

export interface LoginTry {
  readonly name: string;
  readonly password: string;
  readonly remember: boolean;
  /** Of the app, or a recovery code. */
  readonly code?: string | undefined;
  readonly from: Origin;
}

export interface LoginParts {
  readonly db: Sqlite;
  readonly clock: Clock;
  readonly attempts: Attempts;
  readonly devices: DeviceCookies;
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
  const { db, clock, attempts, devices, sessions, factor, trail } = parts;

  const find = (name: string) =>
    db.get<Row>(
      `SELECT name, role, password, code, code_until_ms, factor IS NOT NULL AS enrolled FROM account
       WHERE name = ? AND disabled = 0 AND demo <= ?`,
      [name, Number(parts.demo)],
    );

  /** Runs `work` as one counted try; what it throws is forgiven, what it refuses counts. */
  async function counted(
    kind: TryKind,
    name: string,
    { address, device }: Origin,
    work: (row: Row | undefined) => Promise<LoginRefusal | null>,
  ): Promise<{ readonly refused: LoginRefusal } | { readonly row: Row }> {
    const row = await find(name);
    const known = row !== undefined;
    const browser = known ? devices.find(device, name) : undefined;
    const taken = await attempts.take({ kind, name, known, address, device: browser });
    if ('refused' in taken) {
      trail.refused(row?.name, `locked by ${taken.refused}`);
      if (taken.first) parts.onLock();
      return { refused: taken.refused === 'everywhere' ? 'slow' : 'locked' };
    }
    let why: LoginRefusal | null;
    try {
      why = await work(row);
    } catch (cause) {
      await taken.attempt.forgiven();
      if (!(cause instanceof TooBusy)) throw cause;
      trail.refused(row?.name, 'busy');
      return { refused: 'busy' };
    }
    if (why === null && row) {
      await taken.attempt.succeeded();
      return { row };
    }
    if (why === 'choose' || why === 'code') await taken.attempt.forgiven();
    else trail.refused(row?.name, why ?? 'wrong');
    return { refused: why ?? 'wrong' };
  }

  return {
    async login({ name, password, remember, code, from }: LoginTry) {
      const result = await counted('password', name, from, async (row) => {
        const right = await matches(row?.password, password);
        if (row && row.password === '' && isCode(row, password)) return 'choose';
        if (!row || !right) return 'wrong';
        return row.enrolled === 1 && code === undefined ? 'code' : null;
      });
      if ('refused' in result) return result;
      // Whoever guesses codes has the password: these tries are counted by name alone.
      if (result.row.enrolled === 1) {
        const second = await counted('code', name, from, async (row) =>
          row && (await factor.check(row.name, code ?? '')) ? null : 'wrong',
        );
        if ('refused' in second) return second;
      }
      const token = await sessions.issue(name, remember);
      await db.run('UPDATE account SET seen_ms = ? WHERE name = ?', [clock.nowMs(), name]);
      await trail.note(result.row, 'login', remember ? 'session of a shift' : 'session');
      return { token, device: devices.issue(name, from.device) };
    },
    /** The password of somebody who is logged in already, asked for again: guesses at an open page lock nobody out. */
    async again(name: string, password: string, from: Origin): Promise<LoginRefusal | null> {
      const result = await counted('inside', name, from, async (row) =>
        (await matches(row?.password, password)) ? null : 'wrong',
      );
      return 'refused' in result ? result.refused : null;
    },
    /** A code of the second factor outside the log-in, counted like a password. */
    async codeAgain(
      name: string,
      from: Origin,
      check: () => Promise<boolean>,
    ): Promise<LoginRefusal | null> {
      const result = await counted('inside', name, from, async () =>
        (await check()) ? null : 'wrong',
      );
      return 'refused' in result ? result.refused : null;
    },
    /** Whose one-time code this is, and the mark for the browser. */
    async withCode(name: string, code: string, from: Origin) {
      const result = await counted('one-time', name, from, async (row) =>
        row && isCode(row, code) ? null : 'wrong',
      );
      return 'refused' in result ? result : { ...result, device: devices.issue(name, from.device) };
    },
  };

  function isCode(row: Row, code: string): boolean {
    return row.code === codeDigest(code) && (row.code_until_ms ?? 0) > clock.nowMs();
  }
}
export type Login = ReturnType<typeof createLogin>;
