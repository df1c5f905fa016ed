import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type PassageReading, Reading } from '../../drivers/reading.ts';
import { readEvents, writeEvents } from '../journal/events.ts';
import { loadMigrations } from '../journal/migrations.ts';
import { overdueRows, pruneEvents } from '../journal/retention.ts';
import { sealOldPassages } from '../journal/seal-old.ts';
import { gateMigrations } from '../migrations.ts';
import { openStore } from '../store/store.ts';
import { readAudit } from './audit.ts';
import { forgetAgain } from './forget.ts';
import {
  correctVehicle,
  deleteVehicle,
  exportVehicle,
  liftVehicle,
  restrictVehicle,
} from './person.ts';

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const nowMs = Date.UTC(2026, 4, 1);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const keep = { rawDays: 90, rollupDays: 760, passageDays: 30, plateHours: 72, quarantineMb: 16 };
const on = { who: '3号', role: 'chair', request: '2026-7', atMs: nowMs };
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

async function openBox() {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-person-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const dataDir = join(folder, 'data');
  const store = await openStore({ dataDir, load: loadMigrations, gate: gateMigrations, nowMs });
  undo.push(store.close);
  const { gate, keys } = store;
  /** What any query of the box can find, as the report and the export do. */
  const seen = async () => {
    const found: string[] = [];
    const query = {
      kind: 'passage' as const,
      fromMs: 0,
      toMs: nowMs,
      lastSeq: 99,
      purpose: 'export' as const,
    };
    for await (const reading of readEvents(gate, keys, query))
      if (reading.kind === 'passage')
        found.push(`${(nowMs - reading.atMs) / hourMs} ${reading.plate ?? '-'}`);
    return found;
  };
  return { gate, keys, dataDir, seen };
}

test('a plate that a camera misread is corrected, in the time that is named and nowhere else (PR-20)', async () => {
  const { gate, keys, seen } = await openBox();
  const at = (hours: number, plate: string) => passage(nowMs - hours * hourMs, plate);
  await writeEvents(
    gate,
    1,
    [at(1, '沪A11111'), at(2, '沪A11111'), at(100, '沪A11111'), at(3, '沪B22222')],
    keys,
  );
  await pruneEvents(gate, keep, nowMs);
  const of = { plate: '沪A11111', right: '沪a·77777', fromMs: nowMs - 200 * hourMs };
  const n = await correctVehicle(gate, keys, { ...of, toMs: nowMs - 2 * hourMs }, on);
  expect(n).toBe(2);
  // The plate of the old one has gone by its term, and a correction does not bring it back.
  expect(await seen()).toEqual(['100 -', '3 沪B22222', '2 沪A77777', '1 沪A11111']);
  expect(await exportVehicle(gate, keys, '沪A77777', on)).toHaveLength(2);
  expect(await exportVehicle(gate, keys, '沪A11111', on)).toHaveLength(1);
  const [entry] = await readAudit(gate, {});
  expect(entry).toMatchObject({ action: 'person.correct', object: 'request 2026-7', n: 2 });
  expect(JSON.stringify(entry)).not.toMatch(/11111|77777/);
});

test('what is restricted is stored and used for nothing: no query finds it, its owner does, its terms run on (PR-20)', async () => {
  const { gate, keys, seen } = await openBox();
  const own = passage(nowMs - hourMs, '沪A11111');
  await writeEvents(gate, 1, [own, passage(nowMs - 2 * hourMs, '沪B22222')], keys);
  expect(await restrictVehicle(gate, keys, '沪A11111', on)).toBe(1);
  expect(await seen()).toEqual(['2 沪B22222']);
  expect(await exportVehicle(gate, keys, '沪A11111', on)).toMatchObject([{ restricted: true }]);
  await pruneEvents(gate, keep, nowMs + 4 * dayMs);
  const rows = await gate.all('SELECT plate FROM restricted_event');
  expect(rows, 'the plate goes after three days like any other').toEqual([{ plate: null }]);
  expect(await liftVehicle(gate, keys, '沪A11111', on)).toBe(1);
  expect(await seen()).toEqual(['2 -', '1 -']);
  await restrictVehicle(gate, keys, '沪A11111', on);
  expect(await overdueRows(gate, keep, nowMs + 40 * dayMs)).toBeGreaterThan(0);
  await pruneEvents(gate, keep, nowMs + 40 * dayMs);
  expect(await gate.all('SELECT 1 FROM restricted_event')).toEqual([]);
});

