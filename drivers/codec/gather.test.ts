import { expect, test } from 'vitest';
import type { Memory } from '../driver.ts';
import { bareNumber, type Gathered, gather, togetherMs } from './gather.ts';

const worth = (values: Gathered['values']) => 'power' in values;

/** What comes out of values that arrive at these times. */
function joined(
  wanted: readonly string[],
  said: ReadonlyArray<readonly [atMs: number, name: string, value?: number]>,
): Gathered[] {
  const memory = {};
  return said.flatMap(([atMs, name, value = 1]) =>
    gather(memory, { name, value, atMs }, wanted, worth),
  );
}

test('when everything that is wanted has been said, the moment is over, with the time of its first value', () => {
  const moments = joined(
    ['power', 'current'],
    [
      [1000, 'power', 5],
      [1200, 'current', 2],
      [9000, 'power', 6],
      [9100, 'current', 3],
    ],
  );
  expect(moments).toEqual([
    { atMs: 1000, values: { power: 5, current: 2 } },
    { atMs: 9000, values: { power: 6, current: 3 } },
  ]);
});

test('a device that never says all of it is understood from its second moment on', () => {
  const said = [0, 10_000, 20_000].flatMap(
    (atMs): Array<[number, string, number]> => [
      [atMs + 1, 'power', atMs],
      [atMs + 2, 'voltage', 230],
    ],
  );
  const moments = joined(['power', 'voltage', 'factor'], said);
  // The first is over when the second begins, each later one with its own last value.
  expect(moments.map(({ atMs }) => atMs)).toEqual([1, 10_001, 20_001]);
});

test('a name that comes again, or too late, belongs to the next moment', () => {
  const again = joined(
    ['power', 'x'],
    [
      [0, 'power', 1],
      [10, 'power', 2],
    ],
  );
  // From the first on it is known that power is all it says.
  expect(again.map(({ atMs }) => atMs)).toEqual([0, 10]);
  const late = joined(
    ['power', 'x'],
    [
      [0, 'power', 1],
      [togetherMs + 1, 'x', 2],
    ],
  );
  expect(late).toEqual([{ atMs: 0, values: { power: 1 } }]);
});

test('a moment without power is nothing, and a clock that jumps back ends a moment as well', () => {
  expect(
    joined(
      ['power', 'x'],
      [
        [0, 'x'],
        [5000, 'x'],
        [10_000, 'x'],
      ],
    ),
  ).toEqual([]);
  expect(
    joined(
      ['power', 'x'],
      [
        [50_000, 'power'],
        [1000, 'x'],
      ],
    ),
  ).toHaveLength(1);
});

test('no flood of names fills the memory', () => {
  const memory: Record<string, unknown> = {};
  for (let n = 0; n < 1000; n += 1) {
    gather(memory, { name: `n${n}`, value: n, atMs: 0 }, ['power'], worth);
  }
  const { values } = memory.gathering as { values: object };
  expect(Object.keys(values).length).toBeLessThanOrEqual(64);
});

test('a bare payload is a number, nan, or refused', () => {
  expect(['375.50', ' -1e3 ', '+5', 'nan', 'NaN'].map(bareNumber)).toEqual([
    375.5,
    -1000,
    5,
    null,
    null,
  ]);
  for (const wrong of ['', 'on', '1,5', '0x10', 'Infinity', '1e999', '9'.repeat(40)])
    expect(bareNumber(wrong), wrong).toBeUndefined();
});

/** A device that says a, b, c, d in this order; a moment counts when all are there. */
function inOrder(first?: string) {
  const memory: Memory = {};
  const names = ['a', 'b', 'c', 'd'];
  const all = (values: object) => names.every((name) => name in values);
  const say = (text: string, atMs: number, value: number) =>
    [...text].flatMap((name) => gather(memory, { name, value, atMs }, names, all, first));
  return { say };
}

test('a moment that breaks off in its midst is not joined with the next one, which comes at once', () => {
  const held = inOrder('a');
  expect(held.say('abcd', 0, 1)).toHaveLength(1);
  // The box was held up between b and c, and again until the next round was there as well.
  const later = [
    ...held.say('ab', 5000, 2),
    ...held.say('cd', 6100, 2),
    ...held.say('abcd', 6200, 3),
  ];
  expect(later.map(({ values }) => ({ ...values }))).toEqual([{ a: 3, b: 3, c: 3, d: 3 }]);
  const mixed = inOrder();
  mixed.say('ab', 5000, 2);
  const [moment] = [...mixed.say('cd', 6100, 2), ...mixed.say('ab', 6200, 3)];
  expect({ ...moment?.values }, 'where the order is not known').toEqual({ a: 3, b: 3, c: 2, d: 2 });
});

test('the rest of a broken moment is over with a pause, and the next is whole', () => {
  const { say } = inOrder('a');
  say('ab', 0, 1);
  expect(say('cd', 1200, 1)).toEqual([]);
  expect(say('abcd', 30_000, 2)).toHaveLength(1);
});

test('a device that begins with something else than is known of it is not passed over for ever', () => {
  const { say } = inOrder('d');
  say('ab', 0, 1);
  const moments = [1, 2, 3, 4].map((n) => say('abcd', n * 30_000, n).length);
  expect(moments.slice(1)).toEqual([1, 1, 1]);
});
