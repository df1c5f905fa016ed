import { afterEach, expect, test } from 'vitest';
import { openCase } from './cases.ts';
import { createTrial, overloadAt, type Trial } from './trial.ts';
import { periodFigures, weeklyReport } from './weekly-report.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});

const zone = 'Asia/Shanghai';

test('a week: trend against the four before, repeated houses, cases, in the same bytes each time', async () => {
  trial = await createTrial();
  const { apply, gate, clock, pass } = trial;
  const once = async (point: string) => {
    const sinceMs = clock.nowMs();
    await apply(overloadAt(point, 2, sinceMs, { sinceMs }));
    await pass(60_000);
    await apply(overloadAt(point, 0, clock.nowMs(), { sinceMs }));
    clock.pass(3_600_000);
  };
  for (let n = 1; n <= 4; n += 1) await once(`b00${n}`);
  clock.pass(7 * 86_400_000);
  await once('b007');
  await once('b007');
  await once('b008');
  await openCase(gate, 5, clock.nowMs(), zone);
  const figures = await periodFigures(gate, '2026-05-13', 7, zone);
  expect(figures.byRule).toEqual([{ rule: 'load.overload', n: 3, meanBefore: 1 }]);
  expect(figures.repeated).toEqual([{ place: '7号楼', rule: 'load.overload', n: 2 }]);
  expect(figures.funnel[0]).toEqual({ state: 'suspected', n: 1, oldestDays: 4 });
  const report = weeklyReport('杜巷小区', figures);
  expect(report.title).toBe('杜巷小区 周报 2026-05-06 至 2026-05-12');
  expect(report.text).toContain('紧急：白天—，夜间—。');
  expect(weeklyReport('杜巷小区', await periodFigures(gate, '2026-05-13', 7, zone))).toEqual(
    report,
  );
});
