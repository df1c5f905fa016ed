import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isLow, watchSpace } from './space.ts';

test('what was deleted within the file counts as room, for it is written again before the file grows', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-space-'));
  const never = 1e18;
  let inside = 0;
  const space = await watchSpace(dir, never, async () => inside);
  expect(space.refusal()).toMatch(/free/);
  inside = 2 * never;
  await space.look();
  expect(space.refusal()).toBeNull();
  inside = 0;
  await space.look();
  expect(space.refusal()).not.toBeNull();
});

test('a disk is low below a fifth, and well again only with a little more', () => {
  expect(isLow(1.9e9, 10e9, false)).toBe(true);
  expect(isLow(2.1e9, 10e9, false)).toBe(false);
  expect(isLow(2.1e9, 10e9, true)).toBe(true);
  expect(isLow(2.3e9, 10e9, true)).toBe(false);
  expect(isLow(30e9, 1000e9, false)).toBe(false);
});
