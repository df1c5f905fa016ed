import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSqlite } from './sqlite.ts';
import { markSuspect, openStore, type StoreParts } from './store.ts';

const nowMs = Date.UTC(2026, 2, 16);
const fresh = (): StoreParts => ({
  dataDir: join(mkdtempSync(join(tmpdir(), 'gatehouse-store-')), 'data'),
  load: [{ room: 'a', version: 1, sql: 'CREATE TABLE t (x)' }],
  gate: [],
  nowMs,
});

test('a new directory gets two files, keys outside it, and a mark', async () => {
  const parts = fresh();
  const store = await openStore(parts);
  await store.close();
  expect(readdirSync(parts.dataDir).sort()).toEqual([
    'gate.db',
    'initialised',
    'keys-directory',
    'load.db',
  ]);
  expect(readdirSync(`${parts.dataDir}.keys`).sort()).toEqual(['column-1.key', 'pseudonym.key']);
  expect(statSync(join(`${parts.dataDir}.keys`, 'column-1.key')).mode & 0o77).toBe(0);
  expect(store.notices).toEqual([]);
});

test('two gateways cannot share a directory, and the lock of a dead one is taken over', async () => {
  const parts = fresh();
  const store = await openStore(parts);
  await expect(openStore(parts)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  await store.close();
  writeFileSync(join(parts.dataDir, 'gatehouse.lock'), '999999\n');
  await (await openStore(parts)).close();
});

for (const [what, spoil, expected] of [
  ['a deleted file', (file: string) => rmSync(file), 'lost'],
  ['an empty file', (file: string) => truncateSync(file, 0), 'damaged'],
  ['a file of garbage', (file: string) => writeFileSync(file, Buffer.alloc(9000, 7)), 'damaged'],
  ['a file cut in half', (file: string) => truncateSync(file, 1500), 'damaged'],
] as const) {
  test(`${what} is never taken silently: it is told, and what was there is kept`, async () => {
    const parts = fresh();
    const first = await openStore(parts);
    await first.load.run('INSERT INTO t VALUES (1)');
    await first.close();
    spoil(join(parts.dataDir, 'load.db'));
    const store = await openStore(parts);
    expect(store.notices.map((notice) => [notice.file, notice.what])).toEqual([
      ['load.db', expected],
    ]);
    const aside = store.notices[0]?.movedTo;
    if (expected === 'damaged') expect(existsSync(join(parts.dataDir, aside ?? ''))).toBe(true);
    await store.load.run('INSERT INTO t VALUES (2)');
    await store.close();
    expect((await openStore(parts)).notices).toEqual([]);
  });
}

test('a database of another program is refused and left as it is', async () => {
  const parts = fresh();
  const other = await openStore({ ...fresh(), load: [], gate: [] });
  await other.close();
  await import('node:fs').then(({ mkdirSync }) => mkdirSync(parts.dataDir, { recursive: true }));
  const foreign = await openSqlite(join(parts.dataDir, 'load.db'));
  await foreign.run('CREATE TABLE theirs (x)');
  await foreign.run('PRAGMA application_id = 1');
  await foreign.close();
  await expect(openStore(parts)).rejects.toMatchObject({ code: 'STORE_FOREIGN' });
});

test('a store of a newer program is refused', async () => {
  const parts = fresh();
  const newer = {
    ...parts,
    load: [...parts.load, { room: 'a', version: 2, sql: 'CREATE TABLE u (x)' }],
  };
  await (await openStore(newer)).close();
  await expect(openStore(parts)).rejects.toMatchObject({ code: 'STORE_FOREIGN' });
  const { load, close } = await openStore(newer);
  expect(await load.all('SELECT * FROM u')).toEqual([]);
  await close();
});

test('without its keys a store is not opened: nothing would be readable', async () => {
  const parts = fresh();
  await (await openStore(parts)).close();
  rmSync(`${parts.dataDir}.keys`, { recursive: true });
  await expect(openStore(parts)).rejects.toMatchObject({ code: 'KEYS_MISSING' });
});

test('a large file is looked through where it was found damaged at work, and only then', async () => {
  const parts = fresh();
  const store = await openStore(parts);
  await store.load.run('CREATE TABLE large (x)');
  // 70 MB, each row on pages of its own.
  for (let n = 0; n < 70; n += 1)
    await store.load.run('INSERT INTO large VALUES (zeroblob(1000000))');
  await store.close();
  const file = join(parts.dataDir, 'load.db');
  const handle = openSync(file, 'r+');
  // An inner page of a table's tree: what hangs on it cannot be found any more.
  writeSync(handle, Buffer.alloc(4096, 0xee), 0, 4096, 8192);
  closeSync(handle);
  const careless = await openStore(parts);
  expect(careless.notices).toEqual([]);
  await careless.close();
  markSuspect(parts.dataDir);
  const careful = await openStore(parts);
  expect(careful.notices).toMatchObject([{ file: 'load.db', what: 'damaged' }]);
  await careful.close();
  // The suspicion is over with it.
  expect(existsSync(join(parts.dataDir, 'suspect'))).toBe(false);
}, 30_000);

test('a file that another program holds is refused, not moved aside, and is whole afterwards', async () => {
  const parts = fresh();
  const first = await openStore(parts);
  await first.load.run('INSERT INTO t VALUES (1)');
  await first.close();
  const other = await openSqlite(join(parts.dataDir, 'load.db'));
  await other.run('BEGIN EXCLUSIVE');
  await expect(openStore(parts)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  await other.run('ROLLBACK');
  await other.close();
  const again = await openStore(parts);
  expect(again.notices).toEqual([]);
  expect(await again.load.all('SELECT * FROM t')).toHaveLength(1);
  await again.close();
}, 30_000);
