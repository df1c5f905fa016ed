import { expect, test } from 'vitest';
import { loadFeeder } from './load-feeder.ts';
import type { Input } from './rule.ts';
import { run, testSite } from './run.ts';
import type { Site } from './site.ts';

const houses = ['b1', 'b2', 'b3', 'b4', 'b5'];
/** Five houses on a feeder of 100 A a phase: 60.7 kW at a power factor of 0.92. */
const site: Site = {
  ...testSite,
  points: [
    { id: 'f1', title: '1号馈线', kind: 'feeder', limits: { contractA: 100 } },
    ...houses.map((id) => ({ id, title: id, kind: 'building' as const, parent: 'f1' })),
  ],
  devices: houses.map((id) => ({ id: `m-${id}`, point: id, kinds: ['power'], intervalS: 60 })),
};
const limitW = 3 * 220 * 100 * 0.92;

/** Minutes at a share of the feeder's limit; `silent` houses say nothing. */
function* minutes(fromMin: number, toMin: number, share: number, silent = 0): Generator<Input> {
  for (let minute = fromMin; minute < toMin; minute += 1) {
    const atMs = minute * 60_000;
    yield { kind: 'tick', atMs };
    for (const id of houses.slice(silent))
      yield { kind: 'power', device: `m-${id}`, atMs, powerW: (share * limitW) / houses.length };
  }
}
const told = (inputs: Iterable<Input>, of: Site = site) =>
  run(loadFeeder, {}, inputs, of).map((f) => [f.point, f.change, f.stage, f.severity]);

test('a feeder whose houses sum up to 95 % of it for a quarter of an hour is told, and when it is over', () => {
  const findings = run(loadFeeder, {}, [...minutes(0, 20, 0.95), ...minutes(20, 60, 0.5)], site);
  expect(findings.map((f) => [f.point, f.change, f.stage])).toEqual([
    ['f1', 'raised', 1],
    ['f1', 'cleared', 0],
  ]);
  expect(findings[0]?.text.zh).toContain(
    '1号馈线推算每相约95安，合同容量100安，15分钟平均达95%，请各楼错峰用电并请电工查看该线路。（按5块电表相加，假定三相平衡）',
  );
  expect(findings[0]?.text.zh).toContain('没有实测');
});

test('above it for ten minutes is an alarm, and sooner where it is hot, but never critical', () => {
  expect(told(minutes(0, 40, 1.05)).map(([, , stage]) => stage)).toContain(2);
  const findings = run(loadFeeder, {}, minutes(0, 40, 2), site);
  expect(findings[0]).toMatchObject({ stage: 2, severity: 'major' });
  expect(findings[0]?.atMs).toBeLessThan(6 * 60_000);
});

test('a feeder at 85 %, one of which most is silent, and one after three months raise nothing', () => {
  expect(told(minutes(0, 300, 0.85))).toEqual([]);
  expect(told(minutes(0, 300, 1.5, 2))).toEqual([]);
  const later = 90 * 1440;
  expect(told([...minutes(0, 8, 1.05), ...minutes(later, later + 8, 1.05)])).toEqual([]);
});

test('a clock that is set does not make ten minutes of one', () => {
  const step = { kind: 'clock', atMs: 8 * 60_000 + 3_600_000, stepMs: 3_600_000 } as const;
  expect(told([...minutes(0, 8, 1.05), step, ...minutes(69, 72, 1.05)])).toEqual([]);
});

test('a feeder with a meter of its own, and one that was not surveyed, are not reckoned', () => {
  const metered = {
    ...site,
    devices: [
      ...site.devices,
      { id: 'm-f1', point: 'f1', kinds: ['power' as const], intervalS: 60 },
    ],
  };
  const plain = { ...site, points: site.points.map(({ limits: _none, ...rest }) => rest) };
  for (const one of [metered, plain])
    expect(loadFeeder.applies?.({ scope: 'site', id: 'site', site: one }, {})).toBe(false);
});
