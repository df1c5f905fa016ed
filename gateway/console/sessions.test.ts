import { afterEach, beforeEach, expect, test } from 'vitest';
import { idleMs, longestMs, mostSessions } from './sessions.ts';
import { type ConsoleTrial, chairOf, createConsoleTrial, visitor } from './trial.ts';

let trial: ConsoleTrial;
beforeEach(async () => {
  trial = await createConsoleTrial();
});
afterEach(() => trial.close());

const person = { 'x-gatehouse-person': '1' };

test('a page that only polls does not keep its session alive', async () => {
  const chair = await chairOf(trial);
  for (let minute = 1; minute <= 14; minute += 1) {
    trial.clock.pass(60_000);
    expect((await chair.get('/duty')).status).toBe(200);
  }
  trial.clock.pass(2 * 60_000);
  expect((await chair.get('/duty')).status).toBe(401);
});

test('a person at work keeps the session alive, up to the end of a shift', async () => {
  const chair = await chairOf(trial);
  for (let passedMs = 0; passedMs + 600_000 < longestMs; passedMs += 600_000) {
    trial.clock.pass(600_000);
    expect((await chair.get('/duty', person)).status).toBe(200);
  }
  trial.clock.pass(601_000);
  expect((await chair.get('/duty', person)).status).toBe(401);
});

test('"remember me" lasts for a shift without a touch, and no longer with one', async () => {
  await chairOf(trial);
  const phone = visitor(trial);
  const answer = await phone.logIn('chair', undefined, { remember: true });
  expect(String(answer.headers['set-cookie'])).toContain('Max-Age=43200');
  trial.clock.pass(longestMs - 60_000);
  expect((await phone.get('/duty', person)).status).toBe(200);
  trial.clock.pass(120_000);
  expect((await phone.get('/duty', person)).status).toBe(401);
});

test('an account has at most five sessions: the oldest ends', async () => {
  const first = await chairOf(trial);
  const others = [];
  for (let n = 0; n < mostSessions; n += 1) {
    trial.clock.pass(1000);
    const other = visitor(trial);
    await other.logIn('chair');
    others.push(other);
  }
  expect((await first.get('/duty')).status).toBe(401);
  for (const other of others) expect((await other.get('/duty')).status).toBe(200);
});

test('a clock that goes back does not lengthen a session', async () => {
  const chair = await chairOf(trial);
  trial.clock.set(trial.clock.nowMs() - 3_600_000);
  expect((await chair.get('/duty')).status).toBe(401);
});

test('the cookie is out of reach of scripts and of other sites; the token is not in the database', async () => {
  await chairOf(trial);
  const phone = visitor(trial);
  const [set, device] = [(await phone.logIn('chair')).headers['set-cookie']].flat();
  expect(set).toMatch(/^gatehouse=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(device).toMatch(
    /^gatehouse-device=[\w.-]{40,50}; Max-Age=15552000; Path=\/api\/v1; HttpOnly; SameSite=Strict$/,
  );
  const token = /gatehouse=([\w-]+)/.exec(phone.cookie())?.[1] ?? '';
  const rows = await trial.store.gate.all<{ token: string }>('SELECT token FROM session');
  expect(rows.map((row) => row.token)).not.toContain(token);
});

test('behind HTTPS the cookie is marked secure', async () => {
  await chairOf(trial);
  const { config } = trial.parts;
  trial = await trial.restart({
    config: { ...config, console: { ...config.console, https: true } },
  });
  const set = [(await visitor(trial).logIn('chair')).headers['set-cookie']].flat();
  expect(set).toHaveLength(2);
  for (const cookie of set) expect(cookie).toMatch(/; Secure(;|$)/);
});

test('idle and longest are those of the requirement', () => {
  expect([idleMs, longestMs]).toEqual([15 * 60_000, 12 * 3_600_000]);
});
