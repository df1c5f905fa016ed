import { expect, test } from 'vitest';
import { loadSums } from './load-sums.ts';
import type { Input } from './rule.ts';
import { run, testSite } from './run.ts';

const points = [
  { id: 'f1', title: '1号馈线', kind: 'feeder' as const },
  { id: 'b1', title: '1号楼', kind: 'building' as const, parent: 'f1' },
  { id: 'b2', title: '2号楼', kind: 'building' as const, parent: 'f1' },
];
const site = {
  ...testSite,
  points,
  devices: points.map(({ id }) => ({
    id: `m-${id}`,
    point: id,
    kinds: ['power' as const],
    intervalS: 60,
  })),
};

/** Minutes with the powers of feeder and buildings; null: that meter is silent. */
function* minutes(n: number, powers: readonly (number | null)[], from = 0): Generator<Input> {
  for (let i = from; i < from + n; i += 1) {
    const atMs = i * 60_000;
    yield { kind: 'tick', atMs };
    for (const [k, powerW] of powers.entries())
      if (powerW !== null) yield { kind: 'power', device: `m-${points[k]?.id}`, atMs, powerW };
  }
}

test('two kilowatts that no meter below sees for an hour and more are told, with both sums', () => {
  const [first, ...more] = run(loadSums, {}, minutes(180, [9000, 4000, 3000]), site);
  expect(more).toEqual([]);
  expect(first).toMatchObject({
    point: 'f1',
    change: 'raised',
    severity: 'minor',
    evidence: { totalKw: 9, partsKw: 7, percent: 22, meters: 2 },
  });
  expect(first?.text.zh).toContain(
    '1号馈线总表9千瓦，比2块分表之和7千瓦多22%，可能有未装表的用电，或某块表的互感器变比设错，请核查。',
  );
  expect(first?.text.en).toContain('22 % more than the 2 meters below');
});

test('a meter below that counts double is told as well, and its repair ends it', () => {
  const findings = run(
    loadSums,
    {},
    [...minutes(180, [7000, 8000, 3000]), ...minutes(180, [7000, 4000, 3000], 180)],
    site,
  );
  expect(findings.map(({ change }) => change)).toEqual(['raised', 'cleared']);
  expect(findings[0]?.text.zh).toContain('少57%');
});

test('a few per cent of loss are no finding, nor is a sum of which one meter is silent', () => {
  expect(run(loadSums, {}, minutes(300, [7300, 4000, 3000]), site)).toEqual([]);
  expect(run(loadSums, {}, minutes(300, [9000, 4000, null]), site)).toEqual([]);
});

test('a feeder of which not every house has a meter is not summed', () => {
  const few = { ...site, devices: site.devices.slice(0, 2) };
  expect(loadSums.applies?.({ scope: 'site', id: 'site', site: few }, {})).toBe(false);
});

test('a clock that is set begins a new quarter', () => {
  const findings = run(
    loadSums,
    {},
    [
      ...minutes(70, [9000, 4000, 3000]),
      { kind: 'clock', atMs: 4_300_000, stepMs: 1 },
      ...minutes(20, [7000, 4000, 3000], 75),
    ],
    site,
  );
  expect(findings).toEqual([]);
});
