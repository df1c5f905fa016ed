import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backupKey } from '../privacy/keys.ts';
import { backup, compare, restore } from './backup.ts';
import { openStore, type StoreParts } from './store.ts';
import { addFile, addText, endArchive } from './tar.ts';

const nowMs = Date.UTC(2026, 2, 16);
const fresh = () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-backup-'));
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
  return { folder, parts, file: join(folder, 'box.tar') };
};

test('a copy of a running box goes back into an empty directory, all of it', async () => {
  const { folder, parts, file } = fresh();
  const store = await openStore(parts);
  await store.load.run('INSERT INTO journal VALUES (1, ?, ?)', [nowMs, 'a']);
  await store.gate.run('INSERT INTO t VALUES (7)');
  const report = await backup(parts.dataDir, file, nowMs);
  expect(report.files.map(({ name }) => name)).toEqual(['gate.db', 'load.db']);
  await store.gate.run('INSERT INTO t VALUES (8)');
  await store.close();
  expect(readdirSync(folder).sort()).toEqual(['box.tar', 'data', 'data.keys']);

  const dataDir = join(folder, 'again');
  cpSync(`${parts.dataDir}.keys`, `${dataDir}.keys`, { recursive: true });
  expect(await restore(dataDir, file, nowMs)).toMatchObject({ atMs: nowMs, keysFit: true });
  const restored = await openStore({ ...parts, dataDir });
  expect(restored.notices).toEqual([]);
  expect(await restored.gate.all('SELECT x FROM t')).toEqual([{ x: 7 }]);
  expect(await restored.load.all('SELECT x FROM journal')).toEqual([{ x: 'a' }]);
  await restored.close();
});

test('a backup is sealed as a whole: without its key nothing in it is found, and it holds no key (PR-19)', async () => {
  const { folder, parts, file } = fresh();
  const store = await openStore(parts);
  await store.gate.run("INSERT INTO t VALUES ('2026-05-01T08:00 in-1')");
  await store.close();
  expect(await backup(parts.dataDir, file, nowMs)).toMatchObject({ newKey: true });
  const bytes = readFileSync(file);
  for (const canary of ['2026-05-01', 'in-1', 'gate.db', 'SQLite format', 'ustar', 'CREATE'])
    expect(bytes.includes(canary), canary).toBe(false);
  for (const name of readdirSync(`${parts.dataDir}.keys`)) {
    const key = readFileSync(join(`${parts.dataDir}.keys`, name), 'utf8').trim();
    expect(bytes.includes(key) || bytes.includes(Buffer.from(key, 'hex'))).toBe(false);
  }
  const next = await backup(parts.dataDir, join(folder, 'next.tar'), nowMs);
  expect(next.newKey, 'one key for all of them').toBe(false);
});

test('a new box asks for the key of the backup, and takes it from a file', async () => {
  const { folder, parts, file } = fresh();
  const store = await openStore(parts);
  await store.gate.run('INSERT INTO t VALUES (7)');
  await store.close();
  await backup(parts.dataDir, file, nowMs);
  const dataDir = join(folder, 'new');
  const again = restore(dataDir, file, nowMs);
  await expect(again).rejects.toThrow(/backup\.key.*--key/);
  await expect(again).rejects.toMatchObject({ code: 'KEYS_MISSING' });
  await restore(dataDir, file, nowMs, undefined, backupKey(`${parts.dataDir}.keys`));
  cpSync(`${parts.dataDir}.keys`, `${dataDir}.keys`, { recursive: true });
  const restored = await openStore({ ...parts, dataDir });
  expect(await restored.gate.all('SELECT x FROM t')).toEqual([{ x: 7 }]);
  await restored.close();
});

test('a backup of an earlier version, a plain tar, can still be restored', async () => {
  const { folder, parts, file } = fresh();
  const store = await openStore(parts);
  await store.gate.run('INSERT INTO t VALUES (7)');
  const archive = await open(file, 'w');
  const described = [];
  for (const [name, db] of [
    ['gate.db', store.gate],
    ['load.db', store.load],
  ] as const) {
    await db.backup(join(folder, name));
    described.push({ name, ...(await addFile(archive, name, join(folder, name))) });
  }
  const manifest = { format: 'gatehouse-backup-1', atMs: nowMs, files: described };
  await addText(archive, 'manifest.json', JSON.stringify(manifest));
  await endArchive(archive);
  await archive.close();
  await store.gate.run('INSERT INTO t VALUES (8)');
  await store.close();
  expect(spawnSync('tar', ['tf', file]).stdout.toString()).toContain('gate.db');
  await restore(parts.dataDir, file, nowMs);
  const restored = await openStore(parts);
  expect(await restored.gate.all('SELECT x FROM t')).toEqual([{ x: 7 }]);
  await restored.close();
});

