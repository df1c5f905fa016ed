import { afterEach, expect, test } from 'vitest';
import { readAudit } from '../privacy/audit.ts';
import {
  failuresFromAnywhere,
  failuresOfAddress,
  failuresOfName,
  lockMs,
  slowMs,
} from './attempts.ts';
import { type ConsoleTrial, chairOf, createConsoleTrial, password, visitor } from './trial.ts';

let trial: ConsoleTrial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});
const start = async () => {
  trial = await createConsoleTrial();
  return { trial, chair: await chairOf(trial) };
};
const auditOf = async ({ console, store }: ConsoleTrial, action: string) => {
  // Refusals are gathered for a second; the end of the console writes what is left.
  await console.stop();
  return (await readAudit(store.gate, {})).filter((entry) => entry.action === action);
};

test('of a thousand passwords tried at once none gets in, the right one neither, and all are in the audit', async () => {
  const { trial } = await start();
  const tries = Array.from({ length: 1000 }, (_, n) =>
    // The right password comes late among the guesses: only a lock keeps it out.
    visitor(trial, `198.51.100.${n % 200}`).logIn('chair', n === 900 ? password : `guess ${n} abc`),
  );
  const answers = await Promise.all(tries);
  const byStatus = new Map<number, number>();
  for (const { status } of answers) byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  expect(byStatus).toEqual(
    new Map([
      [401, failuresFromAnywhere],
      [429, 1000 - failuresFromAnywhere],
    ]),
  );
  const refused = await auditOf(trial, 'login.refused');
  expect(refused.reduce((sum, { n }) => sum + n, 0)).toBe(1000);
  expect(refused.every(({ who }) => who === 'chair')).toBe(true);
});

test('a flood from one address is refused and counted as a whole', async () => {
  const { trial } = await start();
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, n) => visitor(trial, '203.0.113.9').logIn(`name-${n}`, 'x')),
  );
  const looked = answers.filter(({ status }) => status === 401).length;
  expect(looked).toBeLessThanOrEqual(failuresOfAddress);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(1000 - looked);
  const refused = await auditOf(trial, 'login.refused');
  expect(refused.reduce((sum, { n }) => sum + n, 0)).toBe(1000);
  expect(refused.length, 'gathered, not a line each').toBeLessThan(20);
  expect(refused.map(({ who }) => who)).not.toContain('name-1');
});

test('an address that tries one name after the other is refused after twenty', async () => {
  const { trial } = await start();
  const codes: string[] = [];
  for (let n = 0; n <= failuresOfAddress; n += 1)
    codes.push((await visitor(trial, '203.0.113.9').logIn(`name-${n}`, 'x')).json().code);
  expect(codes).toEqual([...Array(failuresOfAddress).fill('WRONG'), 'LOCKED']);
  expect((await visitor(trial, '203.0.113.10').logIn('chair')).status).toBe(200);
});

test('after five failures a name is locked there for a quarter of an hour, then free again', async () => {
  const { trial } = await start();
  const stranger = visitor(trial, '192.0.2.99');
  for (let n = 0; n < failuresOfName; n += 1)
    expect((await stranger.logIn('chair', 'wrong')).status).toBe(401);
  expect((await stranger.logIn('chair')).json().code).toBe('LOCKED');
  trial.clock.pass(lockMs - 1000);
  expect((await stranger.logIn('chair')).status).toBe(429);
  trial.clock.pass(1001);
  expect((await stranger.logIn('chair')).status).toBe(200);
});

/** Whoever wants to keep the chair out: a thousand wrong passwords from two hundred addresses. */
const flood = (trial: ConsoleTrial) =>
  Promise.all(
    Array.from({ length: 1000 }, (_, n) =>
      visitor(trial, `198.51.100.${n % 200}`).logIn('chair', `guess ${n} abc`),
    ),
  );

test('nobody can lock a name out: a browser that logged in before goes on, whatever strangers try', async () => {
  const { trial, chair } = await start();
  await flood(trial);
  expect((await visitor(trial, '192.0.2.50').logIn('chair')).json().code).toBe('SLOW');
  expect((await chair.logIn('chair')).status).toBe(200);
  // Somebody else's mark, or one that is made up, is worth nothing.
  const forged = { cookie: `gatehouse-device=${'a'.repeat(16)}.20000.${'b'.repeat(22)}` };
  const liar = await visitor(trial, '192.0.2.51').ask(
    'POST',
    '/session',
    { name: 'chair', password },
    forged,
  );
  expect(liar.json().code).toBe('SLOW');
});

test('a known browser has five wrong tries as well, and its lock is its own', async () => {
  const { trial, chair } = await start();
  const codes: string[] = [];
  for (let n = 0; n <= failuresOfName; n += 1)
    codes.push((await chair.logIn('chair', 'wrong')).json().code);
  expect(codes).toEqual([...Array(failuresOfName).fill('WRONG'), 'LOCKED']);
  expect((await visitor(trial, '192.0.2.50').logIn('chair')).status).toBe(200);
});

test('while strangers guess, one try gets through every 45 seconds, and no more than a hundred in an hour', async () => {
  const { trial } = await start();
  await flood(trial);
  trial.clock.pass(slowMs + 1);
  expect((await visitor(trial, '192.0.2.50').logIn('chair')).status).toBe(200);
  let looked = failuresFromAnywhere;
  for (let passedMs = slowMs; passedMs < 3_600_000; passedMs += 15_000) {
    const answer = await visitor(trial, `203.0.113.${(passedMs / 15_000) % 250}`).logIn(
      'chair',
      'x',
    );
    if (answer.status === 401) looked += 1;
    trial.clock.pass(15_000);
  }
  expect(looked).toBeLessThanOrEqual(100);
  expect(looked).toBeGreaterThan(80);
});

