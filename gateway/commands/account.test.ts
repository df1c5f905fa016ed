import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import {
  type ConsoleTrial,
  chairOf,
  createConsoleTrial,
  password,
  visitor,
} from '../console/trial.ts';
import { handClock } from '../desk/trial.ts';
import { readAudit } from '../privacy/audit.ts';

const main = resolve(fileURLToPath(new URL('../../dist/gateway/main.js', import.meta.url)));
let trial: ConsoleTrial | undefined;
afterEach(() => trial?.close());

test('a chair who has lost password, phone and recovery codes comes in again from the box itself, and the audit says so', async () => {
  expect(existsSync(main), 'npm run build makes what is tested here').toBe(true);
  trial = await createConsoleTrial({ clock: handClock(Date.now()) });
  const chair = await chairOf(trial);
  await chair.post('/factor', { password });
  await trial.store.gate.run('UPDATE account SET factor = factor_new');
  expect((await visitor(trial).logIn('chair')).json().code).toBe('SECOND');
  const run = (name: string) =>
    execFileSync(
      process.execPath,
      [
        main,
        'account',
        'reset',
        '--data',
        trial?.parts.dataDir ?? '',
        '--name',
        name,
        '--by',
        '3号',
      ],
      { encoding: 'utf8', stdio: 'pipe' },
    ).trim();
  expect(() => run('nobody')).toThrow(/No such account/);
  const code = run('chair');
  expect(code).toMatch(/^\w{4}-\w{4}-\w{4}$/);
  expect((await chair.get('/duty')).status, 'its sessions are over').toBe(401);
  expect((await visitor(trial).logIn('chair')).status).toBe(401);
  const next = 'another horse 4';
  await visitor(trial).post('/password', { name: 'chair', code, password: next });
  expect((await visitor(trial).logIn('chair', next)).status).toBe(200);
  const done = (await readAudit(trial.store.gate, {})).filter(({ role }) => role === 'command');
  expect(done.map(({ who, action }) => `${who} ${action}`)).toEqual([
    '3号 account.factor.remove',
    '3号 account.reset',
  ]);
});
