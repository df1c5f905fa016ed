import { expect, test } from 'vitest';
import type { PowerReading } from '../drivers/reading.ts';
import { createFold } from './fold.ts';
import { overload } from './overload.ts';
import { run, testSite } from './run.ts';
import type { Site } from './site.ts';

const startMs = Date.UTC(2026, 0, 15, 11);

/** Constant current for a while, one reading every `everyS`. */
function* flow(fromS: number, toS: number, currentA: number, everyS = 10): Generator<PowerReading> {
  for (let s = fromS; s < toS; s += everyS) {
    const atMs = startMs + s * 1000;
    yield { kind: 'power', device: 'm1', atMs, powerW: currentA * 220, phases: [{ currentA }] };
  }
}

const site = (limits: object): Site => ({
  ...testSite,
  points: [{ id: 'b1', title: '1号楼', kind: 'building', limits }],
});

test('a building at 95 % for a quarter of an hour gets a warning, and it ends at 70 %', () => {
  const findings = run(overload, {}, [...flow(0, 1200, 37), ...flow(1200, 4000, 28)]);
  expect(findings.map((f) => [f.change, f.severity, f.stage])).toEqual([
    ['raised', 'minor', 1],
    ['cleared', 'info', 0],
  ]);
  expect(new Set(findings.map((f) => f.id)).size).toBe(1);
  expect(findings[0]?.text.zh).toContain('1号楼用电37安，合同容量40安，15分钟平均达93%');
});

/** When stage 3 came, s after `fromS`; the other reasons for it are held back. */
function criticalAfterS(readings: Iterable<PowerReading>, fromS: number): number {
  const onlyHeat = { rushHoldS: 3600, criticalHoldMin: 60, alarmHoldMin: 1000 };
  const findings = run(overload, onlyHeat, readings, site({ contractA: 42 }));
  const critical = findings.find((finding) => finding.stage === 3);
  return critical ? (critical.atMs - startMs) / 1000 - fromS : Number.NaN;
}

for (const everyS of [1, 2, 5, 10]) {
  test(`sampled every ${everyS} s, 63 A on 42 A is critical within 2 % of IEC 60255-149`, () => {
    const cold = criticalAfterS(flow(0, 500, 63, everyS), 0);
    expect(Math.abs(cold - 352.7) / 352.7).toBeLessThan(0.02);
    const settled = [...flow(0, 7200, 30, everyS), ...flow(7200, 7600, 63, everyS)];
    expect(Math.abs(criticalAfterS(settled, 7200) - 198.4) / 198.4).toBeLessThan(0.02);
  });
}

test('41 A on 42 A never becomes critical', () => {
  expect(criticalAfterS(flow(0, 20_000, 41), 0)).toBeNaN();
});

test('1.45 times the limit for a minute is critical at once, by day and by night', () => {
  const [first] = run(overload, {}, flow(0, 120, 58));
  expect([first?.severity, first?.change]).toEqual(['critical', 'raised']);
  expect(first?.text.zh).toContain('有起火危险');
});

test('a motor that starts, a kettle and a short peak say nothing', () => {
  expect(
    run(overload, {}, [
      ...flow(0, 30, 90),
      ...flow(30, 300, 20),
      ...flow(300, 480, 43),
      ...flow(480, 900, 20),
    ]),
  ).toEqual([]);
});

test('it grows from warning to alarm to critical under one id', () => {
  const findings = run(overload, {}, [
    ...flow(0, 960, 37.5),
    ...flow(960, 2000, 42),
    ...flow(2000, 2600, 47),
  ]);
  expect(findings.map((f) => f.stage)).toEqual([1, 2, 3]);
  expect(new Set(findings.map((f) => f.id)).size).toBe(1);
});

test('a cable weaker than the breaker is the limit, and is named', () => {
  const wire = site({
    breaker: { ratedA: 40, curve: 'C' },
    cable: { mm2: 6, method: 'B1', cores: 2, ambientC: 40, grouped: 1 },
  });
  const [first] = run(overload, {}, flow(0, 1200, 36), wire);
  expect(first?.evidence).toMatchObject({ limitedBy: 'cable', limitA: 35.7 });
  expect(first?.text.zh).toContain('进户线载流量');
});

test('duplicated and late readings change nothing', () => {
  const once = [...flow(0, 1200, 37)];
  const twice = once.flatMap((reading, i) => [
    reading,
    reading,
    once[Math.max(0, i - 5)] ?? reading,
  ]);
  expect(run(overload, {}, twice)).toEqual(run(overload, {}, once));
});

test('a gap of three months starts the hold times anew and raises nothing', () => {
  const later = 90 * 86_400;
  expect(run(overload, {}, [...flow(0, 500, 41), ...flow(later, later + 500, 41)])).toEqual([]);
});

test('a restart in the middle keeps the heat and the hold times', () => {
  const readings = [...flow(0, 3000, 41)];
  const whole = run(overload, {}, readings);
  const config = overload.config.parse({});
  const armed = [{ rule: overload, config, mode: 'live' as const }];
  const before = createFold(testSite, armed);
  const findings = readings.slice(0, 40).flatMap((reading) => before.take(reading));
  const checkpoint = JSON.parse(JSON.stringify(before.snapshot()));
  const after = createFold(testSite, armed);
  after.restore(checkpoint);
  findings.push(...readings.slice(40).flatMap((reading) => after.take(reading)));
  expect(findings).toEqual(whole);
});

test('the worst phase decides and is named', () => {
  const readings = [...flow(0, 1500, 20)].map((reading) => ({
    ...reading,
    phases: [{ currentA: 20 }, { currentA: 41 }, { currentA: 5 }],
  }));
  const [first] = run(overload, {}, readings);
  expect([first?.phase, first?.evidence.worstPhase]).toEqual(['l2', 'l2']);
});

test('no limit surveyed: no overload is ever claimed', () => {
  expect(run(overload, {}, flow(0, 3000, 200), site({}))).toEqual([]);
});
