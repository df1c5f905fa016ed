import { afterEach, beforeEach, expect, test } from 'vitest';
import { readAudit } from '../privacy/audit.ts';
import { codeMs, mostAccounts } from './accounts.ts';
import {
  type ConsoleTrial,
  chairOf,
  createConsoleTrial,
  memberOf,
  password,
  visitor,
} from './trial.ts';

let trial: ConsoleTrial;
beforeEach(async () => {
  trial = await createConsoleTrial();
});
afterEach(() => trial.close());

test('the chair makes an account, the person chooses the password, and nobody else knows it', async () => {
  const chair = await chairOf(trial);
  const made = await chair.post('/accounts', { name: '3号', role: 'duty' });
  const { code } = made.json();
  expect([made.status, code]).toEqual([201, expect.stringMatching(/^\w{4}-\w{4}-\w{4}$/)]);
  const phone = visitor(trial);
  expect((await phone.logIn('3号', '')).status).toBe(400);
  expect((await phone.logIn('3号', code)).json().code).toBe('CHOOSE');
  expect((await phone.get('/duty')).status).toBe(401);
  expect((await phone.post('/password', { name: '3号', code, password: 'short' })).status).toBe(
    400,
  );
  const chosen = await phone.post('/password', { name: '3号', code: code.toLowerCase(), password });
  expect(chosen.status).toBe(200);
  expect((await phone.post('/password', { name: '3号', code, password })).status).toBe(401);
  expect((await phone.logIn('3号')).status).toBe(200);
  expect((await phone.get('/session')).json()).toMatchObject({ account: { role: 'duty' } });
});

test('a one-time code is good for three days', async () => {
  const chair = await chairOf(trial);
  const { code } = (await chair.post('/accounts', { name: '3号', role: 'duty' })).json();
  trial.clock.pass(codeMs + 1000);
  const late = await visitor(trial).post('/password', { name: '3号', code, password });
  expect(late.status).toBe(401);
});

test('one code used twice at once sets one password', async () => {
  const chair = await chairOf(trial);
  const { code } = (await chair.post('/accounts', { name: '3号', role: 'duty' })).json();
  const answers = await Promise.all(
    [1, 2, 3].map((n) =>
      visitor(trial, `192.0.2.${n}`).post('/password', {
        name: '3号',
        code,
        password: `${password} ${n}`,
      }),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
});

test('a disabled account is out at once and comes in no more', async () => {
  const chair = await chairOf(trial);
  const duty = await memberOf(trial, chair, 'duty');
  expect((await duty.get('/duty')).status).toBe(200);
  await chair.post('/accounts/duty', { disabled: true });
  expect((await duty.get('/duty')).status).toBe(401);
  expect((await duty.logIn('duty')).status).toBe(401);
  await chair.post('/accounts/duty', { disabled: false });
  expect((await duty.logIn('duty')).status).toBe(200);
});

test('a reset ends the sessions and the old password', async () => {
  const chair = await chairOf(trial);
  const duty = await memberOf(trial, chair, 'duty');
  const { code } = (await chair.post('/accounts/duty/code')).json();
  expect((await duty.get('/duty')).status).toBe(401);
  expect((await duty.logIn('duty')).status).toBe(401);
  await duty.post('/password', { name: 'duty', code, password: 'another horse 4' });
  expect((await duty.logIn('duty', 'another horse 4')).status).toBe(200);
});

test('a change of role counts at once, and one chair always remains', async () => {
  const chair = await chairOf(trial);
  const second = await memberOf(trial, chair, 'chair');
  await chair.post('/accounts/chair-2', { role: 'auditor' });
  await second.logIn('chair-2');
  expect((await second.get('/accounts')).status).toBe(403);
  expect((await chair.post('/accounts/chair', { disabled: true })).status).toBe(409);
  expect((await chair.post('/accounts/chair', { role: 'duty' })).status).toBe(409);
});

test('names are taken once, and there is an end to them', async () => {
  const chair = await chairOf(trial);
  expect((await chair.post('/accounts', { name: 'chair', role: 'duty' })).status).toBe(409);
  expect((await chair.post('/accounts', { name: 'a b', role: 'duty' })).status).toBe(400);
  expect((await chair.post('/accounts', { name: 'ok', role: 'king' })).status).toBe(400);
  for (let n = 1; n < mostAccounts; n += 1)
    expect((await chair.post('/accounts', { name: `n${n}`, role: 'duty' })).status).toBe(201);
  expect((await chair.post('/accounts', { name: 'more', role: 'duty' })).status).toBe(409);
});

test('the own password is changed with the old one; other sessions end', async () => {
  const chair = await chairOf(trial);
  const other = visitor(trial);
  await other.logIn('chair');
  const next = 'another horse 4';
  expect((await chair.post('/password/change', { old: 'no', password: next })).status).toBe(401);
  expect((await chair.post('/password/change', { old: password, password: next })).status).toBe(
    200,
  );
  expect((await chair.get('/duty')).status).toBe(200);
  expect((await other.get('/duty')).status).toBe(401);
  expect((await other.logIn('chair', next)).status).toBe(200);
});

test('what the chair does to accounts, and that the list was seen, is in the audit', async () => {
  const chair = await chairOf(trial);
  await memberOf(trial, chair, 'duty');
  await chair.post('/accounts/duty/code');
  await chair.post('/accounts/duty', { disabled: true });
  await chair.get('/accounts');
  await chair.get('/accounts');
  const entries = await readAudit(trial.store.gate, {});
  const of = entries
    .filter(({ who, action }) => who === 'chair' && action !== 'login')
    .map(({ action, object }) => `${action} ${object}`);
  expect(of).toEqual([
    'account.first account chair',
    'account.create account duty',
    'account.reset account duty',
    'account.change account duty',
    'view accounts',
  ]);
});

test('the account of a demonstration is none where no demonstration runs', async () => {
  trial = await trial.restart({ demo: true });
  const { name, password: word } = trial.console.demoLogin ?? { name: '', password: '' };
  const guest = visitor(trial);
  expect((await guest.logIn(name, word)).status).toBe(200);
  trial = await trial.restart({ demo: false });
  expect(await trial.store.gate.all('SELECT name FROM account')).toEqual([]);
  const again = visitor(trial);
  expect((await again.get('/duty', { cookie: guest.cookie() })).status).toBe(401);
  expect((await again.logIn(name, word)).status).toBe(401);
  expect(trial.console.setupCode, 'the box asks for its first account').toBeDefined();
});

test('a demonstration does not start beside accounts of people', async () => {
  await chairOf(trial);
  await expect(trial.restart({ demo: true })).rejects.toThrow(/accounts of people/);
});
