import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createPrepared, maxPrepared, maxSeen } from './prepared.ts';
import { openSqlite } from './sqlite.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-prepared-'));

const insert = 'INSERT INTO t (a) VALUES (?)';
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

test('what is run again and again gives the same as what is run once, alone, at once and in transactions', async () => {
  const db = await openSqlite(join(folder, 'same.db'));
  await db.run('CREATE TABLE t (n INTEGER PRIMARY KEY, a UNIQUE)');
  for (let i = 1; i <= 5; i += 1) {
    expect(await db.run(insert, [i])).toEqual({ changes: 1, lastId: i });
    await settled();
  }
  await Promise.all([6, 7, 8].map((i) => db.run(insert, [i])));
  await db.transaction(async (tx) => {
    await Promise.all([9, 10].map((i) => tx.run(insert, [i])));
  });
  await expect(
    db.transaction(async (tx) => {
      await tx.run(insert, [11]);
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(await db.get('SELECT count(*) AS n, max(a) AS most FROM t')).toEqual({ n: 10, most: 10 });
  await db.close();
});

test('one that failed says why each time, and goes on when what was wrong is mended', async () => {
  const db = await openSqlite(join(folder, 'failed.db'));
  await db.run('CREATE TABLE t (a UNIQUE)');
  for (const i of [1, 2, 3]) {
    await db.run(insert, [i]);
    await settled();
  }
  await expect(db.run(insert, [1])).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT' });
  expect(await db.run(insert, [4])).toMatchObject({ changes: 1 });
  await db.run('ALTER TABLE t RENAME TO hidden');
  for (const i of [5, 6, 7]) {
    await expect(db.run(insert, [i])).rejects.toThrow(/no such table/);
    await settled();
  }
  await db.run('ALTER TABLE hidden RENAME TO t');
  expect(await db.run(insert, [8])).toMatchObject({ changes: 1 });
  await db.close();
});

test('a kept statement holds no view of the file: the log of changes is emptied as before, and the file closes', async () => {
  const file = join(folder, 'log.db');
  const db = await openSqlite(file, { walAutoCheckpoint: 0 });
  const other = await openSqlite(file, { walAutoCheckpoint: 0 });
  await db.run('CREATE TABLE t (a)');
  for (let i = 0; i < 10; i += 1) await db.run(insert, [i]);
  await settled();
  await db.run(insert, [11]);
  expect(await other.get('PRAGMA wal_checkpoint(TRUNCATE)')).toMatchObject({ busy: 0, log: 0 });
  await other.close();
  await db.close();
});

test('it is closed while the first statement is still being compiled', async () => {
  const db = await openSqlite(join(folder, 'early.db'));
  await db.run('CREATE TABLE t (a)');
  await db.run(insert, [1]);
  const second = db.run(insert, [2]);
  await Promise.all([second, db.close()]);
});

test('only what writes and gives no rows is kept, only so many, and the oldest goes', async () => {
  const compiled: string[] = [];
  const prepared = createPrepared((sql, done) => {
    compiled.push(sql);
    setImmediate(() => done(sql.includes('nowhere') ? new Error('no such table') : null));
    return { finalize: () => compiled.splice(compiled.indexOf(sql), 1) };
  });
  const keptNow = async (sql: string) => {
    for (let i = 0; i < 3; i += 1) prepared.of(sql);
    await settled();
    return prepared.of(sql) !== undefined;
  };
  for (const sql of ['SELECT 1', 'PRAGMA user_version', `${insert} RETURNING a`, 'VACUUM']) {
    expect(await keptNow(sql)).toBe(false);
  }
  expect(await keptNow('INSERT INTO nowhere VALUES (1)')).toBe(false);
  const texts = Array.from(
    { length: maxPrepared + 1 },
    (_, i) => `INSERT INTO t (a) VALUES (? + ${i})`,
  );
  for (const sql of texts) {
    prepared.of(sql);
    prepared.of(sql);
  }
  await settled();
  expect(texts.filter((sql) => prepared.of(sql) !== undefined)).toHaveLength(maxPrepared);
  for (let i = 0; i <= maxSeen; i += 1) prepared.of(`DELETE FROM t WHERE a = ${i}`);
  prepared.of('DELETE FROM t WHERE a = 0');
  await settled();
  expect(prepared.of('DELETE FROM t WHERE a = 0')).toBeUndefined();
  expect(compiled).toHaveLength(maxPrepared + 1);
  prepared.finalize();
  // The one that could not be compiled has let itself go.
  expect(compiled).toEqual(['INSERT INTO nowhere VALUES (1)']);
});

test('what is written to a file that was closed is told so, each time', async () => {
  const db = await openSqlite(join(folder, 'closed.db'));
  await db.run('CREATE TABLE t (a)');
  await db.close();
  for (let i = 0; i < 4; i += 1) {
    await expect(db.run(insert, [i])).rejects.toMatchObject({ code: 'SQLITE_MISUSE' });
  }
});
