import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { acksPerTurn, createAcks } from './acks.ts';

test('of a large group so many acknowledgements go out in one turn, and others have their turn between them', async () => {
  const told: string[] = [];
  const acks = createAcks<string>((group) => void told.push(group));
  const given: number[] = [];
  const many = Array.from({ length: 2 * acksPerTurn + 1 }, (_, i) => () => void given.push(i));
  acks.give(many, null, 'large');
  expect(acksPerTurn).toBeLessThanOrEqual(500);
  const perTurn = [given.length];
  while (given.length < many.length) {
    expect(told).toEqual([]);
    await turn();
    perTurn.push(given.length - perTurn.reduce((sum, n) => sum + n, 0));
  }
  expect(perTurn).toEqual([acksPerTurn, acksPerTurn, 1]);
  expect(given).toEqual(many.map((_, i) => i));
  expect(told).toEqual(['large']);
});

test('a slice is shared by small groups, which are told of in order, each behind its own acknowledgements', async () => {
  const heard: string[] = [];
  const acks = createAcks<string>((group) => void heard.push(group));
  const filler = Array.from({ length: acksPerTurn + 10 }, () => () => {});
  acks.give(filler, null, 'first');
  acks.give([() => void heard.push('b')], null, 'second');
  acks.give([(error) => void heard.push(error?.message ?? '')], new Error('full'), null);
  expect(heard).toEqual([]);
  await acks.idle();
  expect(heard).toEqual(['first', 'b', 'second', 'full']);
  await acks.idle();
});
