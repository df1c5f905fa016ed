import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSqlite } from '../store/sqlite.ts';
import { createWriteBack } from './write-back.ts';

async function open() {
  const file = join(mkdtempSync(join(tmpdir(), 'gatehouse-write-back-')), 'load.db');
  const load = await openSqlite(file, { walAutoCheckpoint: 0 });
  const reader = await openSqlite(file, { walAutoCheckpoint: 0 });
  await load.run('CREATE TABLE t (x)');
  const walBytes = () => statSync(`${file}-wal`).size;
  const writeBack = createWriteBack({ load, reader, walBytes });
  const blob = Buffer.alloc(256 * 1024, 7);
  return {
    load,
    walBytes,
    writeBack,
    async write(times: number, told = true) {
      for (let i = 0; i < times; i += 1) {
        await load.run('INSERT INTO t VALUES (?)', [blob]);
        if (told) writeBack.wrote(blob.length);
      }
    },
    async close() {
      await load.close();
      await reader.close();
    },
  };
}

test('the log of changes begins anew when it has grown by four megabytes, and not before', async () => {
  const { write, writeBack, walBytes, close } = await open();
  await write(8);
  await writeBack.look();
  const before = walBytes();
  await write(1);
  expect(walBytes(), 'too little: it goes on').toBeGreaterThan(before);
  await write(8);
  await writeBack.look();
  const grown = walBytes();
  await write(1);
  expect(walBytes(), 'written back: it begins at its start').toBeLessThanOrEqual(grown);
  await close();
});

test('what others have written into it counts by its length', async () => {
  const { write, writeBack, walBytes, close } = await open();
  await write(40, false);
  const grown = walBytes();
  expect(grown).toBeGreaterThan(8 * 1024 * 1024);
  await writeBack.look();
  await write(1, false);
  expect(walBytes(), 'begun anew, and cut').toBeLessThan(grown);
  await close();
});
