import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { PassageReading } from '../../drivers/reading.ts';
import { writeEvents } from '../journal/events.ts';
import { loadMigrations } from '../journal/migrations.ts';
import { overdueRows, pruneEvents } from '../journal/retention.ts';
import { gateMigrations } from '../migrations.ts';
import { openStore } from '../store/store.ts';
import { readAudit } from './audit.ts';
import { approveHold, askHold, liftHold, listHolds, maxHolds } from './hold.ts';

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 4, 1);
const keep = { rawDays: 90, rollupDays: 760, passageDays: 30, plateHours: 72, quarantineMb: 16 };
const chair = { who: '主任', role: 'chair' };
const grid = { who: '网格员', role: 'grid' };

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
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-hold-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const store = await openStore({
    dataDir: join(folder, 'data'),
    load: loadMigrations,
    gate: gateMigrations,
    nowMs: startMs,
  });
  undo.push(store.close);
  const { gate, keys } = store;
  // One passage an hour before the window, one in it, one at its end.
  const at = [startMs - hourMs, startMs + hourMs, startMs + 2 * hourMs];
  await writeEvents(
    gate,
    1,
    at.map((atMs, n) => passage(atMs, `沪A1111${n}`)),
    keys,
  );
  const ask = (nowMs: number, days: number, toMs = startMs + 2 * hourMs) =>
    askHold(
      gate,
      {
        fromMs: startMs,
        toMs,
        reason: '报案',
        document: '沪公2026-17',
        endsMs: nowMs + days * dayMs,
      },
      { ...chair, nowMs },
    );
  const left = async () =>
    (
      await gate.all<{ at_ms: number; plate: string | null }>(
        'SELECT at_ms, plate FROM event ORDER BY at_ms',
      )
    ).map(({ at_ms, plate }) => `${(at_ms - startMs) / hourMs}${plate === null ? '' : ' plate'}`);
  return { gate, ask, left };
}

test('what is held outlives its term, what is beside it does not, and it goes when the hold ends (PR-18)', async () => {
  const { gate, ask, left } = await openBox();
  const askedMs = startMs + 3 * hourMs;
  const { id } = await ask(askedMs, 80);
  await approveHold(gate, id, { ...grid, nowMs: askedMs + hourMs });
  await pruneEvents(gate, keep, startMs + 4 * dayMs);
  expect(await left()).toEqual(['-1', '1 plate', '2']);
  await pruneEvents(gate, keep, startMs + 40 * dayMs);
  expect(await left()).toEqual(['1 plate']);
  expect(await overdueRows(gate, keep, startMs + 40 * dayMs), 'held is not late').toBe(0);
  await pruneEvents(gate, keep, askedMs + 80 * dayMs);
  expect(await left()).toEqual([]);
  expect((await readAudit(gate, {})).map(({ action, who }) => `${action} ${who}`)).toEqual([
    'hold.ask 主任',
    'hold.approve 网格员',
  ]);
});

test('one role alone holds nothing, and the second is another role and another person', async () => {
  const { gate, ask, left } = await openBox();
  const nowMs = startMs + 3 * hourMs;
  const { id } = await ask(nowMs, 80);
  for (const by of [chair, { who: '副主任', role: 'chair' }, { who: '主任', role: 'grid' }])
    await expect(approveHold(gate, id, { ...by, nowMs })).rejects.toThrow('另一角色的另一人');
  await pruneEvents(gate, keep, startMs + 40 * dayMs);
  expect(await left()).toEqual([]);
});

test('a hold is at most a day wide and ninety days long, and only over what has been', async () => {
  const { gate, ask } = await openBox();
  const nowMs = startMs + 3 * hourMs;
  await expect(ask(nowMs, 10, startMs + 24 * hourMs + 1)).rejects.toThrow('24小时');
  await expect(ask(nowMs, 91)).rejects.toThrow('90天');
  await expect(ask(startMs - 1, 10)).rejects.toThrow('还没有开始');
  for (let n = 0; n < maxHolds; n += 1) await ask(nowMs, 10);
  await expect(ask(nowMs, 10)).rejects.toThrow('同时最多');
  expect(await listHolds(gate)).toHaveLength(maxHolds);
});

test('a hold that is lifted holds nothing any more', async () => {
  const { gate, ask, left } = await openBox();
  const nowMs = startMs + 3 * hourMs;
  const { id } = await ask(nowMs, 80);
  await approveHold(gate, id, { ...grid, nowMs });
  expect(await liftHold(gate, id, { ...chair, nowMs: nowMs + dayMs })).toMatchObject({
    liftedAtMs: nowMs + dayMs,
  });
  await pruneEvents(gate, keep, startMs + 40 * dayMs);
  expect(await left()).toEqual([]);
  await expect(liftHold(gate, id, { ...chair, nowMs: nowMs + 2 * dayMs })).rejects.toThrow(
    '已经结束',
  );
});
