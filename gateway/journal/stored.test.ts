import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Reading } from '../../drivers/reading.ts';
import { openStore } from '../store/store.ts';
import { openJournal } from './journal.ts';
import { eventMigrations, loadMigrations } from './migrations.ts';
import { openStored } from './stored.ts';

const nowMs = Date.UTC(2026, 2, 16);
const passage: Reading = {
  kind: 'passage',
  device: 'cam-1',
  atMs: nowMs,
  lane: 'in-1',
  direction: 'in',
  credential: 'plate',
  result: 'registered',
  plate: '沪A12345',
};
const power: Reading = { kind: 'power', device: 'm1', atMs: nowMs, powerW: 1 };

async function openBox() {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'gatehouse-stored-')), 'data');
  const store = await openStore({
    dataDir,
    load: loadMigrations,
    gate: eventMigrations,
    nowMs,
  });
  const journal = await openJournal({
    store,
    clock: { nowMs: () => nowMs, monoMs: () => 0, trusted: () => true },
    windowMs: 0,
    reserveBytes: 0,
    onFatal: () => {},
  });
  await new Promise((resolve) => journal.append([power, passage], resolve));
  return { dataDir, store, journal };
}

async function all(dataDir: string): Promise<Reading[]> {
  const stored = await openStored(dataDir);
  const found: Reading[] = [];
  for (const kind of ['power', 'passage', 'status'] as const) {
    for await (const reading of stored.read({ kind, purpose: 'export' })) found.push(reading);
  }
  await stored.close();
  return found;
}

test('what is stored can be read while the gateway runs, and after it ended', async () => {
  const { dataDir, store, journal } = await openBox();
  expect(await all(dataDir)).toEqual([power, passage]);
  await journal.close();
  await store.close();
  expect(await all(dataDir)).toEqual([power, passage]);
});

test('what a crash left behind is read without starting the gateway; half a group is not shown', async () => {
  const { dataDir, store, journal } = await openBox();
  await store.gate.run(
    `INSERT INTO event (seq, kind, device, at_ms, identity, body)
     VALUES (2, 'status', 'x', 1, 'x', '{"kind":"status","device":"x","atMs":1,"online":true}')`,
  );
  // The files as a killed process leaves them: WAL not written back, its index gone.
  const crashed = `${dataDir}-crashed`;
  cpSync(dataDir, crashed, { recursive: true });
  for (const name of ['load.db-shm', 'gate.db-shm']) rmSync(join(crashed, name), { force: true });
  expect(await all(crashed)).toEqual([power, passage]);
  await journal.close();
  await store.close();
});

test('without the keys passages stay sealed and all else is readable', async () => {
  const { dataDir, store, journal } = await openBox();
  await journal.close();
  await store.close();
  rmSync(`${dataDir}.keys`, { recursive: true });
  await expect(all(dataDir)).rejects.toMatchObject({ code: 'KEYS_MISSING' });
  const stored = await openStored(dataDir);
  for await (const reading of stored.read({ kind: 'power' })) expect(reading).toEqual(power);
  await stored.close();
});

test('a directory without a store is refused, not filled', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'gatehouse-empty-'));
  await expect(openStored(empty)).rejects.toMatchObject({ code: 'STORE_FOREIGN' });
  expect(spawnSync('ls', [empty]).stdout.toString()).toBe('');
});
