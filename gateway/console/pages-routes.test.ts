import { afterEach, beforeEach, expect, test } from 'vitest';
import { overloadAt } from '../desk/trial.ts';
import { readAudit } from '../privacy/audit.ts';
import { noteBackup } from '../store/last-backup.ts';
import { type ConsoleTrial, chairOf, createConsoleTrial, memberOf, type Visitor } from './trial.ts';

let trial: ConsoleTrial;
let chair: Visitor;
beforeEach(async () => {
  trial = await createConsoleTrial({ config: { rules: { 'load.ebike': { mode: 'shadow' } } } });
  chair = await chairOf(trial);
});
afterEach(() => trial.close());

async function openOne(): Promise<number> {
  const { desk, clock } = trial;
  await desk.apply([overloadAt('b017', 2, clock.nowMs())], desk.appliedSeq() + 1, clock.nowMs());
  const [alert] = await desk.openAlerts();
  return (await chair.post(`/alerts/${alert?.id}/case`)).json().case.id;
}

test('a case goes its way step by step, each role taking its own', async () => {
  const id = await openOne();
  const grid = await memberOf(trial, chair, 'grid');
  const step = (who: Visitor, body: object) => who.post(`/cases/${id}/steps`, body);
  expect((await chair.get('/cases')).json().cases).toMatchObject([
    { id, place: '17号楼', state: 'suspected', next: ['verified', 'rejected'] },
  ]);
  const early = await step(chair, { to: 'closed' });
  expect([early.status, early.json().zh]).toEqual([409, '疑似之后不能是销号']);
  await step(chair, { to: 'verified', note: '打13800138000' });
  expect((await step(grid, { to: 'notified' })).json().zh).toBe('该步骤不属于此角色');
  await step(chair, { to: 'notified' });
  await step(chair, { to: 'rectifying', promised: '2026-05-03' });
  await step(chair, { to: 'rechecked_bad' });
  expect((await step(grid, { to: 'reported' })).json().zh).toBe('上报需要网格案件编号');
  await step(grid, { to: 'reported', gridNumber: 'WG-7' });
  const { steps, case: now } = (await chair.get(`/cases/${id}`)).json();
  expect([now.state, now.gridNumber, now.next]).toEqual(['reported', 'WG-7', []]);
  expect(JSON.stringify(steps)).not.toContain('13800138000');
  expect((await chair.get('/cases/999')).status).toBe(404);
});

test('one alert has one case, and a rule on trial has none', async () => {
  const id = await openOne();
  const again = await chair.post('/alerts/1/case');
  expect(again.json().case.id).toBe(id);
  const { desk, clock } = trial;
  const shadow = overloadAt('b019', 2, clock.nowMs(), { shadow: true });
  await desk.apply([shadow], desk.appliedSeq() + 1, clock.nowMs());
  expect((await chair.post('/alerts/2/case')).json().code).toBe('SHADOW');
});

test('the notice is printed after the visit, not before, and says what was filled in and nothing else', async () => {
  const id = await openOne();
  const query = new URLSearchParams({
    finding: '<b>飞线充电</b>',
    deadline: '2026-05-02',
    recheck: '2026-05-03',
    place: '南门充电棚',
  });
  const early = await chair.get(`/cases/${id}/notice?${query}`);
  expect(early.json().code).toBe('NOT_VERIFIED');
  await chair.post(`/cases/${id}/steps`, { to: 'verified' });
  const { body, headers } = await chair.get(`/cases/${id}/notice?${query}`);
  expect(body).toContain('17号楼户主及承租人：2026年5月1日12:00经现场核查');
  expect(body).toContain('请于2026年5月2日前整改，我们将于2026年5月3日复查');
  expect(body).not.toContain('<b>');
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
  const entries = await readAudit(trial.store.gate, {});
  expect(entries.at(-1)).toMatchObject({ action: 'export', object: `notice of case ${id}` });
});

test('who is on duty, a swap, and the ladder of an alert that came now', async () => {
  const roster = (await chair.get('/roster')).json();
  expect(roster.days).toHaveLength(28);
  const [first, second] = roster.days;
  expect([first.day, first.member.title, first.deputy.title]).toEqual(['2026-05-01', '3号', '4号']);
  expect(JSON.stringify(roster)).not.toContain('138001');
  await chair.post('/roster', { day: second.day, slot: 'member', person: 'p4' });
  await chair.post('/roster/swap', {
    one: { day: first.day, slot: 'member' },
    other: { day: second.day, slot: 'member' },
  });
  const after = (await chair.get('/roster')).json();
  expect(after.days.slice(0, 2).map((day: typeof first) => day.member.title)).toEqual([
    '4号',
    '3号',
  ]);
  const { steps } = (await chair.get('/roster/ladder?severity=critical')).json();
  expect(
    steps.map(({ level, people }: { level: string; people: { title: string }[] }) => [
      level,
      people.map(({ title }) => title),
    ]),
  ).toEqual([
    ['L1', ['4号']],
    ['L2', ['4号', '3号', '物业值班']],
    ['L3', ['4号', '主任']],
    ['L4', ['4号', '网格员']],
  ]);
  const unknown = await chair.post('/roster', { day: second.day, slot: 'member', person: 'x' });
  expect([unknown.status, unknown.json().zh]).toEqual([409, '没有这个人']);
  const entries = (await readAudit(trial.store.gate, {})).map(({ action }) => action);
  expect(entries.filter((action) => action.startsWith('roster'))).toEqual([
    'roster.set',
    'roster.swap',
  ]);
  expect(entries.filter((action) => action === 'view')).toHaveLength(1);
});

