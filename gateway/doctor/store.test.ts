import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backup } from '../store/backup.ts';
import { noteBackup } from '../store/last-backup.ts';
import { openStore, type StoreParts } from '../store/store.ts';
import { examineStore } from './store.ts';

const nowMs = Date.UTC(2026, 2, 16);
const fresh = () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-doctor-'));
  const parts: StoreParts = {
    dataDir: join(folder, 'data'),
    load: [
      {
        room: 'journal',
        version: 1,
        sql: 'CREATE TABLE journal (seq INTEGER PRIMARY KEY, at_ms INTEGER, x TEXT)',
      },
    ],
    gate: [{ room: 'a', version: 1, sql: 'CREATE TABLE t (x)' }],
    nowMs,
  };
  return { parts, file: join(folder, 'box.tar') };
};

test('the doctor finds nothing wrong with a whole store, and names what is wrong with others', async () => {
  const { parts } = fresh();
  const store = await openStore(parts);
  await store.load.run('INSERT INTO journal VALUES (1, ?, ?)', [nowMs, 'a']);
  const states = async () =>
    (await examineStore(parts.dataDir, nowMs)).filter(({ state }) => state === 'bad');
  expect(await states()).toEqual([]);
  await store.close();
  rmSync(`${parts.dataDir}.keys`, { recursive: true });
  writeFileSync(join(parts.dataDir, 'gate.db'), 'nonsense');
  rmSync(join(parts.dataDir, 'load.db'));
  expect((await states()).map(({ zh }) => zh.slice(0, 12))).toEqual([
    '缺少 load.db。用',
    'gate.db 已损坏（',
    '缺少密钥：车牌等列无法读',
  ]);
});

test('the doctor says whether there is a backup, how old it is, and whether its key is there', async () => {
  const { parts, file } = fresh();
  await (await openStore(parts)).close();
  const said = async (atMs: number) =>
    (await examineStore(parts.dataDir, atMs))
      .filter(({ en }) => /backup/i.test(en))
      .map(({ state, en }) => `${state} ${en.slice(0, 40)}`);
  expect(await said(nowMs)).toEqual(['warn There is no backup yet: gatehouse backup']);
  const { atMs } = await backup(parts.dataDir, file, nowMs);
  noteBackup(parts.dataDir, { atMs, bytes: 1, sealed: true });
  expect(await said(nowMs)).toEqual(['ok The last backup was made 0 days ago, sea']);
  expect(await said(nowMs + 9 * 86_400_000)).toEqual(['warn The last backup was made 9 days ago.']);
  rmSync(join(`${parts.dataDir}.keys`, 'backup.key'));
  expect(await said(nowMs)).toEqual(['bad backup.key is missing: backups that were']);
  noteBackup(parts.dataDir, { atMs, bytes: 1, sealed: false });
  expect(await said(nowMs)).toEqual(['warn The last backup is not sealed as a whole']);
});
