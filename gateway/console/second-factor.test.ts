import { afterEach, beforeEach, expect, test } from 'vitest';
import { failuresOfName } from './attempts.ts';
import { stepOf, totp } from './totp.ts';
import {
  type ConsoleTrial,
  chairOf,
  createConsoleTrial,
  memberOf,
  password,
  type Visitor,
  visitor,
} from './trial.ts';

let trial: ConsoleTrial;
beforeEach(async () => {
  trial = await createConsoleTrial();
});
afterEach(() => trial.close());

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** What an authenticator app does with the text under the QR code. */
function bytesOf(base32: string): Uint8Array {
  const bits = [...base32].map((sign) => alphabet.indexOf(sign).toString(2).padStart(5, '0'));
  return Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
const codeNow = (secret: string) => totp(bytesOf(secret), stepOf(trial.clock.nowMs()));

async function enrol(person: Visitor): Promise<{ secret: string; recovery: readonly string[] }> {
  const { secret, uri } = (await person.post('/factor', { password })).json();
  expect(uri).toContain(`secret=${secret}&issuer=`);
  const confirmed = await person.post('/factor/confirm', { code: codeNow(secret) });
  expect(confirmed.status).toBe(200);
  return { secret, recovery: confirmed.json().recovery };
}

test('once set up, the code is asked for and each is good once', async () => {
  const chair = await chairOf(trial);
  const { secret } = await enrol(chair);
  trial.clock.pass(60_000);
  const phone = visitor(trial);
  expect((await phone.logIn('chair')).json().code).toBe('SECOND');
  expect((await phone.logIn('chair', password, { code: '000000' })).status).toBe(401);
  const code = codeNow(secret);
  const both = await Promise.all([
    phone.logIn('chair', password, { code }),
    visitor(trial, '192.0.2.8').logIn('chair', password, { code }),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
});

test('without the password again, or with a wrong first code, nothing is set up', async () => {
  const chair = await chairOf(trial);
  expect((await chair.post('/factor', { password: 'wrong' })).status).toBe(401);
  expect((await chair.post('/factor/confirm', { code: '123456' })).status).toBe(401);
  await chair.post('/factor', { password });
  expect((await chair.post('/factor/confirm', { code: '000000' })).status).toBe(401);
  expect((await visitor(trial).logIn('chair')).status).toBe(200);
});

test('recovery codes open once each when the phone is gone', async () => {
  const chair = await chairOf(trial);
  const { recovery } = await enrol(chair);
  expect(new Set(recovery).size).toBe(8);
  const [first = ''] = recovery;
  expect((await visitor(trial).logIn('chair', password, { code: first })).status).toBe(200);
  expect((await visitor(trial).logIn('chair', password, { code: first })).status).toBe(401);
});

test('guesses of the code are counted like guesses of the password', async () => {
  const chair = await chairOf(trial);
  const { secret } = await enrol(chair);
  trial.clock.pass(60_000);
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, n) =>
      visitor(trial, `198.51.100.${n % 200}`).logIn('chair', password, {
        code: String(n).padStart(6, '0'),
      }),
    ),
  );
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(failuresOfName);
  expect((await visitor(trial).logIn('chair', password, { code: codeNow(secret) })).status).toBe(
    429,
  );
});

test('neither the secret nor a recovery code can be read from the database', async () => {
  const chair = await chairOf(trial);
  const { secret, recovery } = await enrol(chair);
  const rows = JSON.stringify([
    await trial.store.gate.all('SELECT hex(factor) AS factor FROM account'),
    await trial.store.gate.all('SELECT * FROM recovery'),
  ]);
  expect(rows).not.toContain(Buffer.from(bytesOf(secret)).toString('hex').toUpperCase());
  expect(rows).not.toContain(Buffer.from(bytesOf(secret)).toString('base64'));
  for (const code of recovery) expect(rows).not.toContain(code.replaceAll('-', ''));
});

/** A box whose configuration says nothing of the second factor. */
async function usualBox() {
  await trial.close();
  trial = await createConsoleTrial({ config: { console: { listen: '127.0.0.1:0' } } });
  return chairOf(trial);
}

test('unless told otherwise chair and auditor set one up at their first log-in and do nothing before', async () => {
  const chair = await usualBox();
  expect((await chair.get('/session')).json()).toMatchObject({ needsFactor: true });
  for (const path of ['/duty', '/accounts', '/privacy'])
    expect((await chair.get(path)).json().code).toBe('FACTOR');
  expect((await chair.post('/accounts', { name: 'duty', role: 'duty' })).json().code).toBe(
    'FACTOR',
  );
  const { secret } = await enrol(chair);
  expect((await chair.get('/duty')).status).toBe(200);
  const auditor = await memberOf(trial, chair, 'auditor');
  expect((await auditor.get('/reports')).json().code).toBe('FACTOR');
  await enrol(auditor);
  expect((await auditor.get('/reports')).status).toBe(200);
  for (const role of ['duty', 'grid', 'property', 'maintainer'] as const) {
    const member = await memberOf(trial, chair, role);
    expect((await member.get('/session')).json(), role).toMatchObject({ needsFactor: false });
  }
  trial.clock.pass(60_000);
  const removed = await chair.post('/factor/remove', { code: codeNow(secret) });
  expect(removed.json().code).toBe('REQUIRED');
});

test('an account that becomes one of the chair is asked for it from then on', async () => {
  const chair = await usualBox();
  await enrol(chair);
  await memberOf(trial, chair, 'duty');
  await chair.post('/accounts/duty', { role: 'auditor' });
  const auditor = visitor(trial, '192.0.2.30');
  await auditor.logIn('duty');
  expect((await auditor.get('/reports')).json().code).toBe('FACTOR');
});

test('a demonstration asks for none', async () => {
  await trial.close();
  const config = { console: { listen: '127.0.0.1:0' } };
  trial = await createConsoleTrial({ config, parts: { demo: true } });
  const { name = '', password: word = '' } = trial.console.demoLogin ?? {};
  const guest = visitor(trial);
  await guest.logIn(name, word);
  expect((await guest.get('/duty')).status).toBe(200);
});

test('it is taken away by its owner with a code, or by another chair', async () => {
  const chair = await chairOf(trial);
  const second = await memberOf(trial, chair, 'chair');
  const { secret } = await enrol(second);
  trial.clock.pass(60_000);
  expect((await second.post('/factor/remove', { code: '000000' })).status).toBe(401);
  expect((await second.post('/factor/remove', { code: codeNow(secret) })).status).toBe(200);
  expect((await visitor(trial).logIn('chair-2')).status).toBe(200);
  await enrol(second);
  expect((await chair.post('/accounts/chair/factor/remove')).status).toBe(409);
  expect((await chair.post('/accounts/chair-2/factor/remove')).status).toBe(200);
  expect((await second.get('/duty')).status).toBe(401);
  expect((await visitor(trial).logIn('chair-2')).status).toBe(200);
});
