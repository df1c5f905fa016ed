import { expect, test } from 'vitest';
import type { Phase, PowerReading } from '../drivers/reading.ts';
import { elecPhase } from './elec-phase.ts';
import { createFold } from './fold.ts';
import type { Input } from './rule.ts';
import { run, testSite } from './run.ts';
import type { Site } from './site.ts';

/** Times count from here, s. */
const leadS = 60;
const reading = (atS: number, volts: readonly number[], amps = [4, 4, 4], device = 'm1') => ({
  kind: 'power' as const,
  device,
  atMs: (leadS + atS) * 1000,
  powerW: 2600,
  phases: volts.map((voltageV, i): Phase => ({ voltageV, currentA: amps[i] ?? 0 })),
});
function* flow(fromS: number, toS: number, volts: readonly number[], amps?: number[]) {
  for (let s = fromS; s < toS; s += 10) yield reading(s, volts, amps);
}
/** A minute of a house that is well: a phase that never had supply is not lost. */
const well = [...flow(-60, 0, [224, 225, 223])];
const told = (inputs: Iterable<Input>, site?: Site) =>
  run(elecPhase, {}, [...well, ...inputs], site).map((f) => [
    f.point,
    f.phase,
    f.change,
    f.severity,
    f.atMs / 1000 - leadS,
  ]);

test('a phase without supply while the others have it is told after a minute, with its name, and when it is back', () => {
  const dead = [...flow(0, 100, [224, 225, 223]), ...flow(100, 400, [224, 3, 223], [4, 0, 4])];
  const findings = run(elecPhase, {}, [...dead, ...flow(400, 700, [224, 225, 223])]);
  expect(findings.map((f) => [f.phase, f.change, f.severity, f.atMs / 1000 - leadS])).toEqual([
    ['l2', 'raised', 'major', 160],
    ['l2', 'cleared', 'info', 520],
  ]);
  expect(new Set(findings.map(({ id }) => id)).size).toBe(1);
  expect(findings[0]?.text.zh).toContain(
    '1号楼B相失电（3伏），其余相有电，请电工检查该相的保险和接头，停用三相电动机，勿自行合闸。始于',
  );
  expect(findings[0]?.text.en).toContain('no supply on L2 (3 V)');
});

test('what a motor or a neighbour induces in it, 90 V, does not hide a lost phase', () =>
  expect(told(flow(0, 100, [224, 90, 223], [4, 0, 4]))).toEqual([
    ['b1', 'l2', 'raised', 'major', 60],
  ]));

test('a fuse of the high voltage leaves two phases at half: both are named', () => {
  const [first] = run(elecPhase, {}, [...well, ...flow(0, 100, [105, 221, 104])]);
  expect(first?.phase).toBeUndefined();
  expect(first?.evidence.phases).toEqual(['l1', 'l3']);
  expect(first?.text.zh).toContain('A、C相');
});

test('nothing at all on a phase is no lost neutral, however high the others are', () =>
  expect(told(flow(0, 100, [254, 1, 253], [4, 0, 4]))).toEqual([
    ['b1', 'l2', 'raised', 'major', 60],
  ]));

test('no voltage where current flows is the meter, and nobody is sent out for it at night', () => {
  const [first] = run(elecPhase, {}, [...well, ...flow(0, 100, [224, 0, 223], [4, 6, 4])]);
  expect([first?.severity, first?.evidence.meter]).toEqual(['minor', true]);
  expect(first?.text.zh).toContain('电表B相无电压却有电流');
});

test('a house that is dark, a lost neutral, low voltage and a moment without it are none of this', () => {
  expect(told(flow(0, 600, [0, 0, 2]))).toEqual([]);
  expect(told(flow(0, 600, [300, 60, 230]))).toEqual([]);
  expect(told(flow(0, 600, [185, 186, 150]))).toEqual([]);
  expect(told([...flow(0, 50, [224, 0, 223]), ...flow(50, 600, [224, 225, 223])])).toEqual([]);
});

