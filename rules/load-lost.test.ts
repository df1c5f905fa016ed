import { expect, test } from 'vitest';
import { loadLost } from './load-lost.ts';
import type { Input } from './rule.ts';
import { run, testSite } from './run.ts';
import type { Site } from './site.ts';

const ids = ['b1', 'b2', 'b3', 'b4'];
const site: Site = {
  ...testSite,
  points: ids.map((id) => ({
    id,
    title: `${id.slice(1)}号楼`,
    kind: 'building',
    parent: 'feeder-1',
  })),
  devices: ids.map((id) => ({ id: `m${id}`, point: id, kinds: ['power'], intervalS: 10 })),
};

/** Ten seconds after ten seconds; `volts` of a building, or null while its meter is silent. */
function* night(toS: number, volts: (id: string, s: number) => number | null): Generator<Input> {
  for (let s = 0; s <= toS; s += 10) {
    yield { kind: 'tick', atMs: s * 1000 };
    for (const id of ids) {
      const voltageV = volts(id, s);
      if (voltageV === null) continue;
      yield { kind: 'power', device: `m${id}`, atMs: s * 1000, powerW: 0, phases: [{ voltageV }] };
    }
  }
}

test('one dark building among living neighbours is told after three minutes, and when it is back', () => {
  const findings = run(
    loadLost,
    {},
    night(900, (id, s) => (id === 'b2' && s >= 100 && s < 500 ? 0 : 225)),
    site,
  );
  expect(findings.map((f) => [f.point, f.change, f.severity])).toEqual([
    ['b2', 'raised', 'major'],
    ['b2', 'cleared', 'info'],
  ]);
  expect(findings[0]?.id).toBe('load.lost/b2/100000');
  expect(findings[0]?.text.zh).toContain('2号楼失电，同线3栋正常，请电工检查，勿自行合闸。');
});

test('a silent meter among living ones is told with the doubt that it may be the meter', () => {
  const [first] = run(
    loadLost,
    {},
    night(600, (id, s) => (id === 'b3' && s >= 100 ? null : 225)),
    site,
  );
  expect(first?.text.zh).toContain('也可能是电表或网络故障');
});

test('a dark feeder is not four dark buildings', () => {
  expect(
    run(
      loadLost,
      {},
      night(900, (_id, s) => (s < 100 ? 225 : 0)),
      site,
    ),
  ).toEqual([]);
});

test('a clock that jumps darkens nobody', () => {
  const inputs: Input[] = [
    ...night(100, () => 225),
    { kind: 'clock', atMs: 9e9, stepMs: 9e9 },
    { kind: 'tick', atMs: 9e9 + 10_000 },
  ];
  expect(run(loadLost, {}, inputs, site)).toEqual([]);
});

const twoLines: Site = {
  ...site,
  points: [
    { id: 'feeder-1', title: '1号馈线', kind: 'feeder' },
    { id: 'feeder-2', title: '2号馈线', kind: 'feeder' },
    ...site.points.map((point, i) => ({ ...point, parent: i < 2 ? 'feeder-1' : 'feeder-2' })),
  ],
};

test('a whole feeder that goes dark while another lives is told once, as the feeder, and when it is back', () => {
  const onFirst = (id: string) => id === 'b1' || id === 'b2';
  const findings = run(
    loadLost,
    {},
    night(900, (id, s) => (onFirst(id) && s >= 100 && s < 500 ? null : 225)),
    twoLines,
  );
  expect(findings.map((f) => [f.point, f.change, f.severity])).toEqual([
    ['feeder-1', 'raised', 'major'],
    ['feeder-1', 'cleared', 'info'],
  ]);
  expect(findings[0]?.text.zh).toContain(
    '1号馈线下2栋全部失电或无消息，其他线路正常，请电工检查该线路，勿自行合闸。',
  );
  expect(findings[0]?.text.en).toContain('All 2 buildings on 1号馈线');
});

test('where every line is silent it is the network: nobody is told of a feeder', () =>
  expect(
    run(
      loadLost,
      {},
      night(900, (_id, s) => (s < 100 ? 225 : null)),
      twoLines,
    ),
  ).toEqual([]));
