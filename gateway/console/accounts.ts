import type { Clock } from '../clock.ts';
import { writeAudit } from '../privacy/audit.ts';
import type { Sqlite, Statements } from '../store/sqlite.ts';
import { codeDigest, oneTimeCode } from './one-time-code.ts';
import { hashPassword } from './passwords.ts';
import type { Role } from './roles.ts';

/** A one-time code is good for so long. */
export const codeMs = 72 * 3_600_000;
/** Accounts of one box: a committee of sixteen, the guard room, the office, some spare. */
export const mostAccounts = 64;

/** A change of accounts that cannot be made; said to the person as it is. */
export class AccountRefused extends Error {
  override readonly name = 'AccountRefused';
  readonly zh: string;
  readonly en: string;

  constructor(zh: string, en: string) {
    super(en);
    this.zh = zh;
    this.en = en;
  }
}

/** An account as the chair sees it. */
export interface AccountLine {
  readonly name: string;
  readonly role: Role;
  readonly disabled: boolean;
  /** True until the person has chosen a password. */
  readonly pending: boolean;
  readonly factor: boolean;
  readonly createdMs: number;
  readonly seenMs: number | null;
}

export interface Code {
  readonly code: string;
  readonly untilMs: number;
}

/** Who makes a change, for the audit; `command`: at the box itself. */
export interface By {
  readonly name: string;
  readonly role: Role | 'command';
}

/** Accounts: made by the chair with a one-time code, never with a password that somebody else knows. */
export interface Accounts {
  /** True while nobody can log in: the first account is made with the set-up code. */
  empty(): Promise<boolean>;
  /** Makes the chair's account if there is none yet; false where somebody was quicker. */
  first(name: string, password: string): Promise<boolean>;
  list(): Promise<readonly AccountLine[]>;
  create(name: string, role: Role, by: By): Promise<Code>;
  /** A new one-time code: the old password and all sessions are void at once. */
  reset(name: string, by: By): Promise<Code>;
  change(
    name: string,
    to: { readonly role?: Role | undefined; readonly disabled?: boolean | undefined },
    by: By,
  ): Promise<void>;
  /** Takes away the second factor of somebody who lost it. */
  removeFactor(name: string, by: By): Promise<void>;
  /** Sets the own password; a one-time code is used up by it. */
  setPassword(name: string, password: string, code?: string): Promise<boolean>;
}

