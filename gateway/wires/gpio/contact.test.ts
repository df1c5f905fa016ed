import { expect, test } from 'vitest';
import { createContact, type Level } from './contact.ts';

/** Levels that counted, of edges at these times; the line is asked whenever it wants to be. */
function told(holdMs: number, edges: readonly (readonly [atMs: number, level: Level])[]) {
  const contact = createContact(holdMs);
  const counted: [number, Level][] = [];
  const settle = (untilMs: number) => {
    const dueMs = contact.dueMs();
    if (dueMs === null || dueMs > untilMs) return;
    const level = contact.settle(dueMs);
    if (level !== null) counted.push([dueMs, level]);
  };
  for (const [atMs, level] of edges) {
    settle(atMs - 0.001);
    contact.see(level, atMs, true);
  }
  settle(Number.POSITIVE_INFINITY);
  return { counted, bounces: contact.bounces() };
}

test('a level counts once it has held for the time, and not before', () => {
  expect(
    told(30, [
      [0, 0],
      [100, 1],
    ]).counted,
  ).toEqual([
    [30, 0],
    [130, 1],
  ]);
});

test('a contact that bounces is one change, counted from its last movement', () => {
  const { counted, bounces } = told(30, [
    [0, 0],
    [100, 1],
    [103, 0],
    [106, 1],
    [111, 0],
    [113, 1],
  ]);
  expect(counted).toEqual([
    [30, 0],
    [143, 1],
  ]);
  expect(bounces).toBe(4);
});

test('a spike that falls back is no change, but it is counted as a bounce', () => {
  const { counted, bounces } = told(30, [
    [0, 0],
    [100, 1],
    [110, 0],
  ]);
  expect(counted).toEqual([[30, 0]]);
  expect(bounces).toBe(2);
});

test('a contact that never rests tells nothing, and goes on counting', () => {
  const restless = Array.from({ length: 100 }, (_, i) => [i * 10, (i % 2) as Level] as const);
  const contact = createContact(30);
  for (const [atMs, level] of restless) {
    contact.see(level, atMs, true);
    expect(contact.settle(atMs)).toBeNull();
  }
  expect(contact.bounces()).toBe(99);
});

test('looking at a line that did not move does not hold its level up', () => {
  const contact = createContact(30);
  contact.see(1, 0, true);
  contact.see(1, 20, false);
  expect(contact.settle(30)).toBe(1);
  expect(contact.dueMs()).toBeNull();
});

test('without a hold time every level counts at once', () => {
  expect(told(0, [[5, 1]]).counted).toEqual([[5, 1]]);
});
