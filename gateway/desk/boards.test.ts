import { afterEach, expect, test } from 'vitest';
import { boardPage } from './board-page.ts';
import {
  type BoardFigures,
  boardDraft,
  keepFigures,
  markBuilding,
  newestMonth,
  publishedBoard,
  releaseBoard,
} from './boards.ts';
import { advanceCase, openCase } from './cases.ts';
import { createTrial, overloadAt, type Trial } from './trial.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});

const zone = 'Asia/Shanghai';
const dayMs = 86_400_000;
const firstOfJune = Date.parse('2026-06-01T09:00:00+08:00');
const month = '2026-05';
const good: BoardFigures = {
  place: '1号楼',
  confirmedCharging: 0,
  notRectified: 0,
  confirmedOverloads: 0,
  overloadHours: 0,
  rectifiedSameDay: 0,
  openPastRecheck: 0,
  completePercent: 99,
};
const bad = (place: string): BoardFigures => ({
  ...good,
  place,
  confirmedCharging: 2,
  notRectified: 1,
  overloadHours: 9,
  openPastRecheck: 1,
});

/** The first of June: one good house, two bad ones with open cases. */
async function june() {
  const now = await createTrial({ startMs: firstOfJune });
  trial = now;
  const { gate, clock } = now;
  for (const n of [2, 3]) {
    const atMs = clock.nowMs();
    await now.apply(overloadAt(`b00${n}`, 3, atMs, { sinceMs: atMs }));
    const [alert] = (await now.desk.openAlerts()).filter(({ subject }) => subject === `b00${n}`);
    const opened = await openCase(gate, alert?.id ?? 0, atMs, zone);
    await advanceCase(gate, opened.id, 'verified', { who: '3号', role: 'duty', nowMs: atMs, zone });
  }
  await keepFigures(gate, month, [good, bad('2号楼'), bad('3号楼')], clock.nowMs());
  const by = { who: '3号' };
  const mark = (place: string, what: 'told' | 'objection' | 'settled' | 'part') =>
    markBuilding(gate, { month, place, mark: what }, { ...by, nowMs: clock.nowMs() });
  const release = (role: string, who = role) =>
    releaseBoard(gate, month, { role, who, nowMs: clock.nowMs() });
  const draft = () => boardDraft(gate, month, clock.nowMs());
  const out = () => publishedBoard(gate, clock.nowMs(), zone);
  return { now, mark, release, draft, out };
}

const places = (lines: readonly { readonly place: string }[]) => lines.map(({ place }) => place);

test('a house stands in the warning three days after its landlord was told, and not while he objects', async () => {
  const { now, mark, draft } = await june();
  expect(await newestMonth(now.gate)).toBe(month);
  expect(await draft()).toMatchObject({
    honour: [{ place: '1号楼', score: 100 }],
    warning: [],
    held: [
      { place: '2号楼', why: 'untold' },
      { place: '3号楼', why: 'untold' },
    ],
  });
  await mark('2号楼', 'told');
  await mark('3号楼', 'told');
  now.clock.pass(3 * dayMs - 1);
  expect(await draft()).toMatchObject({
    warning: [],
    held: [
      { place: '2号楼', why: 'waiting' },
      { place: '3号楼', why: 'waiting' },
    ],
  });
  now.clock.pass(1);
  expect(places((await draft()).warning)).toEqual(['2号楼', '3号楼']);
  await mark('3号楼', 'objection');
  expect(await draft()).toMatchObject({
    warning: [{ place: '2号楼' }],
    held: [{ place: '3号楼', why: 'objection' }],
  });
  await mark('3号楼', 'settled');
  expect(places((await draft()).warning)).toEqual(['2号楼', '3号楼']);
});

test('two roles and two people let it out; then it stays as it is', async () => {
  const { now, mark, release, out } = await june();
  await mark('2号楼', 'told');
  now.clock.pass(3 * dayMs);
  expect(await release('chair')).toMatchObject({ releasedAtMs: undefined });
  expect(await out(), 'one is not enough').toBeNull();
  await expect(release('chair', '另一位')).rejects.toThrow('另一角色');
  await expect(release('grid', 'chair')).rejects.toThrow('另一人');
  expect(await release('grid')).toMatchObject({ releasedAtMs: now.clock.nowMs() });
  expect(await out()).toEqual({
    month,
    honour: [{ place: '1号楼', score: 100 }],
    warning: [{ place: '2号楼', score: 45 }],
  });
  await expect(release('property')).rejects.toThrow('已经公布');
  await expect(mark('1号楼', 'part')).rejects.toThrow('不再改动');
});

test('a warning goes with its case or with an objection, and the whole board at the end of the next month', async () => {
  const { now, mark, release, out } = await june();
  await mark('2号楼', 'told');
  await mark('3号楼', 'told');
  now.clock.pass(3 * dayMs);
  await release('chair');
  await release('grid');
  expect(places((await out())?.warning ?? [])).toEqual(['2号楼', '3号楼']);
  await mark('3号楼', 'objection');
  expect(places((await out())?.warning ?? [])).toEqual(['2号楼']);
  await now.gate.run("UPDATE cases SET state = 'closed' WHERE place = '2号楼'");
  expect(await out()).toMatchObject({ honour: [{ place: '1号楼' }], warning: [] });
  now.clock.set(Date.parse('2026-06-30T23:59:59+08:00'));
  expect(await out()).not.toBeNull();
  now.clock.set(Date.parse('2026-07-01T00:00:00+08:00'));
  expect(await out(), 'old boards are not to be found').toBeNull();
});

test('figures of a month are kept once; a house that is not there cannot be marked', async () => {
  const { now, mark, draft } = await june();
  expect(await keepFigures(now.gate, month, [], now.clock.nowMs())).toBe(false);
  expect((await draft()).honour).toHaveLength(1);
  await expect(mark('99号楼', 'told')).rejects.toThrow('没有这栋楼');
  await expect(boardDraft(now.gate, '2020-01', 0)).rejects.toThrow('没有数据');
});

test('taking part gives five points, and the month before decides between equals', async () => {
  const { now, mark, draft } = await june();
  await keepFigures(now.gate, '2026-04', [{ ...good, overloadHours: 1 }], 0);
  await mark('1号楼', 'part');
  expect((await draft()).honour).toEqual([{ place: '1号楼', score: 105 }]);
});

test('the page tells houses and points, red as the honour', () => {
  const { text, html } = boardPage('杜巷小区', month, {
    honour: [{ place: '1号楼', score: 100 }],
    warning: [],
  });
  expect(text).toContain('红榜（用电安全好）');
  expect(text).toContain('1号楼  100');
  expect(text).toMatch(/黑榜（须整改）\n {3}本月无。/);
  expect(html).toContain('<td>1号楼</td>');
});