export function createAccounts(db: Sqlite, clock: Clock): Accounts {
  const changing = (
    by: By,
    action: string,
    name: string,
    work: (tx: Statements) => Promise<void>,
  ) =>
    db.transaction(async (tx) => {
      await work(tx);
      await writeAudit(tx, {
        atMs: clock.nowMs(),
        who: by.name,
        role: by.role,
        action,
        object: `account ${name}`,
        purpose: 'accounts',
        n: 1,
      });
    });
  const fresh = () => ({ code: oneTimeCode(), untilMs: clock.nowMs() + codeMs });

  return {
    async empty() {
      return (await db.get('SELECT 1 FROM account WHERE demo = 0 LIMIT 1')) === undefined;
    },
    async first(name, password) {
      const hash = await hashPassword(password);
      return db.transaction(async (tx) => {
        // One statement decides: two requests at once make one account.
        const { changes } = await tx.run(
          `INSERT INTO account (name, role, password, created_ms) SELECT ?, 'chair', ?, ?
           WHERE NOT EXISTS (SELECT 1 FROM account WHERE demo = 0)`,
          [name, hash, clock.nowMs()],
        );
        if (changes === 0) return false;
        await writeAudit(tx, {
          atMs: clock.nowMs(),
          who: name,
          role: 'chair',
          action: 'account.first',
          object: `account ${name}`,
          purpose: 'accounts',
          n: 1,
        });
        return true;
      });
    },
    async list() {
      const rows = await db.all<{
        name: string;
        role: Role;
        disabled: number;
        pending: number;
        factor: number;
        created_ms: number;
        seen_ms: number | null;
      }>(
        `SELECT name, role, disabled, password = '' AS pending, factor IS NOT NULL AS factor, created_ms, seen_ms
         FROM account WHERE demo = 0 ORDER BY disabled, name LIMIT ?`,
        [mostAccounts],
      );
      return rows.map(({ name, role, disabled, pending, factor, created_ms, seen_ms }) => ({
        name,
        role,
        disabled: disabled === 1,
        pending: pending === 1,
        factor: factor === 1,
        createdMs: created_ms,
        seenMs: seen_ms,
      }));
    },
    async create(name, role, by) {
      const { code, untilMs } = fresh();
      await changing(by, 'account.create', name, async (tx) => {
        const { n } = (await tx.get<{ n: number }>('SELECT COUNT(*) AS n FROM account')) ?? {
          n: 0,
        };
        if (n >= mostAccounts) throw new AccountRefused('账号已满', 'There are too many accounts');
        const { changes } = await tx.run(
          `INSERT OR IGNORE INTO account (name, role, password, created_ms, code, code_until_ms)
           VALUES (?, ?, '', ?, ?, ?)`,
          [name, role, clock.nowMs(), codeDigest(code), untilMs],
        );
        if (changes === 0) throw new AccountRefused('已有同名账号', 'This name is taken');
      });
      return { code, untilMs };
    },
    async reset(name, by) {
      const { code, untilMs } = fresh();
      await changing(by, 'account.reset', name, async (tx) => {
        await known(tx, name);
        await tx.run(
          "UPDATE account SET password = '', code = ?, code_until_ms = ? WHERE name = ?",
          [codeDigest(code), untilMs, name],
        );
        await tx.run('DELETE FROM session WHERE account = ?', [name]);
      });
      return { code, untilMs };
    },
    async change(name, { role, disabled }, by) {
      await changing(by, 'account.change', name, async (tx) => {
        const now = await known(tx, name);
        await tx.run('UPDATE account SET role = ?, disabled = ? WHERE name = ?', [
          role ?? now.role,
          disabled === undefined ? now.disabled : Number(disabled),
          name,
        ]);
        await tx.run('DELETE FROM session WHERE account = ?', [name]);
        const chair = await tx.get(
          "SELECT 1 FROM account WHERE role = 'chair' AND disabled = 0 AND password <> '' AND demo = 0",
        );
        if (!chair) throw new AccountRefused('至少保留一个主任账号', 'One chair must remain');
      });
    },
    async removeFactor(name, by) {
      await changing(by, 'account.factor.remove', name, async (tx) => {
        await known(tx, name);
        await tx.run('UPDATE account SET factor = NULL, factor_new = NULL WHERE name = ?', [name]);
        await tx.run('DELETE FROM recovery WHERE account = ?', [name]);
        await tx.run('DELETE FROM session WHERE account = ?', [name]);
      });
    },
    async setPassword(name, password, code) {
      const hash = await hashPassword(password);
      // The code counts in the statement that uses it up: two requests with one code set one password.
      const { changes } =
        code === undefined
          ? await db.run('UPDATE account SET password = ? WHERE name = ? AND disabled = 0', [
              hash,
              name,
            ])
          : await db.run(
              `UPDATE account SET password = ?, code = NULL, code_until_ms = NULL
               WHERE name = ? AND disabled = 0 AND code = ? AND code_until_ms > ?`,
              [hash, name, codeDigest(code), clock.nowMs()],
            );
      return changes === 1;
    },
  };
}

async function known(
  tx: Statements,
  name: string,
): Promise<{ readonly role: Role; readonly disabled: number }> {
  const row = await tx.get<{ role: Role; disabled: number }>(
    'SELECT role, disabled FROM account WHERE name = ? AND demo = 0',
    [name],
  );
  if (!row) throw new AccountRefused('没有这个账号', 'No such account');
  return row;
}
