import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSqlite, type SqlValue } from './sqlite.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-sqlite-'));
let n = 0;
const fresh = async () => {
  n += 1;
  const db = await openSqlite(join(folder, `${n}.db`));
  await db.run('CREATE TABLE t (a, b INTEGER)');
  return db;
};

test('it is in WAL mode, flushes fully, and enforces foreign keys', async () => {
  const db = await fresh();
  expect(await db.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
  expect(await db.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
  expect(await db.get('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1 });
  await db.close();
});

test('what sqlite3 would turn into NULL or nonsense is refused', async () => {
  const db = await fresh();
  for (const wrong of [
    1n,
    undefined,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    {},
    [],
    true,
    new Date(),
    Symbol('x'),
  ]) {
    await expect(db.run('INSERT INTO t (a) VALUES (?)', [wrong as SqlValue])).rejects.toThrow(
      TypeError,
    );
  }
  expect(await db.all('SELECT * FROM t')).toEqual([]);
  await db.close();
});

test('text, numbers beyond 2^31, fractions and bytes come back as they went in', async () => {
  const db = await fresh();
  const bytes = new Uint8Array([0, 1, 255]);
  await db.run('INSERT INTO t (a, b) VALUES (?, ?)', [bytes.subarray(1), 1_773_618_130_123]);
  const row = await db.get<{ a: Uint8Array; b: number }>('SELECT a, b, typeof(b) AS kind FROM t');
  expect([...(row?.a ?? [])]).toEqual([1, 255]);
  expect(row).toMatchObject({ b: 1_773_618_130_123, kind: 'integer' });
  await db.close();
});

test('a failed call says so and ends nothing', async () => {
  const db = await fresh();
  await expect(db.run('INSERT INTO nowhere VALUES (1)')).rejects.toMatchObject({
    code: 'SQLITE_ERROR',
  });
  await expect(db.exec('nonsense')).rejects.toThrow();
  expect(await db.all('SELECT * FROM t')).toEqual([]);
  await db.close();
});

test('a call outside never slips into a transaction that is rolled back', async () => {
  const db = await fresh();
  const doomed = db.transaction(async (tx) => {
    await tx.run('INSERT INTO t (a) VALUES (1)');
    await new Promise((resolve) => setImmediate(resolve));
    throw new Error('no');
  });
  const innocent = db.run('INSERT INTO t (a) VALUES (2)');
  await expect(doomed).rejects.toThrow('no');
  await innocent;
  expect(await db.all('SELECT a FROM t')).toEqual([{ a: 2 }]);
  await db.close();
});

test('transactions follow one another and all land', async () => {
  const db = await fresh();
  const add = (a: number) => db.transaction((tx) => tx.run('INSERT INTO t (a) VALUES (?)', [a]));
  await Promise.all(Array.from({ length: 50 }, (_, i) => add(i)));
  expect(await db.get('SELECT count(*) AS n FROM t')).toEqual({ n: 50 });
  await db.close();
});

test('a file that is no database is refused when it is opened', async () => {
  const file = join(folder, 'text.db');
  writeFileSync(file, 'hello, this is not a database at all');
  await expect(openSqlite(file)).rejects.toMatchObject({ code: 'SQLITE_NOTADB' });
});

test('a copy of a file in use is complete', async () => {
  const db = await fresh();
  await db.run('INSERT INTO t (a) VALUES (7)');
  const copy = join(folder, 'copy.db');
  await db.backup(copy);
  const other = await openSqlite(copy, { readOnly: true });
  expect(await other.all('SELECT a FROM t')).toEqual([{ a: 7 }]);
  await expect(other.run('DELETE FROM t')).rejects.toThrow();
  await other.close();
  await db.close();
});