test('a new device comes in with a one-time code while strangers guess', async () => {
  const { trial, chair } = await start();
  await chair.post('/accounts', { name: 'grid', role: 'grid' });
  const { code } = (await chair.post('/accounts/grid/code')).json();
  await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      visitor(trial, `198.51.100.${n}`).logIn('grid', `guess ${n}`),
    ),
  );
  const phone = visitor(trial, '192.0.2.60');
  expect((await phone.logIn('grid', password)).json().code).toBe('SLOW');
  expect((await phone.post('/password', { name: 'grid', code, password })).status).toBe(200);
  expect((await phone.logIn('grid')).status).toBe(200);
});

test('a restart sets no guesses free, neither of a stranger nor of many', async () => {
  const { trial: before } = await start();
  const stranger = visitor(before, '192.0.2.99');
  for (let n = 0; n < failuresOfName; n += 1) await stranger.logIn('chair', 'wrong');
  await flood(before);
  trial = await before.restart();
  const again = (address: string) => visitor(trial as ConsoleTrial, address).logIn('chair');
  expect((await again('192.0.2.99')).json().code).toBe('LOCKED');
  expect((await again('192.0.2.50')).json().code).toBe('SLOW');
  const rows = JSON.stringify(await trial.store.gate.all('SELECT * FROM login_count'));
  expect(rows).not.toMatch(/chair|192\.0\.2|198\.51/);
  trial.clock.pass(lockMs + 1);
  expect((await again('192.0.2.99')).status).toBe(200);
});

test('a clock that was set back by years keeps nobody out for longer than a lock', async () => {
  const { trial: before } = await start();
  const stranger = visitor(before, '192.0.2.99');
  for (let n = 0; n < failuresOfName; n += 1) await stranger.logIn('chair', 'wrong');
  before.clock.set(Date.UTC(1970, 0, 1));
  trial = await before.restart();
  expect((await visitor(trial, '192.0.2.99').logIn('chair')).json().code).toBe('LOCKED');
  trial.clock.pass(lockMs + 1);
  expect((await visitor(trial, '192.0.2.99').logIn('chair')).status).toBe(200);
});

test('a name that is no account is locked in the same way: a lock tells nobody which names exist', async () => {
  const { trial } = await start();
  const stranger = visitor(trial, '192.0.2.99');
  const answers: string[] = [];
  for (let n = 0; n <= failuresOfName; n += 1)
    answers.push((await stranger.logIn('nobody', 'wrong')).json().code);
  expect(answers).toEqual([...Array(failuresOfName).fill('WRONG'), 'LOCKED']);
  const slow: string[] = [];
  for (let n = failuresOfName; n <= failuresFromAnywhere; n += 1)
    slow.push((await visitor(trial, `198.51.100.${n}`).logIn('nobody', 'wrong')).json().code);
  expect(slow.at(-1)).toBe('SLOW');
});

test('a right password clears the count of the name', async () => {
  const { trial } = await start();
  for (let round = 0; round < 3; round += 1) {
    for (let n = 1; n < failuresOfName; n += 1)
      await visitor(trial, `192.0.2.${10 * round + n}`).logIn('chair', 'wrong');
    expect((await visitor(trial).logIn('chair')).status).toBe(200);
  }
});

test('a lock is told to the desk once, and is over when it ends, after a restart too', async () => {
  const { trial: before } = await start();
  const stranger = visitor(before, '192.0.2.99');
  for (let n = 0; n < failuresOfName + 5; n += 1) await stranger.logIn('chair', 'wrong');
  const told = async () =>
    (await before.desk.openAlerts()).map(({ rule, condition }) => `${rule} ${condition}`);
  await expect.poll(told).toEqual(['security.login active']);
  before.clock.pass(lockMs + 1);
  trial = await before.restart();
  await expect.poll(told).toEqual(['security.login cleared']);
});

test('two requests at once make one first account', async () => {
  trial = await createConsoleTrial();
  const code = trial.console.setupCode ?? '';
  const answers = await Promise.all(
    ['one', 'two', 'three'].map((name, n) =>
      visitor(trial as ConsoleTrial, `192.0.2.${n}`).post('/setup', { code, name, password }),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  const rows = await trial.store.gate.all('SELECT name FROM account');
  expect(rows).toHaveLength(1);
});

test('the set-up code works once, and not at all once there is an account', async () => {
  const { trial } = await start();
  const code = trial.console.setupCode ?? '';
  const again = await visitor(trial).post('/setup', { code, name: 'thief', password });
  expect(again.status).toBe(403);
  const anew = await trial.restart();
  expect(anew.console.setupCode).toBeUndefined();
});

test.each([
  ['short', 'too short'],
  ['aaaaaaaaaaaa', 'one sign'],
  ['1234567890', 'a run'],
  ['my-chair-2026', 'the name in it'],
])('the password %s is refused: %s', async (word) => {
  trial = await createConsoleTrial();
  const code = trial.console.setupCode ?? '';
  const answer = await visitor(trial).post('/setup', { code, name: 'chair', password: word });
  expect([answer.status, answer.json().code]).toEqual([400, 'PASSWORD']);
});

test('log-in, failed log-in and log-out are in the audit', async () => {
  const { trial, chair } = await start();
  await visitor(trial).logIn('chair', 'wrong');
  await chair.logOut();
  expect((await chair.get('/duty')).status).toBe(401);
  await trial.console.stop();
  const entries = (await readAudit(trial.store.gate, {})).map(({ who, action }) => [who, action]);
  expect(entries).toEqual([
    ['chair', 'account.first'],
    ['chair', 'login'],
    ['chair', 'logout'],
    ['chair', 'login.refused'],
  ]);
});