test('a deletion takes what is restricted as well; a copy that comes back restricts again and names what to correct (PR-19)', async () => {
  const { gate, keys, seen } = await openBox();
  await writeEvents(
    gate,
    1,
    [passage(nowMs - hourMs, '沪A11111'), passage(nowMs - 2 * hourMs, '沪B22222')],
    keys,
  );
  const hash = (plate: string) => keys.pseudonym('plate', plate);
  const again = await forgetAgain(gate, {
    tombstones: [
      { atMs: nowMs, hash: hash('沪A11111'), what: 'restrict' },
      { atMs: nowMs, hash: hash('沪B22222'), what: 'correct', request: '2026-8' },
    ],
    keep,
    nowMs,
  });
  expect(again).toMatchObject({ deleted: 0, restricted: 1, toCorrect: ['2026-8'] });
  expect(await seen()).toEqual(['2 沪B22222']);
  expect(await deleteVehicle(gate, keys, '沪A11111', on)).toBe(1);
  expect(await gate.all('SELECT 1 FROM restricted_event')).toEqual([]);
});

test('of cards and persons a passage keeps how it was opened, and nothing that says whose it was (PR-20)', async () => {
  const { gate, keys, dataDir } = await openBox();
  const { plate: _, ...card } = passage(nowMs, '沪A11111');
  for (const more of [{ card: '0004711' }, { person: 'p-17' }, { name: '张三' }, { phone: '138' }])
    expect(Reading.safeParse({ ...card, credential: 'card', ...more }).success).toBe(false);
  await writeEvents(gate, 1, [{ ...card, credential: 'card' }], keys);
  const columns = await gate.all<{ name: string }>("SELECT name FROM pragma_table_info('event')");
  expect(columns.map(({ name }) => name)).toEqual([
    'id',
    'seq',
    'kind',
    'device',
    'at_ms',
    'identity',
    'body',
    'plate',
    'plate_hash',
  ]);
  await gate.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const bytes = readFileSync(join(dataDir, 'gate.db'));
  for (const word of ['cam-1', 'in-1', 'card"', 'registered'])
    expect(bytes.includes(word)).toBe(false);
});

test('passages that an earlier version wrote in clear are sealed at the start, and what was sent again is there once (PR-10)', async () => {
  const { gate, keys, seen } = await openBox();
  const old = [passage(nowMs - hourMs, '沪A11111'), passage(nowMs - 2 * hourMs, '沪B22222')];
  for (const { plate, ...body } of old) {
    const hash = keys.pseudonym('plate', plate ?? '');
    await gate.run(
      `INSERT INTO event (seq, kind, device, at_ms, identity, body, plate, plate_hash)
       VALUES (1, 'passage', 'cam-1', ?, ?, ?, ?, ?)`,
      [
        body.atMs,
        `cam-1/passage/${body.atMs}/${hash}`,
        JSON.stringify(body),
        Buffer.from(keys.seal(plate ?? '')).toString('base64'),
        hash,
      ],
    );
  }
  expect(await seen(), 'they are read as they are').toEqual(['2 沪B22222', '1 沪A11111']);
  // The camera sends one of them again before its old row is sealed.
  await writeEvents(gate, 2, old.slice(0, 1), keys);
  expect(await sealOldPassages(gate, keys)).toBe(2);
  expect(await seen()).toEqual(['2 沪B22222', '1 沪A11111']);
  expect(await writeEvents(gate, 3, old, keys), 'known, all of them').toEqual([]);
  expect(await gate.all("SELECT 1 FROM event WHERE body LIKE '{%'")).toEqual([]);
  expect(await sealOldPassages(gate, keys)).toBe(0);
});

test('what is restricted while it is disputed is corrected like the rest, and comes back as it was corrected', async () => {
  const { gate, keys, seen } = await openBox();
  await writeEvents(gate, 1, [passage(nowMs - hourMs, '沪A11111')], keys);
  await restrictVehicle(gate, keys, '沪A11111', on);
  expect(await correctVehicle(gate, keys, { plate: '沪A11111', right: '沪A77777' }, on)).toBe(1);
  expect(await liftVehicle(gate, keys, '沪A11111', on)).toBe(0);
  expect(await liftVehicle(gate, keys, '沪A77777', on)).toBe(1);
  expect(await seen()).toEqual(['1 沪A77777']);
});
