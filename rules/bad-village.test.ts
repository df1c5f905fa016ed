import { expect, test } from 'vitest';
import type { PowerReading, Reading } from '../drivers/reading.ts';
import type { Finding } from './finding.ts';
import { armRules, createFold, type Fold } from './fold.ts';
import { rules } from './index.ts';
import { createReplay } from './replay.ts';
import { testSite } from './run.ts';
import type { Site } from './site.ts';

/** All rules on a feeder of four houses and a gate, in an evening on which something is wrong everywhere; then it is spoilt. */
const houses = ['b1', 'b2', 'b3', 'b4'];
const site: Site = {
  ...testSite,
  points: [
    { id: 't1', title: '变压器', kind: 'transformer', limits: { ratedKva: 100 } },
    { id: 'f1', title: '1号线', kind: 'feeder', parent: 't1' },
    ...houses.map((id) => ({
      id,
      title: id,
      kind: 'building' as const,
      parent: 'f1',
      rooms: 10,
      limits: { contractA: 40, residualMa: 300 },
    })),
  ],
  devices: [
    ...houses.map((id) => ({
      id: `m-${id}`,
      point: id,
      kinds: ['power' as const, 'status' as const],
      intervalS: 10,
    })),
    {
      id: 'cam-1',
      lane: 'in-1',
      kinds: ['passage', 'presence', 'barrier', 'status'],
      intervalS: 30,
    },
  ],
  parking: { places: 50 },
};
/** 20:00 in Shanghai on 16 March 2026. */
const fromMs = Date.UTC(2026, 2, 16, 12);
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const eveningS = 3 * 3600;

/** b1 is overloaded, b2 leaks and is hot, b3 loses its supply, b4 one phase of three; the arm stays up; each for half an hour from 21:00. */
function evening(): Reading[] {
  const readings: Reading[] = [];
  for (let s = 0; s < eveningS; s += 10) {
    const atMs = fromMs + s * 1000;
    const wrong = s >= 3600 && s < 5400;
    for (const id of houses) {
      const currentA = (id === 'b1' && wrong ? 52 : 9) + ((s / 10) % 7) / 10;
      const dark = id === 'b3' && wrong;
      readings.push({
        kind: 'power',
        device: `m-${id}`,
        atMs,
        powerW: dark ? 0 : Math.round(currentA * 220),
        energyWh: 90_000 + s * 0.6,
        residualMa: id === 'b2' && wrong ? 420 : 60,
        temperatureC: id === 'b2' && wrong ? 75 : 31,
        phases:
          id === 'b4'
            ? [0, 1, 2].map((phase) => {
                const isLost = wrong && phase === 1;
                return { voltageV: isLost ? 3 : 226, currentA: isLost ? 0 : currentA / 3 };
              })
            : [{ voltageV: dark ? 2 : 226, currentA: dark ? 0 : currentA }],
      });
    }
    if (s % 30 === 0)
      readings.push({
        kind: 'barrier',
        device: 'cam-1',
        atMs,
        lane: 'in-1',
        state: wrong || (s / 30) % 2 === 1 ? 'open' : 'closed',
      });
  }
  return readings;
}
const plain = evening();

function findingsOf(readings: Iterable<Reading>, fold: Fold = createFold(site, armRules(rules))) {
  const replay = createReplay(fold);
  const findings: Finding[] = [];
  for (const reading of readings) findings.push(...replay.take(reading));
  return findings;
}
const told = (findings: readonly Finding[]) =>
  findings
    .filter(({ severity, change }) => change === 'raised' && severity !== 'info')
    .map(({ rule, point, device, lane }) => `${rule} ${point ?? lane ?? device}`)
    .sort();
const expected = [
  'elec.leakage b2',
  'elec.phase b4',
  'elec.temperature b2',
  'gate.barrier_fault in-1',
  'load.lost b3',
  'load.overload b1',
];

test('the evening itself is told once each, and all of it ends', () => {
  const findings = findingsOf(plain);
  expect(told(findings)).toEqual(expected);
  const open = new Set<string>();
  for (const { id, change, severity } of findings) {
    if (change === 'cleared') open.delete(id);
    else if (severity !== 'info') open.add(id);
  }
  expect([...open]).toEqual([]);
});

test('everything twice, and late readings in between, tell the same', () => {
  const twice = plain.flatMap((one, i) => [one, one, plain[Math.max(0, i - 60)] ?? one]);
  expect(told(findingsOf(twice))).toEqual(expected);
});

