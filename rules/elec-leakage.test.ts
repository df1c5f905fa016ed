import { expect, test } from 'vitest';
import type { PowerReading } from '../drivers/reading.ts';
import { elecLeakage } from './elec-leakage.ts';
import { run } from './run.ts';

function* flow(
  fromS: number,
  toS: number,
  residualMa: number,
  everyS = 10,
): Generator<PowerReading> {
  for (let s = fromS; s < toS; s += everyS) {
    yield { kind: 'power', device: 'm1', atMs: s * 1000, powerW: 1, residualMa };
  }
}
const dayS = 86_400;

test('300 mA for ten seconds is critical, and ends after five minutes below 240 mA', () => {
  const findings = run(elecLeakage, {}, [
    ...flow(0, 60, 150),
    ...flow(60, 120, 320),
    ...flow(120, 600, 150),
  ]);
  expect(findings.map((f) => [f.change, f.severity, f.atMs / 1000])).toEqual([
    ['raised', 'critical', 70],
    ['cleared', 'info', 420],
  ]);
  expect(findings[0]?.text.zh).toContain('剩余电流320毫安，超过300毫安');
});

test('100 mA more than usual at this hour is told, before it is dangerous', () => {
  const findings = run(elecLeakage, {}, [
    ...flow(0, 4 * dayS, 60, 300),
    ...flow(4 * dayS, 4 * dayS + 1800, 180),
  ]);
  expect(findings[0]).toMatchObject({
    severity: 'major',
    evidence: { residualMa: 180, usualMa: 60 },
  });
});

test('a house that always leaks 150 mA is not accused of anything new', () => {
  expect(run(elecLeakage, {}, flow(0, 9 * dayS, 150, 300))).toEqual([]);
});

test('a single wrong value says nothing', () => {
  expect(
    run(elecLeakage, {}, [...flow(0, 60, 20), ...flow(60, 61, 900), ...flow(70, 200, 20)]),
  ).toEqual([]);
});

test('after three months of silence nothing is held against the spring: what is usual is learnt anew', () => {
  const later = 100 * dayS;
  expect(
    run(elecLeakage, {}, [
      ...flow(0, 5 * dayS, 60, 300),
      ...flow(later, later + 2 * dayS, 180, 300),
    ]),
  ).toEqual([]);
});

test('usual is the median of the last seven days: one wet day does not hide a fault, and last month is forgotten', () => {
  const days = (...residualMa: number[]) =>
    residualMa.flatMap((one, day) => [...flow(day * dayS, (day + 1) * dayS, one, 300)]);
  const afterS = 7 * dayS;
  const wet = [...days(60, 60, 60, 240, 60, 60, 60), ...flow(afterS, afterS + 1800, 165)];
  expect(run(elecLeakage, {}, wet).at(-1)?.evidence).toMatchObject({ usualMa: 60, days: 7 });
  const risen = [60, 60, 60, 60, 60, 60, 60, 100, 140, 180, 180, 180, 180, 180, 180, 180, 230];
  const told = run(elecLeakage, {}, days(...risen)).filter(({ change }) => change === 'raised');
  expect(told.every(({ atMs }) => atMs < 14 * dayS * 1000)).toBe(true);
});
