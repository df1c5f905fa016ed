import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { handClock } from '../desk/trial.ts';
import { createDeviceCookies, deviceDays, mostNames } from './device-cookie.ts';

const keys = {
  pseudonym: (kind: string, value: string) =>
    createHmac('sha256', 'site').update(`${kind}\0${value}`).digest('base64url').slice(0, 22),
};
const start = () => {
  const clock = handClock(Date.UTC(2026, 4, 1));
  return { clock, devices: createDeviceCookies(keys, clock) };
};

test('a browser is known for the names that logged in there, and for no other', () => {
  const { devices } = start();
  const first = devices.issue('3号', undefined);
  const both = devices.issue('4号', first);
  expect(devices.find(both, '3号')).toBe(devices.find(first, '3号'));
  expect(devices.find(both, '4号')).toBeDefined();
  expect(devices.find(both, '5号')).toBeUndefined();
  // The last letter has bits that mean nothing: another one is spoilt.
  const spoilt = first.replace(/.(?=.{4}$)/, (letter) => (letter === 'x' ? 'y' : 'x'));
  expect(devices.find(spoilt, '3号')).toBeUndefined();
  expect(both).not.toMatch(/号/);
});

test('logging in again keeps the mark: nobody gets new tries by it', () => {
  const { clock, devices } = start();
  const first = devices.issue('3号', undefined);
  clock.pass(40 * 86_400_000);
  expect(devices.find(devices.issue('3号', first), '3号')).toBe(devices.find(first, '3号'));
});

test('after half a year without a log-in a browser is a stranger again', () => {
  const { clock, devices } = start();
  const cookie = devices.issue('3号', undefined);
  clock.pass(deviceDays * 86_400_000);
  expect(devices.find(cookie, '3号')).toBeDefined();
  clock.pass(86_400_000);
  expect(devices.find(cookie, '3号')).toBeUndefined();
});

test('one browser is known for five names at most, and any nonsense in the cookie is none', () => {
  const { devices } = start();
  let cookie: string | undefined;
  for (let n = 0; n < 9; n += 1) cookie = devices.issue(`${n}号`, cookie);
  expect(cookie?.split('~')).toHaveLength(mostNames);
  expect(devices.find(cookie, '0号')).toBeUndefined();
  for (const bad of ['', '~~~', 'a.b.c', `${'a'.repeat(5000)}`, undefined])
    expect(devices.find(bad, '8号')).toBeUndefined();
});
