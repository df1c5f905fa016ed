import { afterEach, expect, test } from 'vitest';
import {
  advanceCase,
  type CaseState,
  caseSteps,
  listCases,
  noticeText,
  openCase,
} from './cases.ts';
import { createTrial, noon, overloadAt, type Trial } from './trial.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});

const zone = 'Asia/Shanghai';
const dayMs = 86_400_000;

async function start() {
  const now = await createTrial();
  trial = now;
  const finding = { ...overloadAt('b017', 2, noon), rule: 'load.ebike', id: 'load.ebike/b017' };
  await now.apply(finding);
  const [alert] = await now.desk.openAlerts();
  const { id } = await openCase(now.gate, alert?.id ?? 0, noon, zone);
  const go = (to: CaseState, role: string, more = {}) =>
    advanceCase(now.gate, id, to, { who: '3号', role, nowMs: now.clock.nowMs(), zone, ...more });
  return { ...now, id, go, alertId: alert?.id ?? 0 };
}

test('a suspicion goes through verification, notice, rectification and re-inspection to the end', async () => {
  const { gate, id, go, clock } = await start();
  expect((await listCases(gate, { openOnly: true }))[0]).toMatchObject({
    place: '17号楼',
    state: 'suspected',
    dueMs: Date.UTC(2026, 4, 2), // 08:00 the next morning
  });
  await go('verified', 'duty', { note: '二楼窗外拉线' });
  await go('notified', 'duty');
  const promisedMs = noon + 2 * dayMs;
  expect(await go('rectifying', 'duty', { promisedMs })).toMatchObject({ dueMs: noon + 3 * dayMs });
  clock.pass(2 * dayMs);
  await go('rechecked_ok', 'duty');
  expect(await go('closed', 'chair')).not.toHaveProperty('dueMs');
  expect(await listCases(gate, { openOnly: true })).toEqual([]);
  expect((await caseSteps(gate, id)).map(({ state }) => state)).toEqual([
    'suspected',
    'verified',
    'notified',
    'rectifying',
    'rechecked_ok',
    'closed',
  ]);
});

test('a refusal is reported to the grid with its number, and the platform’s answer closes it', async () => {
  const { go } = await start();
  await go('verified', 'grid');
  await go('notified', 'chair');
  await go('rechecked_bad', 'duty');
  await expect(go('reported', 'grid')).rejects.toThrow('编号');
  expect(await go('reported', 'grid', { gridNumber: 'W2026-17' })).toMatchObject({
    gridNumber: 'W2026-17',
  });
  await go('handed_over', 'platform');
  await go('closed', 'platform');
});

test('no step is left out, and none is taken by whom it does not belong to', async () => {
  const { go } = await start();
  await expect(go('closed', 'chair')).rejects.toThrow('疑似之后不能是销号');
  await expect(go('notified', 'duty')).rejects.toThrow();
  await expect(go('verified', 'property')).rejects.toThrow('角色');
  await go('rejected', 'duty');
  await expect(go('verified', 'duty')).rejects.toThrow();
});

test('an alert has one case, however often it is opened', async () => {
  const { gate, id, alertId } = await start();
  const more = await Promise.all(
    Array.from({ length: 10 }, () => openCase(gate, alertId, noon, zone)),
  );
  expect(new Set(more.map((one) => one.id))).toEqual(new Set([id]));
});

test('the notice has the wording of the law and no person', () => {
  const text = noticeText({
    id: 'A17',
    place: '17号楼',
    date: '5月2日',
    time: '08:10',
    finding: '飞线充电1处',
    deadline: '5月3日',
    recheck: '5月4日',
    chargingPlace: '北门充电棚',
    committee: '杜巷居民区自治管理委员会',
  });
  expect(text).toContain('第二十九条');
  expect(
    text.startsWith(
      '告知单（编号A17）：17号楼户主及承租人：5月2日08:10经现场核查，发现飞线充电1处。',
    ),
  ).toBe(true);
});