test('works are announced for a place by its title, stand on the duty board while they run, and can be ended', async () => {
  const body = { place: '12号楼', day: '2026-05-01', time: '12:00', hours: 2, reason: '换电表' };
  expect((await chair.post('/maintenance', { ...body, place: '999号楼' })).json().code).toBe(
    'PLACE',
  );
  expect((await chair.post('/maintenance', { ...body, hours: 200 })).status).toBe(400);
  expect((await chair.post('/maintenance', body)).status).toBe(200);
  const later = await chair.post('/maintenance', { ...body, time: '20:00' });
  expect(later.status).toBe(200);
  const { works } = (await chair.get('/duty')).json();
  expect(works).toMatchObject([{ title: '12号楼', reason: '换电表', author: 'chair' }]);
  const page = (await chair.get('/maintenance')).json();
  expect(page.works).toHaveLength(2);
  expect(page.places).toContain('12号楼');
  await chair.post(`/maintenance/${works[0].id}/end`);
  expect((await chair.get('/duty')).json().works).toEqual([]);
  expect((await chair.post(`/maintenance/${works[0].id}/end`)).json().zh).toBe('检修已经结束');
});

test('a holiday stands on the roster and on the duty board, and is taken back', async () => {
  const days = { fromDay: '2026-05-01', toDay: '2026-05-05', kind: 'holiday', title: '劳动节' };
  expect((await chair.post('/calendar', { ...days, quietFrom: '23:00' })).status).toBe(409);
  await chair.post('/calendar', { ...days, quietFrom: '23:00', quietTo: '08:00' });
  const roster = (await chair.get('/roster')).json();
  expect(roster.days[0]).toMatchObject({ working: false, titles: ['劳动节'] });
  expect(roster.calendar[0]).toMatchObject({ quietFromMinute: 1380, quietToMinute: 480 });
  expect((await chair.get('/duty')).json().calendar).toEqual(['劳动节']);
  await chair.ask('DELETE', `/calendar/${roster.calendar[0].id}`);
  expect((await chair.get('/roster')).json().calendar).toEqual([]);
});

test('a drill runs from the console, and who answers there is in its report', async () => {
  const started = await chair.post('/drill');
  expect(started.status).toBe(200);
  expect((await chair.post('/drill')).json().zh).toBe('演练正在进行');
  const { drill, alerts } = (await chair.get('/duty')).json();
  expect(drill.reference).toBe(started.json().reference);
  expect(alerts.filter(({ rule }: { rule: string }) => rule === 'notice.drill')).toEqual([]);
  trial.clock.pass(120_000);
  await chair.post(`/alerts/${drill.id}/actions`, { action: 'acknowledge' });
  await chair.post('/drill/end');
  const [report] = (await chair.get('/roster')).json().drills;
  expect(report).toMatchObject({ running: false, endedBy: 'chair' });
  expect(report.lines.at(-1)).toMatchObject({ title: 'chair', answeredMin: 2 });
  expect((await chair.get('/duty')).json().drill).toBeNull();
});

test('rules tell their mode, their limits and their week', async () => {
  const { desk, clock } = trial;
  await desk.apply([overloadAt('b017', 2, clock.nowMs())], 1, clock.nowMs());
  const { rules } = (await chair.get('/rules')).json();
  const of = (id: string) => rules.find((rule: { id: string }) => rule.id === id);
  expect(of('load.ebike').mode).toBe('shadow');
  expect(of('load.overload')).toMatchObject({
    title: { zh: '用电过载' },
    mode: 'live',
    week: { live: 1, shadow: 0, last: [{ subject: '17号楼', text: { zh: '用电48.2安。' } }] },
  });
  expect(of('load.overload').limits).toContainEqual(
    expect.objectContaining({ key: 'warnShare', value: 0.9, changed: false }),
  );
});

test('the page of the box shows disk, modem, outbox and the age of the last backup', async () => {
  expect((await chair.get('/system')).json()).toMatchObject({
    health: { ok: true },
    modem: { signalDbm: -77 },
    pending: { sms: 0 },
    backup: null,
  });
  noteBackup(trial.parts.dataDir, { atMs: 5, bytes: 1000, sealed: true });
  const { backup, disk } = (await chair.get('/system')).json();
  expect(backup).toEqual({ atMs: 5, bytes: 1000, sealed: true });
  expect(disk.freeBytes).toBeGreaterThan(0);
});
