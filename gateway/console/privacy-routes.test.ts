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
  expect(said.accesses).toContainEqual({
    purpose: 'rights',
    text: { zh: '当事人行使权利', en: 'rights of a person' },
    n: 1,
  });
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

test('consents are recorded and withdrawn in one step each, and the page shows how many, nobody (PR-22, PR-38)', async () => {
  const trial = await createConsoleTrial({
    config: {
      faces: {
        enabled: true,
        assessment: 'PIA-1',
        decidedBy: 'chair',
        reviewBy: '2026-12-31',
        notice: '1.0',
      },
    },
  });
  undo.push(trial.close);
  const chair = await chairOf(trial);
  const grid = await memberOf(trial, chair, 'grid');
  const say = (step: string, more: object = {}) =>
    chair.post('/consents', { number: '310110-0042', step, channel: 'counter', ...more });
  expect((await say('given')).json().consents).toMatchObject({ given: 1 });
  expect((await say('asked')).json().code).toBe('HOLD');
  expect((await say('withdrawn')).json().zh).toContain('登记编号');
  expect((await say('withdrawn', { request: '13812345678' })).status).toBe(400);
  const { consents } = (await say('withdrawn', { request: '2026-9' })).json();
  expect(consents).toEqual({ asked: 0, given: 0, refused: 0, withdrawn: 1 });
  const page = await grid.get('/privacy');
  expect(page.json()).toMatchObject({
    consents: { withdrawn: 1 },
    requests: [{ number: '2026-9', kind: 'withdraw' }],
  });
  expect(page.body).not.toContain('0042');
  expect((await grid.post('/consents', {})).status).toBe(403);
});

test('telephones and cards that are typed into a hold are taken out, and pass for no number of a request', async () => {
  const { chair } = await open();
  const wish = { day: '2026-05-01', fromHour: 8, toHour: 12, document: '沪公17', days: 30 };
  const asked = await chair.post('/holds', { ...wish, reason: '报案人13812345678' });
  expect(asked.json()).toMatchObject({ reason: '报案人***' });
  const number = '310110199001011234';
  expect((await chair.post('/requests', { number, kind: 'delete' })).status).toBe(400);
  expect((await chair.post('/accounts', { name: '13812345678', role: 'duty' })).status).toBe(400);
});
