import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { loadMigrations } from '../journal/migrations.ts';
import { gateMigrations } from '../migrations.ts';
import { openStore } from '../store/store.ts';
import { readAudit } from './audit.ts';
import { closeRequest, listRequests, maxOpen, openRequest, requestsDue } from './requests.ts';

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 4, 1);
const by = (nowMs: number) => ({ who: '主任', role: 'chair', nowMs });

async function openGate() {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-requests-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const store = await openStore({
    dataDir: join(folder, 'data'),
    load: loadMigrations,
    gate: gateMigrations,
    nowMs: startMs,
  });
  undo.push(store.close);
  return store.gate;
}

test('a request is due in fifteen days, is told three days before, and ends with a result (PR-21)', async () => {
  const gate = await openGate();
  const asked = await openRequest(gate, { number: '2026-7', kind: 'delete' }, by(startMs));
  expect(asked).toMatchObject({ dueMs: startMs + 15 * dayMs });
  await openRequest(gate, { number: '2026-8', kind: 'export', days: 30 }, by(startMs));
  expect(await requestsDue(gate, startMs + 12 * dayMs - 1)).toBeNull();
  expect(await requestsDue(gate, startMs + 12 * dayMs)).toEqual({ count: 1, days: 3 });
  expect(await requestsDue(gate, startMs + 16 * dayMs), 'late').toEqual({ count: 1, days: -1 });
  await closeRequest(gate, asked.id, 'done', by(startMs + 16 * dayMs));
  expect(await requestsDue(gate, startMs + 16 * dayMs)).toBeNull();
  await expect(closeRequest(gate, asked.id, 'done', by(startMs))).rejects.toThrow('已经办结');
  expect((await listRequests(gate)).map(({ number, result }) => [number, result])).toEqual([
    ['2026-8', undefined],
    ['2026-7', 'done'],
  ]);
  expect((await readAudit(gate, {})).map(({ action, object }) => `${action} ${object}`)).toEqual([
    'request.open request 2026-7',
    'request.open request 2026-8',
    'request.close request 2026-7: done',
  ]);
});

test('nobody has longer than thirty days, a number is there once, and the register is bounded', async () => {
  const gate = await openGate();
  const open = (number: string, days?: number) =>
    openRequest(gate, { number, kind: 'export', days }, by(startMs));
  await expect(open('a', 31)).rejects.toThrow('最长30天');
  await open('a');
  await expect(open('a')).rejects.toThrow('已经登记');
  for (let n = 1; n < maxOpen; n += 1) await open(`n${n}`);
  await expect(open('z')).rejects.toThrow('同时最多');
});
