import { expect, test } from 'vitest';
import type { PowerReading } from '../drivers/reading.ts';
import type { Finding } from './finding.ts';
import { armRules, createFold } from './fold.ts';
import { rules } from './index.ts';
import { createReplay } from './replay.ts';
import type { Input } from './rule.ts';
import { testSite } from './run.ts';
import type { Site } from './site.ts';

/** All rules on one room with a charger in the evening; each case spoils the readings in one way. */
const site: Site = {
  ...testSite,
  points: [
    { id: 'r1', title: '12-3', kind: 'room', rooms: 1, limits: { contractA: 16, residualMa: 300 } },
    { id: 'b1', title: '1号楼', kind: 'building', rooms: 9, limits: { contractA: 40 } },
  ],
  devices: [{ id: 'm1', point: 'r1', kinds: ['power'], intervalS: 10 }],
};
/** 21:00 in Shanghai on 16 March 2026. */
const eveningMs = Date.UTC(2026, 2, 16, 13);
const hourMs = 3_600_000;

/** A 48V20Ah lead-acid charger for seven hours, PF 0.6 and THD 120 %, over 40 W of lamps. */
function* evening(fromMs = eveningMs): Generator<PowerReading> {
  let energyWh = 99_998_500;
  for (let s = -5400; s < 9 * 3600; s += 10) {
    const h = s / 3600;
    const chargeW =
      h < 0
        ? 0
        : h < 3
          ? 195 * (1 - 0.13 * (1 - h / 3))
          : h < 7
            ? 195 * (1 + (h - 3) / 1.5) ** -2.57
            : 0;
    // The last digits move, as they do on a wall.
    const powerW = 40 + chargeW + ((s / 10) % 7) * 0.1;
    energyWh += powerW / 360;
    const apparentVa = Math.hypot(powerW, 1.33 * chargeW);
    yield {
      kind: 'power',
      device: 'm1',
      atMs: fromMs + s * 1000,
      powerW,
      energyWh,
      phases: [
        {
          voltageV: 226,
          currentA: apparentVa / 226,
          powerW,
          powerFactor: powerW / apparentVa,
          thdPercent: (120 * chargeW) / powerW,
        },
      ],
    };
  }
}

function findingsOf(inputs: Iterable<Input>): Finding[] {
  const fold = createFold(site, armRules(rules));
  const replay = createReplay(fold);
  const findings: Finding[] = [];
  for (const input of inputs) {
    const isReading = input.kind !== 'clock' && input.kind !== 'start' && input.kind !== 'tick';
    if (isReading && input.kind !== 'finding') findings.push(...replay.take(input));
    else findings.push(...fold.take(input));
  }
  return findings;
}
const charging = (findings: readonly Finding[]) =>
  findings.filter(({ rule }) => rule === 'load.ebike');
const alerts = (findings: readonly Finding[]) =>
  findings.filter(({ severity, change }) => severity !== 'info' && change !== 'cleared');
const plain = findingsOf(evening());

test('the evening itself is one charge, and nothing else is told', () => {
  expect(new Set(charging(plain).map(({ id }) => id)).size).toBe(1);
  expect(charging(plain).some(({ severity }) => severity !== 'info')).toBe(true);
  expect(alerts(plain).filter(({ rule }) => rule !== 'load.ebike')).toEqual([]);
});

test('duplicates and late readings change nothing that is told of the charge', () => {
  const once = [...evening()];
  const twice = once.flatMap((one, i) => [one, one, once[Math.max(0, i - 40)] ?? one]);
  expect(charging(findingsOf(twice))).toEqual(charging(plain));
});

test('a gap of 40 minutes closes the charge as unknown, at the time the readings broke off', () => {
  const [fromMs, toMs] = [eveningMs + 2 * hourMs, eveningMs + 2 * hourMs + 2_400_000];
  const found = charging(
    findingsOf([...evening()].filter(({ atMs }) => atMs < fromMs || atMs > toMs)),
  );
  const ended = found.find(({ change }) => change === 'cleared');
  expect(ended?.evidence).toMatchObject({ end: 'unknown' });
  expect(Math.abs(Number(ended?.evidence.endedMs) - fromMs)).toBeLessThan(120_000);
  expect(ended?.text.zh).toContain('数据中断，何时结束不明');
});

test('a box that is started anew in the middle tells the same of the charge', () => {
  const readings = [...evening()];
  const half: Input[] = [
    ...readings.slice(0, 1500),
    { kind: 'start', atMs: readings[1500]?.atMs ?? 0 },
    ...readings.slice(1500),
  ];
  expect(charging(findingsOf(half))).toEqual(charging(plain));
});

