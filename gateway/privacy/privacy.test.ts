import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { PassageReading } from '../../drivers/reading.ts';
import { GatewayConfig } from '../config/schema.ts';
import { writeEvents } from '../journal/events.ts';
import { loadMigrations } from '../journal/migrations.ts';
import { overdueRows, pruneEvents } from '../journal/retention.ts';
import { gateMigrations } from '../migrations.ts';
import { openStore } from '../store/store.ts';
import { firstBreak, readAudit } from './audit.ts';
import { inventory } from './inventory.ts';
import { noticeOf } from './notice.ts';
import { deleteVehicle, exportVehicle } from './person.ts';
import { provePurge } from './proof.ts';

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const nowMs = Date.UTC(2026, 4, 1);
const hourMs = 3_600_000;
const keep = { rawDays: 90, rollupDays: 760, passageDays: 30, plateHours: 72, quarantineMb: 16 };

async function openBox() {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-privacy-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const dataDir = join(folder, 'data');
  const store = await openStore({ dataDir, load: loadMigrations, gate: gateMigrations, nowMs });
  undo.push(store.close);
  return { ...store, dataDir };
}

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
const on = { who: '3号', role: 'chair', request: '2026-7', atMs: nowMs };

/** Whatever could hold who somebody is, or what a face looks like. */
const forbidden =
  /face_?(image|crop|pic|template)|feature|embedding|template|emotion|ethnic|nation(?!al)|gender|sex\b|age\b|mask|glasses|beard|similarity|id_?card|birth/i;

test('no table and no column could hold a face, a template or an attribute of a person (PR-03)', async () => {
  const { load, gate } = await openBox();
  for (const db of [load, gate]) {
    const columns = await db.all<{ name: string; column: string }>(
      `SELECT m.name AS name, c.name AS "column" FROM sqlite_master m, pragma_table_info(m.name) c
       WHERE m.type = 'table'`,
    );
    expect(columns.length).toBeGreaterThan(5);
    for (const { name, column } of columns) expect(`${name}.${column}`).not.toMatch(forbidden);
  }
});

test('the file of loads alone tells of no person (PR-12)', async () => {
  const { load } = await openBox();
  const tables = await load.all<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
  );
  expect(tables.map(({ name }) => name)).toEqual([
    'compacted',
    'day',
    'device',
    'hour',
    'journal',
    'migration',
  ]);
});

test('plates can be read for three days and passages are kept for thirty; the chain says how many went (PR-16)', async () => {
  const { gate, keys, dataDir } = await openBox();
  const fresh = passage(nowMs - hourMs, '沪A11111');
  const old = passage(nowMs - 80 * hourMs, '沪B22222');
  const gone = passage(nowMs - 31 * 24 * hourMs, '沪C33333');
  await writeEvents(gate, 1, [fresh, old, gone], keys);
  const purged = await pruneEvents(gate, keep, nowMs);
  expect(purged).toEqual({ passages: 1, plates: 2, events: 0, quarantined: 0 });
  await provePurge(gate, purged, nowMs);
  const kept = await inventory(gate);
  expect(kept.map(({ rows }) => rows)).toEqual([2, 1, 2, 0, 0, 0, 0, 2]);
  expect((await readAudit(gate, {})).map(({ object, n }) => `${object} ${n}`)).toEqual([
    'passages 1',
    'plates 2',
  ]);
  expect(await firstBreak(gate)).toBeNull();
  await gate.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  for (const { plate } of [fresh, old, gone]) {
    for (const file of ['gate.db', 'load.db'])
      expect(readFileSync(join(dataDir, file)).includes(plate ?? '')).toBe(false);
  }
});

test('the purge that stands still is counted a day later, by what ought to be gone (PR-16)', async () => {
  const { gate, keys } = await openBox();
  const terms = [
    [passage(nowMs - 95 * hourMs, '沪A11111'), 0],
    [passage(nowMs - 97 * hourMs, '沪A22222'), 1],
    [passage(nowMs - 32 * 24 * hourMs, '沪A33333'), 3],
  ] as const;
  for (const [seq, [reading, rows]] of terms.entries()) {
    await writeEvents(gate, seq + 1, [reading], keys);
    expect(await overdueRows(gate, keep, nowMs)).toBe(rows);
  }
  await pruneEvents(gate, keep, nowMs);
  expect(await overdueRows(gate, keep, nowMs)).toBe(0);
});

test("one vehicle's records are found, given and deleted, also when the plate itself has gone (PR-20)", async () => {
  const { gate, keys } = await openBox();
  const own = [passage(nowMs - hourMs, '沪A11111'), passage(nowMs - 100 * hourMs, '沪A11111')];
  await writeEvents(gate, 1, [...own, passage(nowMs - hourMs, '沪B22222')], keys);
  await pruneEvents(gate, keep, nowMs);
  const found = await exportVehicle(gate, keys, '沪A·11111', on);
  expect(found).toEqual(
    own
      .map(({ atMs }) => ({ atMs, lane: 'in-1', direction: 'in', result: 'registered' }))
      .sort((a, b) => a.atMs - b.atMs),
  );
  expect(await deleteVehicle(gate, keys, '沪a11111', on)).toBe(2);
  expect(await exportVehicle(gate, keys, '沪A11111', on)).toEqual([]);
  expect((await inventory(gate))[0]?.rows).toBe(1);
  const trail = await readAudit(gate, {});
  expect(trail.map(({ action, object, n }) => [action, object, n])).toEqual([
    ['person.export', 'request 2026-7', 2],
    ['person.delete', 'request 2026-7', 2],
    ['person.export', 'request 2026-7', 0],
  ]);
  expect(JSON.stringify(trail)).not.toContain('11111');
});

test('the notice says who, why, what, how long and what else one can do; without its key it is refused (PR-34)', () => {
  const site = { name: '杜巷小区' };
  const privacy = {
    processor: '杜巷村民委员会',
    contact: '021-50000000',
    version: '1.0',
    date: '2026-11-01',
    recipients: ['街道城运中心'],
  };
  const { zh, en } = noticeOf(GatewayConfig.parse({ site, privacy }));
  for (const part of [
    '杜巷村民委员会',
    '021-50000000',
    '30日',
    '不保存人脸',
    '街道城运中心',
    '刷卡',
    '版本1.0',
  ])
    expect(zh).toContain(part);
  expect(en).toContain('no picture of a face');
  expect(() => noticeOf(GatewayConfig.parse({ site }))).toThrow('processor, contact');
});

test('docs/privacy.md names every requirement, and every test that it names exists', () => {
  const root = new URL('../../', import.meta.url);
  const page = readFileSync(new URL('docs/privacy.md', root), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| PR-'));
  expect(rows).toHaveLength(31);
  for (const row of rows) {
    const named = [...row.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, file]) => file ?? '');
    for (const file of named) expect(existsSync(new URL(file, root)), file).toBe(true);
    // Without a test it says that it is not built, or not needed.
    if (named.length === 0) expect(row).toMatch(/未做|not needed/);
  }
});
