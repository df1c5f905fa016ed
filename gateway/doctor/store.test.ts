import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openKept } from '../open-kept.ts';
import { backup } from '../store/backup.ts';
import { noteBackup } from '../store/last-backup.ts';
import { examineStore } from './store.ts';

const nowMs = Date.UTC(2026, 2, 16);
const dayMs = 86_400_000;
const clock = { nowMs: () => nowMs, monoMs: () => nowMs, trusted: () => true };

async function box() {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-doctor-'));
  const dataDir = join(folder, 'data');
  const { journal, close } = await openKept(dataDir, { clock });
  await new Promise<void>((resolve, reject) => {
    const readings = [{ kind: 'power', device: 'm1', atMs: nowMs, powerW: 1 }] as const;
    journal.append(readings, (error) => (error ? reject(error) : resolve()));
  });
  return { dataDir, file: join(folder, 'box.tar'), close };
}

test('the doctor finds nothing wrong with a whole store, and names what is wrong with others', async () => {
  const { dataDir, close } = await box();
  const states = async () =>
    (await examineStore(dataDir, nowMs)).filter(({ state }) => state === 'bad');
  expect(await states()).toEqual([]);
  await close();
  rmSync(`${dataDir}.keys`, { recursive: true });
  writeFileSync(join(dataDir, 'gate.db'), 'nonsense');
  rmSync(join(dataDir, 'load.db'));
  expect((await states()).map(({ zh }) => zh.slice(0, 12))).toEqual([
    '缺少 load.db。用',
    'gate.db 已损坏（',
    '缺少密钥：车牌等列无法读',
  ]);
});

test('the doctor says whether there is a backup, how old it is, and whether its key is there', async () => {
  const { dataDir, file, close } = await box();
  await close();
  const said = async (atMs: number) =>
    (await examineStore(dataDir, atMs))
      .filter(({ en }) => /backup/i.test(en))
      .map(({ state, en }) => `${state} ${en.slice(0, 40)}`);
  expect(await said(nowMs)).toEqual(['warn There is no backup yet: gatehouse backup']);
  const { atMs } = await backup(dataDir, file, nowMs);
  noteBackup(dataDir, { atMs, bytes: 1, sealed: true });
  expect(await said(nowMs)).toEqual(['ok The last backup was made 0 days ago, sea']);
  expect(await said(nowMs + 9 * dayMs)).toEqual(['warn The last backup was made 9 days ago.']);
  rmSync(join(`${dataDir}.keys`, 'backup.key'));
  expect(await said(nowMs)).toEqual(['bad backup.key is missing: backups that were']);
  noteBackup(dataDir, { atMs, bytes: 1, sealed: false });
  expect(await said(nowMs)).toEqual(['warn The last backup is not sealed as a whole']);
});
