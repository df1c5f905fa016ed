import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { PassageReading } from '../../drivers/reading.ts';
import { writeEvents } from '../journal/events.ts';
import { loadMigrations } from '../journal/migrations.ts';
import { gateMigrations } from '../migrations.ts';
import { openStore } from '../store/store.ts';
import { keyNumberOf, keysFolder } from './keys.ts';
import { rotateKeys } from './rotate.ts';

const main = resolve(fileURLToPath(new URL('../../dist/gateway/main.js', import.meta.url)));
const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const nowMs = Date.UTC(2026, 4, 1);
const plateOf = (n: number) => `沪A${String(n).padStart(5, '0')}`;
const passage = (n: number): PassageReading => ({
  kind: 'passage',
  device: 'cam-1',
  lane: 'in-1',
  atMs: nowMs + n,
  direction: 'in',
  credential: 'plate',
  result: 'registered',
  plate: plateOf(n),
});

async function openBox(passages: number) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-rotate-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const dataDir = join(folder, 'data');
  const open = () => openStore({ dataDir, load: loadMigrations, gate: gateMigrations, nowMs });
  const store = await open();
  for (let from = 0; from < passages; from += 500) {
    const some = Array.from({ length: Math.min(500, passages - from) }, (_, n) =>
      passage(from + n),
    );
    await writeEvents(store.gate, from + 1, some, store.keys);
  }
  await store.gate.run(
    "INSERT INTO people (id, title, role, phone, turn) VALUES ('p3', '3号', 'duty', ?, 1)",
    [store.keys.seal('+8613800138003')],
  );
  return { store, open, dataDir, folder: keysFolder(dataDir, undefined) };
}

const sealedWith = async ({ gate }: { gate: Awaited<ReturnType<typeof openStore>>['gate'] }) => {
  const rows = await gate.all<{ plate: string }>('SELECT plate FROM event WHERE plate IS NOT NULL');
  return [...new Set(rows.map(({ plate }) => keyNumberOf(Buffer.from(plate, 'base64'))))];
};

test('a running gateway takes the new key, every row stays readable, and the old key is gone (PR-10)', async () => {
  const { store, folder } = await openBox(1200);
  undo.push(store.close);
  const { gate, keys } = store;
  // The gateway goes on sealing while it happens.
  let written = 1200;
  const working = setInterval(() => {
    written += 1;
    void writeEvents(gate, written, [passage(written)], keys);
  }, 50);
  const done = await rotateKeys({ gate, keys, folder, nowMs: () => nowMs, waitMs: 500 });
  clearInterval(working);
  await new Promise((resolve_) => setTimeout(resolve_, 100));
  expect(done.key).toBe(2);
  expect(readdirSync(folder).sort()).toEqual(['column-2.key', 'pseudonym.key']);
  expect(await sealedWith(store)).toEqual([2]);
  const rows = await gate.all<{ at_ms: number; plate: string; body: string }>(
    'SELECT at_ms, plate, body FROM event',
  );
  expect(rows.length).toBeGreaterThan(1200);
  for (const { at_ms, plate, body } of rows) {
    expect(keys.open(Buffer.from(plate, 'base64'))).toBe(plateOf(at_ms - nowMs));
    expect(keyNumberOf(Buffer.from(body, 'base64'))).toBe(2);
    expect(JSON.parse(keys.open(Buffer.from(body, 'base64')))).toMatchObject({ atMs: at_ms });
  }
  const person = await gate.get<{ phone: Uint8Array }>('SELECT phone FROM people');
  expect(person && keys.open(person.phone)).toBe('+8613800138003');
  const told = await gate.get('SELECT action, object FROM audit ORDER BY id DESC LIMIT 1');
  expect(told).toEqual({ action: 'keys.rotate', object: 'key 2' });
}, 60_000);

test('killed in the middle it loses nothing, and goes on when it is run again', async () => {
  expect(existsSync(main), 'npm run build makes what is tested here').toBe(true);
  // Two sealed columns each.
  const { store, open, dataDir, folder } = await openBox(10_000);
  await store.close();
  const rotate = () =>
    spawn(process.execPath, [main, 'privacy', 'rotate-keys', '--data', dataDir], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  const first = rotate();
  await new Promise<void>((resolve_) => {
    first.stderr.on('data', (text) => {
      if (/\b[48]00 sealed anew/.test(String(text))) first.kill('SIGKILL');
    });
    first.on('exit', () => resolve_());
  });
  const half = await open();
  expect((await sealedWith(half)).sort(), 'some with each').toEqual([1, 2]);
  const rows = await half.gate.all<{ plate: string }>('SELECT plate FROM event LIMIT 1000');
  for (const { plate } of rows)
    expect(half.keys.open(Buffer.from(plate, 'base64'))).toMatch(/^沪A/);
  await half.close();
  expect(readdirSync(folder).sort()).toEqual(['column-1.key', 'column-2.key', 'pseudonym.key']);
  const code = await new Promise((resolve_) => rotate().on('exit', resolve_));
  expect(code).toBe(0);
  const whole = await open();
  undo.push(whole.close);
  expect(await sealedWith(whole)).toEqual([2]);
  expect(readdirSync(folder).sort()).toEqual(['column-2.key', 'pseudonym.key']);
  const n = await whole.gate.get<{ n: number }>(
    'SELECT COUNT(*) AS n FROM event WHERE plate IS NOT NULL',
  );
  expect(n?.n).toBe(10_000);
}, 120_000);
