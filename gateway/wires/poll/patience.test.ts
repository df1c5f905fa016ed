import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { handPace } from './hand-pace.ts';
import { unlessStopped, withPatience } from './patience.ts';

const never = new Promise<never>(() => {});

test('a thousand answers leave nothing behind on what stops the box', async () => {
  const { signal } = new AbortController();
  const pace = handPace();
  for (let n = 0; n < 1000; n += 1) {
    expect(await withPatience(Promise.resolve(n), 1000, { pace, signal })).toBe(n);
    await unlessStopped(Promise.reject(new Error('silent')), signal).catch(() => {});
  }
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('who waits is woken by the end, at once, also when it has come already', async () => {
  const stopping = new AbortController();
  const waiting = unlessStopped(never, stopping.signal);
  stopping.abort();
  await expect(waiting).rejects.toThrow('stops');
  await expect(unlessStopped(never, stopping.signal)).rejects.toThrow('stops');
});

test('a wire that hangs is given up', async () => {
  const { signal } = new AbortController();
  const pace = handPace();
  const given = withPatience(never, 30_000, { pace, signal });
  const caught = given.catch((error: Error) => error.message);
  await pace.pass(30_000);
  expect(await caught).toBe('The wire hangs');
});
