import { expect, test } from 'vitest';
import { createRecent, rememberedTimes } from './recent.ts';

const at = (atMs: number, device = 'm1') =>
  ({ kind: 'power', device, atMs, powerW: atMs }) as const;

test('what a device says again is known, what it says late is not taken for it', () => {
  const recent = createRecent();
  expect([at(10), at(20), at(10), at(15), at(15), at(20)].map(recent.isNew)).toEqual([
    true,
    true,
    false,
    true,
    false,
    false,
  ]);
  expect(recent.isNew(at(10, 'm2'))).toBe(true);
});

test('the memory has an end: what lies beyond it is stored again and found out at reading', () => {
  const recent = createRecent();
  for (let i = 0; i <= rememberedTimes; i += 1) recent.isNew(at(i));
  expect(recent.isNew(at(1))).toBe(false);
  expect(recent.isNew(at(0))).toBe(true);
});

test('the latest is the newest, not the last to arrive', () => {
  const recent = createRecent();
  for (const reading of [at(20), at(10)]) recent.remember(reading);
  expect(recent.latest('m1', 'power')).toEqual(at(20));
  expect(recent.latest('m1', 'status')).toBeUndefined();
});

test('what could not be kept may come again', () => {
  const recent = createRecent();
  recent.isNew(at(10));
  recent.forget(at(10));
  expect([recent.isNew(at(10)), recent.isNew(at(10))]).toEqual([true, false]);
});
