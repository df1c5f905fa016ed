import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { PowerReading } from '../../drivers/reading.ts';
import type { Group } from './contract.ts';
import { createRecent } from './recent.ts';
import { createTelling, type Kept } from './telling.ts';
import { rowsOf } from './trial.ts';

const power = (device: string, atMs: number): PowerReading => ({
  kind: 'power',
  device,
  atMs,
  powerW: atMs / 10,
});

function bench() {
  const recent = createRecent();
  const released: unknown[] = [];
  const telling = createTelling(recent, (rows) => released.push(rows));
  const kept = (seq: number, ...readings: PowerReading[]): Kept => ({
    seq,
    atMs: 5,
    stepMs: 0,
    start: false,
    rows: rowsOf(readings, recent.placeOf),
    events: [],
  });
  return { recent, released, telling, kept };
}

test('groups are told in order, by themselves after a moment, and their rows go back', async () => {
  const { telling, kept, released } = bench();
  const heard: unknown[] = [];
  telling.onGroup(({ seq, readings }) => heard.push([seq, [...readings]]));
  const groups = [kept(1, power('m1', 1), power('m2', 2)), kept(2, power('m1', 3))];
  for (const group of groups) telling.add(group);
  expect(heard).toEqual([]);
  await sleep(50);
  expect(heard).toEqual([
    [1, [power('m1', 1), power('m2', 2)]],
    [2, [power('m1', 3)]],
  ]);
  expect(released).toEqual(groups.map(({ rows }) => rows));
});

test('the newest reading is remembered, also where nobody listened to it', () => {
  const { telling, kept, recent } = bench();
  telling.add(kept(1, power('m1', 7), power('m1', 6)));
  telling.now();
  expect(recent.latest('m1', 'power')).toEqual(power('m1', 7));
});

test('the readings of a group cannot be read after it was told: their room is used again', () => {
  const { telling, kept } = bench();
  let late: Group | undefined;
  telling.onGroup((group) => {
    late = group;
  });
  telling.add(kept(1, power('m1', 1)));
  telling.now();
  expect(() => [...(late?.readings ?? [])]).toThrow(/only while it is told/);
});
