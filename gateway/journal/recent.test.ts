import { expect, test } from 'vitest';
import { createRecent, rememberedTimes } from './recent.ts';

const at = (atMs: number) => ({ kind: 'power', device: 'm1', atMs, powerW: atMs }) as const;

test('what a device says again is known, what it says late is not taken for it', () => {
  const recent = createRecent();
  const isNew = (atMs: number) => recent.isNew(recent.placeOf('m1'), atMs);
  expect([10, 20, 10, 15, 15, 20].map(isNew)).toEqual([true, true, false, true, false, false]);
  expect(recent.isNew(recent.placeOf('m2'), 10)).toBe(true);
  expect([0, 1].map(recent.deviceOf)).toEqual(['m1', 'm2']);
});

test('the memory has an end: what lies beyond it is stored again and found out at reading', () => {
  const recent = createRecent();
  const place = recent.placeOf('m1');
  for (let i = 0; i <= rememberedTimes; i += 1) recent.isNew(place, i);
  expect(recent.isNew(place, 1)).toBe(false);
  expect(recent.isNew(place, 0)).toBe(true);
});

test('the latest is the newest, not the last to arrive', () => {
  const recent = createRecent();
  for (const reading of [at(20), at(10)]) recent.remember(reading);
  expect(recent.latest('m1', 'power')).toEqual(at(20));
  expect(recent.latest('m1', 'status')).toBeUndefined();
});

test('what could not be kept may come again', () => {
  const recent = createRecent();
  const place = recent.placeOf('m1');
  recent.isNew(place, 10);
  recent.forget(place, 10);
  expect([recent.isNew(place, 10), recent.isNew(place, 10)]).toEqual([true, false]);
});
