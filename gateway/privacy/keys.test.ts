import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openKeys } from './keys.ts';

const directory = () => {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'gatehouse-keys-')), 'data');
  mkdirSync(dataDir);
  return dataDir;
};

test('what was sealed can be opened, and no two seals are alike', () => {
  const keys = openKeys(directory(), undefined, true);
  const [one, two] = [keys.seal('沪A12345'), keys.seal('沪A12345')];
  expect(Buffer.from(one).equals(Buffer.from(two))).toBe(false);
  expect(keys.open(one)).toBe('沪A12345');
  expect(Buffer.from(one).includes('12345')).toBe(false);
});

test('a changed byte and a wrong key are refused', () => {
  const dataDir = directory();
  const keys = openKeys(dataDir, undefined, true);
  const sealed = Buffer.from(keys.seal('secret'));
  const bent = Buffer.from(sealed);
  bent[bent.length - 1] = (bent.at(-1) ?? 0) ^ 1;
  expect(() => keys.open(bent)).toThrow();
  expect(() => openKeys(directory(), undefined, true).open(sealed)).toThrow();
});

test('after a rotation old rows stay readable and new ones use the new key', () => {
  const dataDir = directory();
  const old = openKeys(dataDir, undefined, true).seal('x');
  writeFileSync(join(`${dataDir}.keys`, 'column-2.key'), '11'.repeat(32));
  const keys = openKeys(dataDir, undefined, false);
  expect(keys.open(old)).toBe('x');
  expect(keys.seal('y')[0]).toBe(2);
});

test('a pseudonym is the same here, another at the next site and in another class', () => {
  const here = openKeys(directory(), undefined, true);
  const there = openKeys(directory(), undefined, true);
  expect(here.pseudonym('plate', '沪A12345')).toBe(here.pseudonym('plate', '沪A12345'));
  expect(here.pseudonym('plate', '沪A12345')).not.toBe(there.pseudonym('plate', '沪A12345'));
  expect(here.pseudonym('plate', '沪A12345')).not.toBe(here.pseudonym('card', '沪A12345'));
});

test('keys that are missing are not made anew behind the back of a store', () => {
  expect(() => openKeys(directory(), undefined, false)).toThrow(/No keys/);
});