test('a box that is started anew at any time, from its checkpoint, tells nothing twice and misses nothing', () => {
  for (const at of [0.2, 0.34, 0.36, 0.4, 0.6, 0.9]) {
    const cut = Math.floor(plain.length * at);
    const first = createFold(site, armRules(rules));
    const before = findingsOf(plain.slice(0, cut), first);
    const second = createFold(site, armRules(rules));
    second.restore(JSON.parse(JSON.stringify(first.snapshot())));
    const after = findingsOf(plain.slice(cut), second);
    expect([at, told([...before, ...after])]).toEqual([at, expected]);
    const ids = [...before, ...after]
      .filter(({ change }) => change === 'raised')
      .map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  }
});

test('a gap of an hour around it leaves nothing to tell of what nobody saw', () => {
  const around = plain.filter(
    ({ atMs }) => atMs < fromMs + 58 * minuteMs || atMs > fromMs + 92 * minuteMs,
  );
  expect(told(findingsOf(around))).toEqual([]);
});

test('three months of silence in the middle raise nothing that is past, and end what was open', () => {
  const leapMs = 90 * 24 * hourMs;
  const moved = plain.map((one) =>
    one.atMs < fromMs + 70 * minuteMs ? one : { ...one, atMs: one.atMs + leapMs },
  );
  const later = findingsOf(moved).filter(({ atMs }) => atMs > fromMs + leapMs / 2);
  for (const { rule, change, sinceMs } of later)
    if (change === 'raised') expect([rule, sinceMs > fromMs + leapMs / 2]).toEqual([rule, true]);
});

for (const [what, stepMs] of [
  ['an hour ahead', hourMs],
  ['an hour back', -hourMs],
  ['from 1970', 56 * 365 * 24 * hourMs],
] as const) {
  test(`a clock that is set ${what} raises no more than the evening itself`, () => {
    const startMs = what === 'from 1970' ? -stepMs : 0;
    const fold = createFold(site, armRules(rules));
    const cut = Math.floor(plain.length / 2.5);
    const at = plain[cut]?.atMs ?? 0;
    const before = findingsOf(
      plain.slice(0, cut).map((one) => ({ ...one, atMs: one.atMs + startMs })),
      fold,
    );
    const step = fold.take({ kind: 'clock', atMs: at + startMs + stepMs, stepMs });
    const after = findingsOf(
      plain.slice(cut).map((one) => ({ ...one, atMs: one.atMs + startMs + stepMs })),
      fold,
    );
    expect(told(step)).toEqual([]);
    for (const one of told([...before, ...after])) expect(expected).toContain(one);
    // What was raised before keeps its name: only what is new began after the step.
    for (const { sinceMs, atMs, change } of after)
      if (change === 'raised') expect(sinceMs).toBeLessThanOrEqual(atMs);
  });
}

const power = (change: (one: PowerReading, i: number) => PowerReading): Reading[] =>
  plain.map((one, i) => (one.kind === 'power' ? change(one, i) : one));

test('a counter that wraps accuses nobody; one that steps back a little is told as the meter being wrong', () => {
  const wrapped = power((one) => ({ ...one, energyWh: (one.energyWh ?? 0) % 93_000 }));
  expect(told(findingsOf(wrapped))).toEqual(expected);
  const back = power((one) =>
    one.device === 'm-b4' && one.atMs > fromMs + hourMs
      ? { ...one, energyWh: (one.energyWh ?? 0) - 500 }
      : one,
  );
  expect(told(findingsOf(back))).toEqual(['device.implausible m-b4', ...expected].sort());
});

test('a house that feeds back is neither dark nor overloaded by its sign', () => {
  const fed = power((one) => (one.device === 'm-b4' ? { ...one, powerW: -one.powerW } : one));
  expect(told(findingsOf(fed))).toEqual(expected);
});

test('a transformer ratio that is five times too high is told as the meter being wrong', () => {
  const scaled = power((one) =>
    one.device === 'm-b4'
      ? { ...one, phases: [{ voltageV: 226, currentA: one.powerW / 220, powerW: one.powerW * 5 }] }
      : one,
  );
  expect(told(findingsOf(scaled))).toContain('device.implausible m-b4');
});

test('readings of the past that come in one heap after the evening tell nothing', () => {
  const fold = createFold(site, armRules(rules));
  findingsOf(plain, fold);
  const again = plain.flatMap((one) => [...fold.take(one)]);
  expect(told(again)).toEqual([]);
});