test('a backup that was changed or cut short is refused, and the box keeps what it has', async () => {
  const { parts, file } = fresh();
  const store = await openStore(parts);
  await store.gate.run('INSERT INTO t VALUES (7)');
  await store.close();
  await backup(parts.dataDir, file, nowMs);
  const whole = readFileSync(file);
  for (const spoil of [
    (bytes: Buffer) => bytes.fill(1, 5000, 5010),
    (bytes: Buffer) => bytes.subarray(0, bytes.length - 3000),
    (bytes: Buffer) => bytes.fill(0, 0, 512),
    () => Buffer.from('hello'),
  ]) {
    writeFileSync(file, spoil(Buffer.from(whole)));
    await expect(restore(parts.dataDir, file, nowMs)).rejects.toMatchObject({
      code: 'INPUT_UNREADABLE',
    });
  }
  const still = await openStore(parts);
  expect(await still.gate.all('SELECT x FROM t')).toEqual([{ x: 7 }]);
  await still.close();
});

test('a backup is opened again before it gets its name: what a card has written wrong is none, and nothing is left of it', async () => {
  const { folder, parts, file } = fresh();
  await (await openStore(parts)).close();
  const card = async (part: string, key: Buffer) => {
    await compare(part, key);
    const bytes = readFileSync(part);
    const middle = bytes.length >> 1;
    bytes.writeUInt8((bytes[middle] ?? 0) ^ 1, middle);
    writeFileSync(part, bytes);
    await compare(part, key);
  };
  await expect(backup(parts.dataDir, file, nowMs, card)).rejects.toThrow();
  expect(readdirSync(folder).sort()).toEqual(['data', 'data.keys']);
  await backup(parts.dataDir, file, nowMs);
});

test('restoring moves aside what is there, and never under a running gateway', async () => {
  const { parts, file } = fresh();
  const store = await openStore(parts);
  await backup(parts.dataDir, file, nowMs);
  await expect(restore(parts.dataDir, file, nowMs)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  await store.gate.run('INSERT INTO t VALUES (9)');
  await store.close();
  await restore(parts.dataDir, file, nowMs);
  expect(readdirSync(parts.dataDir).some((name) => name.startsWith('gate.db.replaced-'))).toBe(
    true,
  );
  const restored = await openStore(parts);
  expect(await restored.gate.all('SELECT x FROM t')).toEqual([]);
  await restored.close();
});

test('a backup overwrites nothing, and with other keys the restore says that they do not fit', async () => {
  const { folder, parts, file } = fresh();
  await (await openStore(parts)).close();
  await backup(parts.dataDir, file, nowMs);
  await expect(backup(parts.dataDir, file, nowMs)).rejects.toMatchObject({ code: 'USAGE' });
  const other = { ...parts, dataDir: join(folder, 'other') };
  await (await openStore(other)).close();
  const key = backupKey(`${parts.dataDir}.keys`);
  expect((await restore(other.dataDir, file, nowMs, undefined, key)).keysFit).toBe(false);
});

test('what is readable of a damaged file is saved into the new one', async () => {
  const { parts } = fresh();
  const store = await openStore(parts);
  await store.load.transaction(async (tx) => {
    for (let seq = 1; seq <= 3000; seq += 1)
      await tx.run('INSERT INTO journal VALUES (?, ?, ?)', [seq, nowMs, 'x'.repeat(100)]);
  });
  await store.close();
  const file = join(parts.dataDir, 'load.db');
  const bytes = readFileSync(file);
  bytes.fill(0xee, 100 * 1024, 103 * 1024);
  writeFileSync(file, bytes);
  const again = await openStore(parts);
  expect(again.notices).toMatchObject([{ file: 'load.db', what: 'damaged' }]);
  const saved = await again.load.get<{ n: number; low: number; high: number }>(
    'SELECT count(*) AS n, min(seq) AS low, max(seq) AS high FROM journal',
  );
  expect(saved?.n).toBeGreaterThan(2800);
  expect(saved).toMatchObject({ low: 1, high: 3000 });
  expect(again.notices[0]?.salvaged).toBe(saved?.n);
  await again.close();
  expect(existsSync(join(parts.dataDir, again.notices[0]?.movedTo ?? '?'))).toBe(true);
});
