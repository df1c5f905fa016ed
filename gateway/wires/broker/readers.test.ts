import { expect, test } from 'vitest';
import { createReaders } from './readers.ts';

const asked = (...topics: string[]) => topics.map((topic) => ({ topic, qos: 1 }));
const reader = (id: string, clean = true) => ({ id, clean });
const power = 'gatehouse/v1/+/power';

test('a filter that is asked for twice counts once, a refused one and one of other topics not at all', () => {
  const readers = createReaders();
  const board = reader('board');
  readers.subscribed(board, asked(power, 'cmnd/x'));
  readers.subscribed(board, asked(power));
  readers.subscribed(reader('m1'), [{ topic: power, qos: 128 }]);
  expect(readers.count()).toBe(1);
  readers.unsubscribed(board, [power]);
  expect(readers.count()).toBe(0);
});

test('who gives up what it never had takes nothing away from others', () => {
  const readers = createReaders();
  readers.subscribed(reader('board'), asked(power));
  const stranger = reader('m1');
  readers.unsubscribed(stranger, [power]);
  readers.subscribed(stranger, asked('#'));
  readers.unsubscribed(stranger, [power]);
  expect(readers.count()).toBe(2);
});

test('a connection that is pushed out by its own return takes its own filters with it, not the new ones', () => {
  const readers = createReaders();
  const [before, after] = [reader('board'), reader('board')];
  readers.subscribed(before, asked(power));
  readers.subscribed(after, asked(power));
  readers.unsubscribed(before, [power]);
  expect(readers.count()).toBe(1);
});

test('a kept session counts while its reader is away, until it is forgotten or a clean one takes its name', () => {
  const readers = createReaders();
  readers.subscribed(reader('board', false), asked(power));
  readers.came(reader('board', false));
  expect(readers.count()).toBe(1);
  readers.came(reader('board'));
  expect(readers.count()).toBe(0);
  readers.subscribed(reader('board', false), asked(power));
  readers.forgotten('board');
  expect(readers.count()).toBe(0);
});