test('a meter for three phases in a house of one has two that never had supply: none is lost', () => {
  expect(run(elecPhase, {}, flow(0, 600, [224, 0, 0], [4, 0, 0]))).toEqual([]);
  const found = run(elecPhase, {}, [...flow(0, 60, [224, 221, 0]), ...flow(60, 200, [224, 0, 0])]);
  expect(found.map(({ phase }) => phase)).toEqual(['l2']);
});

test('a meter of one phase, and one that tells no voltage, say nothing about phases', () => {
  expect(told(flow(0, 600, [0]))).toEqual([]);
  const blind = [...flow(0, 600, [224, 0, 223])].map((one): PowerReading => {
    return { ...one, phases: one.phases.map(({ currentA = 0 }) => ({ currentA })) };
  });
  expect(told(blind)).toEqual([]);
});

const houses = ['b1', 'b2', 'b3', 'b4', 'b5'];
const line: Site = {
  ...testSite,
  points: [
    { id: 'f1', title: '1号馈线', kind: 'feeder' },
    ...houses.map((id) => ({ id, title: id, kind: 'building' as const, parent: 'f1' })),
  ],
  devices: houses.map((id) => ({
    id: `m-${id}`,
    point: id,
    kinds: ['power' as const],
    intervalS: 10,
  })),
};
/** All houses of the line; `dark` says which lost a phase at that second. Their phases are not wired in one order. */
function* evening(toS: number, dark: (id: string, s: number) => boolean): Generator<Input> {
  for (let s = 0; s < toS; s += 10)
    for (const [i, id] of houses.entries())
      yield reading(
        s,
        [224, 225, 223].map((volt, phase) => (dark(id, s) && phase === i % 3 ? 2 : volt)),
        [4, 0, 0],
        `m-${id}`,
      );
}

test('a line that lost a phase is told once, as the line; and who stays dark when it is back, for itself', () => {
  const findings = told(
    evening(1500, (id, s) => s >= 100 && (s < 600 || (id === 'b5' && s < 1200))),
    line,
  );
  expect(findings.map(([point, , change]) => [point, change])).toEqual([
    ['f1', 'raised'],
    ['f1', 'cleared'],
    ['b5', 'raised'],
    ['b5', 'cleared'],
  ]);
});

test('two houses of five are two houses', () => {
  const findings = told(
    evening(400, (id, s) => s >= 100 && (id === 'b1' || id === 'b2')),
    line,
  );
  expect(findings.map(([point]) => point)).toEqual(['b1', 'b2']);
});

test('late and repeated readings, gaps and a clock that is set raise nothing', () => {
  const dead = [...flow(0, 50, [224, 0, 223])];
  expect(told([...dead, ...dead, ...dead])).toEqual([]);
  // A heap of an hour ago, from a meter that was cut off and is well again.
  const heap = [...flow(0, 3600, [224, 0, 223])];
  expect(told([...flow(3600, 3700, [224, 225, 223]), ...heap])).toEqual([]);
  expect(told([...dead, ...flow(90 * 86_400, 90 * 86_400 + 50, [224, 0, 223])])).toEqual([]);
  const step = { kind: 'clock', atMs: 9e8, stepMs: 9e8 } as const;
  expect(told([...dead, step, ...flow(900_000, 900_050, [224, 0, 223])])).toEqual([]);
});

test('a box that is started anew in the middle goes on where it was, and houses that are well leave no state', () => {
  const readings = [...well, ...flow(0, 300, [224, 0, 223]), ...flow(300, 600, [224, 225, 223])];
  const armed = [{ rule: elecPhase, config: elecPhase.config.parse({}), mode: 'live' as const }];
  const first = createFold(testSite, armed);
  const found = readings.slice(0, 15).flatMap((one) => [...first.take(one)]);
  const second = createFold(testSite, armed);
  second.restore(JSON.parse(JSON.stringify(first.snapshot())));
  found.push(...readings.slice(15).flatMap((one) => [...second.take(one)]));
  expect(found).toEqual(run(elecPhase, {}, readings));
  expect(second.snapshot().states['elec.phase/site']).toMatchObject({ lots: {}, lines: {} });
});
