import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { PassageReading } from '../../drivers/reading.ts';
import { writeEvents } from '../journal/events.ts';
import { loadMigrations } from '../journal/migrations.ts';
import { gateMigrations } from '../migrations.ts';
import { openStore } from '../store/store.ts';
import { keysFolder } from './keys.ts';
import { noteTombstone, tombstonesOf } from './tombstones.ts';

const main = resolve(fileURLToPath(new URL('../../dist/gateway/main.js', import.meta.url)));
const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const dayMs = 86_400_000;
const passage = (atMs: number, plate: string): PassageReading => ({
  kind: 'passage',
  device: 'cam-1',
  lane: 'in-1',
  atMs,
  direction: 'in',
  credential: 'plate',
  result: 'registered',
  plate,
});

test('a backup that comes back has forgotten what was deleted since, and what is past its time (PR-19)', async () => {
  expect(existsSync(main), 'npm run build makes what is tested here').toBe(true);
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-forget-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const dataDir = join(folder, 'data');
  const nowMs = Date.now();
  const store = await openStore({ dataDir, load: loadMigrations, gate: gateMigrations, nowMs });
  await writeEvents(
    store.gate,
    1,
    [
      passage(nowMs - dayMs, '沪A11111'),
      passage(nowMs - dayMs, '沪B22222'),
      passage(nowMs - 10 * dayMs, '沪C33333'),
      passage(nowMs - 40 * dayMs, '沪D44444'),
    ],
    store.keys,
  );
  await store.close();
  const gatehouse = (...args: string[]) =>
    execFileSync(process.execPath, [main, ...args], { encoding: 'utf8', stdio: 'pipe' });
  const file = join(folder, 'box.tar');
  gatehouse('backup', '--data', dataDir, file);
  gatehouse(
    'person',
    'delete',
    '--data',
    dataDir,
    '--plate',
    '沪A11111',
    '--request',
    '2026-7',
    '--by',
    '3号',
  );
  expect(
    readFileSync(join(keysFolder(dataDir, undefined), 'deleted.ndjson'), 'utf8'),
  ).not.toContain('11111');

  gatehouse('restore', '--data', dataDir, file);
  const again = await openStore({ dataDir, load: loadMigrations, gate: gateMigrations, nowMs });
  undo.push(again.close);
  const rows = await again.gate.all<{ at_ms: number; plate: string | null }>(
    'SELECT at_ms, plate FROM event ORDER BY at_ms',
  );
  expect(
    rows.map(({ at_ms, plate }) => [Math.round((nowMs - at_ms) / dayMs), plate !== null]),
  ).toEqual([
    [10, false],
    [1, true],
  ]);
  const plates = rows.flatMap(({ plate }) =>
    plate ? [again.keys.open(Buffer.from(plate, 'base64'))] : [],
  );
  expect(plates).toEqual(['沪B22222']);
  const told = await again.gate.all<{ action: string; n: number }>(
    "SELECT action, n FROM audit WHERE action IN ('restore.forget', 'retention.purge') ORDER BY id",
  );
  expect(told).toContainEqual({ action: 'restore.forget', n: 1 });
}, 60_000);

test('deletions survive a power cut in the middle of a line; a line that was changed is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tombstones-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'deleted.ndjson');
  expect(tombstonesOf(folder)).toEqual([]);
  // Keys lie in a folder of their own; here the folder itself is named.
  const dataDir = join(folder, 'data');
  execFileSync('mkdir', ['-p', `${dataDir}.keys`]);
  noteTombstone(dataDir, { atMs: 5, hash: 'abc' });
  appendFileSync(join(`${dataDir}.keys`, 'deleted.ndjson'), '{"atMs":6,"ha');
  expect(tombstonesOf(dataDir)).toEqual([{ atMs: 5, hash: 'abc' }]);
  appendFileSync(join(`${dataDir}.keys`, 'deleted.ndjson'), '\n');
  expect(() => tombstonesOf(dataDir)).toThrow('line 2');
  expect(existsSync(file)).toBe(false);
});
