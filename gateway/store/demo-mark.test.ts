import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepApart } from './demo-mark.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'gatehouse-mark-'));

test('a demonstration runs in a directory of its own, again and again', () => {
  const dataDir = join(folder(), 'data');
  keepApart(dataDir, true);
  writeFileSync(join(dataDir, 'gate.db'), '');
  expect(() => keepApart(dataDir, true)).not.toThrow();
});

test('a demonstration does not run in the records of a real box', () => {
  const dataDir = folder();
  writeFileSync(join(dataDir, 'gate.db'), '');
  expect(() => keepApart(dataDir, true)).toThrow(/real box/);
});

test('a directory in which a real gateway ran is a real one from then on', () => {
  const dataDir = folder();
  keepApart(dataDir, true);
  writeFileSync(join(dataDir, 'gate.db'), '');
  keepApart(dataDir, false);
  expect(existsSync(join(dataDir, 'demonstration'))).toBe(false);
  expect(() => keepApart(dataDir, true)).toThrow(/real box/);
});
