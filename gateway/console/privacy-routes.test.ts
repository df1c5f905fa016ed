import { afterEach, expect, test } from 'vitest';
import type { PassageReading } from '../../drivers/reading.ts';
import { writeEvents } from '../journal/events.ts';
import { writeAudit } from '../privacy/audit.ts';
import { chairOf, createConsoleTrial, memberOf } from './trial.ts';

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const passage = (atMs: number, credential: 'plate' | 'face', plate?: string): PassageReading => ({
  kind: 'passage',
  device: 'cam-1',
  lane: 'in-1',
  atMs,
  direction: 'in',
  credential,
  result: 'registered',
  ...(plate === undefined ? {} : { plate }),
});

async function open() {
  const trial = await createConsoleTrial();
  undo.push(trial.close);
  const { gate, keys } = trial.store;
  const nowMs = trial.clock.nowMs();
  await writeEvents(
    gate,
    1,
    [
      passage(nowMs - 3_600_000, 'plate', '沪A11111'),
      passage(nowMs - 7_200_000, 'plate', '沪B22222'),
      passage(nowMs - 7_300_000, 'face'),
    ],
    keys,
  );
  const chair = await chairOf(trial);
  const grid = await memberOf(trial, chair, 'grid');
  return { trial, chair, grid };
}

test('the page tells how much is kept and how often it was looked at, as counted apart, and no person (PR-38)', async () => {
  const { trial, grid } = await open();
  for (const action of ['view', 'export', 'person.export']) {
    await writeAudit(trial.store.gate, {
      atMs: trial.clock.nowMs(),
      who: '3号',
      role: 'chair',
      action,
      object: 'x',
      purpose: action.startsWith('person') ? 'rights' : 'console',
      n: 1,
    });
  }
  const page = await grid.get('/privacy');
  const said = page.json();
  expect(said).toMatchObject({ nonFace: { n: 2, of: 3 }, auditBrokenAt: null, mayAsk: false });
  expect(said.kept).toContainEqual(expect.objectContaining({ en: 'passages', rows: 3 }));
  expect(said.kept).toContainEqual(expect.objectContaining({ en: 'plates, sealed', rows: 2 }));
  expect(said.accesses).toContainEqual({ purpose: 'rights', n: 1 });
  expect(page.body).not.toMatch(/沪|11111/);
});

test('the chair asks for a hold, the grid worker approves it, and neither does it alone (PR-18)', async () => {
  const { chair, grid } = await open();
  const wish = {
    day: '2026-05-01',
    fromHour: 8,
    toHour: 12,
    reason: '报案',
    document: '沪公17',
    days: 30,
  };
  const asked = await chair.post('/holds', wish);
  expect(asked.json()).toMatchObject({
    fromMs: Date.parse('2026-05-01T08:00:00+08:00'),
    toMs: Date.parse('2026-05-01T12:00:00+08:00'),
    askedRole: 'chair',
  });
  const { id } = asked.json();
  expect((await grid.post('/holds', wish)).status).toBe(403);
  expect((await chair.post(`/holds/${id}/approve`)).json()).toMatchObject({ code: 'HOLD' });
  expect((await grid.post(`/holds/${id}/approve`)).json()).toMatchObject({ approvedRole: 'grid' });
  expect((await grid.get('/privacy')).json().holds).toMatchObject([{ id, approvedRole: 'grid' }]);
  expect((await chair.post(`/holds/${id}/lift`)).status).toBe(200);
  for (const bad of [{ days: 91 }, { toHour: 25 }, { reason: '' }, { day: '2026-5-1' }])
    expect((await chair.post('/holds', { ...wish, ...bad })).status, JSON.stringify(bad)).toBe(400);
  expect((await chair.post('/holds', { ...wish, toHour: 7 })).status).toBe(409);
});

test('a request of a person has a number, a date and one of four ends (PR-21)', async () => {
  const { chair, grid } = await open();
  const asked = await chair.post('/requests', { number: '2026-7', kind: 'delete' });
  expect(asked.json()).toMatchObject({ number: '2026-7', kind: 'delete' });
  const { id } = asked.json();
  expect((await grid.post('/requests', { number: '2026-8', kind: 'delete' })).status).toBe(403);
  expect((await chair.post('/requests', { number: '张三 1380', kind: 'delete' })).status).toBe(400);
  expect((await chair.post('/requests', { number: '2026-7', kind: 'delete' })).status).toBe(409);
  expect((await chair.post(`/requests/${id}/close`, { result: 'because' })).status).toBe(400);
  const closed = await chair.post(`/requests/${id}/close`, { result: 'done' });
  expect(closed.json().requests).toMatchObject([{ number: '2026-7', result: 'done' }]);
});
