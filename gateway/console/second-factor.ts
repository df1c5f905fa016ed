import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Sqlite } from '../store/sqlite.ts';
import { oneTimeCode, plainCode } from './one-time-code.ts';
import { base32, keyUri, stepOfCode } from './totp.ts';

/** RFC 4226, 4, R6: 160 bits. */
const secretBytes = 20;
export const recoveryCodes = 8;

/** The second factor of accounts: codes of an app, and some to write down for when the phone is gone. */
export interface SecondFactor {
  /** A new secret; it counts once its first right code has come. */
  begin(account: string): Promise<{ readonly secret: string; readonly uri: string }>;
  /** Turns it on and gives the recovery codes, which are shown once; undefined for a wrong code. */
  confirm(account: string, code: string): Promise<readonly string[] | undefined>;
  /** Whether the code is good now. Each is good once, also for two requests at the same moment. */
  check(account: string, code: string): Promise<boolean>;
  remove(account: string): Promise<void>;
}

export function createSecondFactor(
  db: Sqlite,
  clock: Clock,
  keys: Pick<Keys, 'seal' | 'open' | 'pseudonym'>,
  issuer: string,
): SecondFactor {
  const secretOf = (sealed: Uint8Array) => Buffer.from(keys.open(sealed), 'base64');
  const digest = (code: string) => keys.pseudonym('recovery', plainCode(code));
  return {
    async begin(account) {
      const secret = randomBytes(secretBytes);
      await db.run('UPDATE account SET factor_new = ? WHERE name = ?', [
        keys.seal(secret.toString('base64')),
        account,
      ]);
      return { secret: base32(secret), uri: keyUri(secret, issuer, account) };
    },
    async confirm(account, code) {
      const row = await db.get<{ factor_new: Uint8Array | null }>(
        'SELECT factor_new FROM account WHERE name = ?',
        [account],
      );
      if (!row?.factor_new) return undefined;
      const step = stepOfCode(secretOf(row.factor_new), code, clock.nowMs());
      if (step === undefined) return undefined;
      const codes = Array.from({ length: recoveryCodes }, oneTimeCode);
      await db.transaction(async (tx) => {
        await tx.run(
          'UPDATE account SET factor = factor_new, factor_new = NULL, factor_step = ? WHERE name = ?',
          [step, account],
        );
        await tx.run('DELETE FROM recovery WHERE account = ?', [account]);
        for (const one of codes) {
          await tx.run('INSERT INTO recovery (account, code) VALUES (?, ?)', [
            account,
            digest(one),
          ]);
        }
      });
      return codes;
    },
    async check(account, code) {
      const row = await db.get<{ factor: Uint8Array | null }>(
        'SELECT factor FROM account WHERE name = ?',
        [account],
      );
      if (!row?.factor) return false;
      const step = stepOfCode(secretOf(row.factor), code.trim(), clock.nowMs());
      const { changes } =
        step === undefined
          ? await db.run('DELETE FROM recovery WHERE account = ? AND code = ?', [
              account,
              digest(code),
            ])
          : await db.run('UPDATE account SET factor_step = ? WHERE name = ? AND factor_step < ?', [
              step,
              account,
              step,
            ]);
      return changes === 1;
    },
    async remove(account) {
      await db.transaction(async (tx) => {
        await tx.run('UPDATE account SET factor = NULL, factor_new = NULL WHERE name = ?', [
          account,
        ]);
        await tx.run('DELETE FROM recovery WHERE account = ?', [account]);
      });
    },
  };
}
