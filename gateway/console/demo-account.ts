import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { GatewayError } from '../errors.ts';
import type { Sqlite } from '../store/sqlite.ts';
import { hashPassword } from './passwords.ts';

/** Name and password of the demonstration's own account. */
export interface DemoLogin {
  readonly name: string;
  readonly password: string;
}

/** Takes away what demonstrations left behind, and makes an account for this one; never beside accounts of people. */
export async function demoAccount(
  db: Sqlite,
  clock: Clock,
  demo: boolean,
): Promise<DemoLogin | undefined> {
  await db.run('DELETE FROM account WHERE demo = 1');
  if (!demo) return undefined;
  if (await db.get('SELECT 1 FROM account LIMIT 1')) {
    throw new GatewayError(
      'USAGE',
      'This data directory has accounts of people: a demonstration does not run in it',
    );
  }
  const login = {
    name: `demo-${randomBytes(2).toString('hex')}`,
    password: randomBytes(9).toString('base64url'),
  };
  await db.run(
    "INSERT INTO account (name, role, password, created_ms, demo) VALUES (?, 'chair', ?, ?, 1)",
    [login.name, await hashPassword(login.password), clock.nowMs()],
  );
  return login;
}