test('three months of silence alert nobody: what was open is closed, and nothing comes of what is past', () => {
  const first = [...evening()].slice(0, 1200);
  const later = findingsOf([...first, ...evening(eveningMs + 90 * 24 * hourMs)]).filter(
    ({ atMs }) => atMs > eveningMs + 80 * 24 * hourMs,
  );
  expect(
    later.filter(
      ({ sinceMs, change }) => sinceMs < eveningMs + 80 * 24 * hourMs && change !== 'cleared',
    ),
  ).toEqual([]);
  expect(charging(later).filter(({ change }) => change === 'raised')).toHaveLength(1);
});

for (const [what, stepMs] of [
  ['an hour ahead', hourMs],
  ['an hour back', -hourMs],
  ['half a year ahead', 180 * 24 * hourMs],
] as const) {
  test(`a clock that is set ${what} raises nothing but what goes on then`, () => {
    const readings = [...evening()];
    const moved = readings.slice(1500).map((one) => ({ ...one, atMs: one.atMs + stepMs }));
    const at = readings[1500]?.atMs ?? 0;
    const fold = createFold(site, armRules(rules));
    const found = [
      ...readings.slice(0, 1500),
      { kind: 'clock' as const, atMs: at + stepMs, stepMs },
      ...moved,
    ].flatMap((one) => [...fold.take(one)]);
    expect(alerts(found).filter(({ rule }) => rule !== 'load.ebike')).toEqual([]);
    for (const { sinceMs, atMs } of charging(found)) expect(sinceMs).toBeLessThanOrEqual(atMs);
  });
}

test('an energy counter that wraps or jumps back alerts nobody of load', () => {
  const wrapped = [...evening()].map((one) => ({
    ...one,
    energyWh: (one.energyWh ?? 0) % 100_000_000,
  }));
  expect(charging(findingsOf(wrapped))).toEqual(charging(plain));
  const back = [...evening()].map((one, i) => ({
    ...one,
    energyWh: (one.energyWh ?? 0) - (i > 1500 ? 3000 : 0),
  }));
  const told = alerts(findingsOf(back)).filter(({ rule }) => rule !== 'load.ebike');
  expect(told.map(({ rule, evidence }) => [rule, evidence.fault])).toEqual([
    ['device.implausible', 'energy'],
  ]);
});

test('negative power is no charger and no overload', () => {
  const fed = [...evening()].map((one) => ({
    ...one,
    powerW: -one.powerW,
    phases:
      one.phases?.map((phase) => ({ ...phase, powerW: -(phase.powerW ?? 0), thdPercent: 0 })) ?? [],
  }));
  expect(alerts(findingsOf(fed))).toEqual([]);
});

test('a current transformer that is set five times too high is told as the meter being wrong', () => {
  const wrong = [...evening()].map((one) => ({
    ...one,
    phases: one.phases?.map((phase) => ({ ...phase, currentA: 5 * (phase.currentA ?? 0) })) ?? [],
  }));
  const told = alerts(findingsOf(wrong)).filter(({ rule }) => rule === 'device.implausible');
  expect(told[0]?.evidence.fault).toBe('ratio');
  expect(told[0]?.text.zh).toContain('疑似互感器变比设错');
});

test('phases that are swapped while a charger runs end it on one and never alert twice', () => {
  const house: Site = {
    ...site,
    devices: [{ id: 'm1', point: 'b1', kinds: ['power'], intervalS: 10 }],
  };
  const fold = createFold(house, armRules(rules));
  const idle = { voltageV: 226, currentA: 0.9, powerW: 200, powerFactor: 0.98, thdPercent: 15 };
  const findings = [...evening()].flatMap((one, i) => {
    const [busy] = one.phases ?? [];
    if (!busy) return [];
    const phases = i < 1200 ? [busy, idle, idle] : [idle, busy, idle];
    return fold.take({ ...one, powerW: one.powerW + 400, phases });
  });
  const told = charging(findings).filter(
    ({ severity, change }) => severity !== 'info' && change !== 'cleared',
  );
  expect(new Set(told.map(({ phase }) => phase)).size).toBeLessThanOrEqual(1);
  expect(
    charging(findings).some(({ phase, change }) => phase === 'l1' && change === 'cleared'),
  ).toBe(true);
});

test('nonsense never throws and keeps the state small', () => {
  const fold = createFold(site, armRules(rules));
  const values = [-5000, 0, 1e6, 3, -1, 250, 250, 1e-9];
  for (let i = 0; i < 20_000; i += 1) {
    const powerW = values[(i * 7 + (i >> 5)) % values.length] ?? 0;
    fold.take({
      kind: 'power',
      device: 'm1',
      atMs: eveningMs + i * 10_000,
      powerW,
      energyWh: Math.abs(powerW) * i,
      phases: [
        {
          voltageV: i % 300,
          currentA: Math.abs(powerW) / 200,
          powerW,
          thdPercent: i % 900,
          powerFactor: (i % 11) / 10,
        },
      ],
    });
  }
  const { states } = fold.snapshot();
  expect(JSON.stringify(states['load.ebike/r1']).length).toBeLessThan(4096);
});
