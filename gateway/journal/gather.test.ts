import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createGather, type GatherParts } from './gather.ts';

type Done = () => void;

function gatherOf(
  parts: Partial<GatherParts<Done, Done[]>> & Pick<GatherParts<Done, Done[]>, 'write'>,
) {
  const gather = createGather<Done, Done[]>({
    windowMs: 0,
    maxReadings: 10_000,
    maxBytes: 10_000_000,
    open: () => [],
    put: (lot, done) => void lot.push(done),
    ...parts,
  });
  const one = (done = () => {}) => gather.add(done, 1, 100);
  return { ...gather, one };
}

/** A disk that takes `flushMs` for a group, and what it was given. */
function disk(flushMs: number) {
  const groups: number[] = [];
  return {
    groups,
    async write(lot: Done[]) {
      await sleep(flushMs);
      groups.push(lot.length);
      for (const done of lot) done();
    },
  };
}

test('senders that wait for their answers end up in one group on a slow disk, not in two that take turns', async () => {
  const slow = disk(40);
  const gather = gatherOf({ write: slow.write });
  let stopped = false;
  const sender = () => {
    if (!stopped) gather.one(() => setTimeout(sender, 1));
  };
  // Half of them begin while the first flush runs.
  for (let i = 0; i < 50; i += 1) sender();
  await sleep(20);
  for (let i = 0; i < 50; i += 1) sender();
  await sleep(800);
  stopped = true;
  await gather.drain();
  const settled = slow.groups.slice(3, -1);
  const whole = settled.filter((n) => n >= 90).length;
  expect(whole / settled.length).toBeGreaterThan(0.7);
});

test('what comes at its own pace is not held back: after a rest that did not pay the disk is kept busy', async () => {
  const slow = disk(20);
  const gather = gatherOf({ write: slow.write });
  const began = performance.now();
  while (performance.now() - began < 800) {
    gather.one();
    await sleep(2);
  }
  await gather.drain();
  // 40 flushes fit; each rest costs a quarter of one, and only one in sixteen is tried.
  expect(slow.groups.length).toBeGreaterThan(28);
});

test('what has waited before does not wait for the window again, and takes along what is there', async () => {
  const fast = disk(0);
  const gather = gatherOf({ windowMs: 60_000, write: fast.write });
  gather.one();
  await new Promise<void>((resolve) => {
    gather.add(resolve, 0, 0, true);
  });
  expect(fast.groups).toEqual([2]);
});

test('a window gathers, and so many readings end it early', async () => {
  const fast = disk(0);
  const gather = gatherOf({ windowMs: 50, write: fast.write });
  for (let i = 0; i < 10; i += 1) gather.one();
  await sleep(20);
  expect(fast.groups).toEqual([]);
  await sleep(60);
  expect(fast.groups).toEqual([10]);
  for (let i = 0; i < 300; i += 1) gather.one();
  await sleep(20);
  expect(fast.groups).toEqual([10, 300]);
});

test('too many readings or bytes are refused, and counted down when they are written', async () => {
  const fast = disk(0);
  const gather = gatherOf({ maxReadings: 3, write: fast.write });
  expect([1, 2, 3, 4].map(() => gather.one())).toEqual([true, true, true, false]);
  await gather.drain();
  expect(gather.isIdle()).toBe(true);
  expect([gather.readings(), gather.bytes()]).toEqual([0, 0]);
  expect(gather.add(() => {}, 1, 20_000_000)).toBe(false);
});
