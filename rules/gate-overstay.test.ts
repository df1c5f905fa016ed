import { expect, test } from 'vitest';
import { createFold } from './fold.ts';
import { gateOverstay } from './gate-overstay.ts';
import type { Input } from './rule.ts';
import { run, testSite } from './run.ts';

const pass = (atH: number, direction: 'in' | 'out', result = 'visitor', more: object = {}): Input =>
  ({
    kind: 'passage',
    device: 'cam-1',
    lane: 'in-1',
    direction,
    credential: 'plate',
    result,
    plate: '沪A45123',
    atMs: atH * 3_600_000,
    ...more,
  }) as Input;
const ticks = (fromH: number, toH: number): Input[] =>
  Array.from({ length: (toH - fromH) * 6 }, (_, i) => ({
    kind: 'tick',
    atMs: Math.round((fromH + i / 6) * 3_600_000),
  }));

test('a visitor who is still inside after a day is listed, and leaves the list when he leaves', () => {
  const findings = run(gateOverstay, {}, [pass(1, 'in'), ...ticks(1, 30), pass(30, 'out')]);
  expect(findings.map((f) => [f.change, f.severity, f.evidence.hours])).toEqual([
    ['raised', 'info', 24],
    ['cleared', 'info', 29],
  ]);
  expect(findings[0]?.text.zh).toContain(
    '01-01 09:00有访客车辆进入，已24小时未见离开，车牌请查通行记录。（也可能是漏拍）',
  );
  expect(findings[0]?.text.en).toContain('came in at 01-01 09:00, 24 h ago');
});

test('a resident, a visitor who leaves in time, and one who is registered meanwhile are not listed', () => {
  expect(run(gateOverstay, {}, [pass(1, 'in', 'registered'), ...ticks(1, 40)])).toEqual([]);
  expect(run(gateOverstay, {}, [pass(1, 'in'), pass(5, 'out'), ...ticks(5, 40)])).toEqual([]);
  expect(
    run(gateOverstay, {}, [pass(1, 'in'), pass(5, 'in', 'registered'), ...ticks(5, 40)]),
  ).toEqual([]);
});

test('passages that a camera tells afterwards never act', () =>
  expect(
    run(gateOverstay, {}, [pass(1, 'in', 'visitor', { replayed: true }), ...ticks(1, 40)]),
  ).toEqual([]));

test('the whole plate is nowhere: not in findings, not in a checkpoint', () => {
  const fold = createFold(testSite, [
    { rule: gateOverstay, config: gateOverstay.config.parse({}), mode: 'live' },
  ]);
  const findings = [pass(1, 'in'), ...ticks(1, 30)].flatMap((one) => fold.take(one));
  expect(JSON.stringify([findings, fold.snapshot()])).not.toContain('45123');
});

test('what was never seen to leave is forgotten after a week, and no more than 500 are kept', () => {
  const findings = run(gateOverstay, {}, [pass(1, 'in'), ...ticks(1, 200)]);
  expect(findings.at(-1)?.change).toBe('cleared');
  const fold = createFold(testSite, [
    { rule: gateOverstay, config: gateOverstay.config.parse({}), mode: 'live' },
  ]);
  for (let i = 0; i < 2000; i += 1)
    fold.take(pass(1, 'in', 'visitor', { plate: `沪B${10_000 + i}` }));
  expect(JSON.stringify(fold.snapshot()).length).toBeLessThan(40_000);
});
