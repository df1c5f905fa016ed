import { expect, test } from 'vitest';
import type { Input } from './rule.ts';
import { run, testSite } from './run.ts';
import type { Site } from './site.ts';
import { transformerLoad } from './transformer-load.ts';

const site: Site = {
  ...testSite,
  points: [
    { id: 't1', title: '1号变压器', kind: 'transformer', limits: { ratedKva: 100 } },
    { id: 'f1', title: '一线', kind: 'feeder', parent: 't1' },
    { id: 'b1', title: '1号楼', kind: 'building', parent: 'f1' },
    { id: 'b2', title: '2号楼', kind: 'building', parent: 'f1' },
  ],
  devices: ['b1', 'b2'].map((id) => ({ id: `m${id}`, point: id, kinds: ['power'], intervalS: 10 })),
};

function* hours(from: number, to: number, wattEach: number): Generator<Input> {
  for (let min = from * 60; min < to * 60; min += 1) {
    yield { kind: 'tick', atMs: min * 60_000 };
    for (const { id } of site.devices)
      yield { kind: 'power', device: id, atMs: min * 60_000, powerW: wattEach };
  }
}

test('a cold evening at 1.25 of the rating heats the transformer over 120 °C after a while, and it cools again', () => {
  const findings = run(
    transformerLoad,
    { ambientC: 20 },
    [...hours(0, 6, 57_500), ...hours(6, 12, 10_000)],
    site,
  );
  expect(findings.map(({ change, stage, point }) => [change, stage, point])).toEqual([
    ['raised', 1, 't1'],
    ['changed', 2, 't1'],
    ['changed', 1, 't1'],
    ['cleared', 0, 't1'],
  ]);
  expect(findings[0]?.atMs).toBeGreaterThan(30 * 60_000);
});

test('at its rating it stays below the limit', () => {
  expect(run(transformerLoad, { ambientC: 20, surchargeK: 0 }, hours(0, 48, 46_000), site)).toEqual(
    [],
  );
});

test('a feeder is no transformer, though somebody wrote a rating down for it', () => {
  const points = site.points.map((point) =>
    point.kind === 'feeder' ? { ...point, limits: { ratedKva: 10 } } : point,
  );
  const told = run(transformerLoad, {}, hours(0, 6, 40_000), { ...site, points });
  expect(told.filter(({ point }) => point !== 't1')).toEqual([]);
});

test('when most meters are silent nothing is claimed', () => {
  const one = [...hours(0, 8, 90_000)].filter(
    (input) => input.kind !== 'power' || input.device === 'mb1',
  );
  expect(run(transformerLoad, {}, one, site)).toEqual([]);
});
