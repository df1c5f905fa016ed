import { expect, test } from 'vitest';
import { gateParkingFull } from './gate-parking-full.ts';
import type { Input } from './rule.ts';
import { run, testSite } from './run.ts';

const site = { ...testSite, parking: { places: 20 } };
const pass = (atS: number, direction: 'in' | 'out', more: object = {}): Input =>
  ({
    kind: 'passage',
    device: 'cam-1',
    lane: 'in-1',
    direction,
    credential: 'plate',
    result: 'registered',
    atMs: atS * 1000,
    ...more,
  }) as Input;
const ticks = (fromS: number, toS: number): Input[] =>
  Array.from({ length: (toS - fromS) / 60 }, (_, i) => ({
    kind: 'tick',
    atMs: (fromS + i * 60) * 1000,
  }));

test('nineteen cars on twenty places for ten minutes are told, eighteen gone end it', () => {
  const cars = Array.from({ length: 19 }, (_, i) => pass(i, 'in'));
  const findings = run(
    gateParkingFull,
    {},
    [...cars, ...ticks(60, 900), pass(1000, 'out'), pass(1001, 'out')],
    site,
  );
  expect(findings.map((f) => [f.change, f.evidence.free])).toEqual([
    ['raised', 1],
    ['cleared', 3],
  ]);
});

test('e-bikes, replayed and rejected vehicles take no place', () => {
  const none = [{ vehicle: 'ebike' }, { replayed: true }, { result: 'rejected' }];
  const cars = none.flatMap((more, k) =>
    Array.from({ length: 30 }, (_, i) => pass(k * 30 + i, 'in', more)),
  );
  expect(run(gateParkingFull, {}, [...cars, ...ticks(120, 2000)], site)).toEqual([]);
});

test('a car that leaves without having come is drift, not minus one', () => {
  const cars = [pass(0, 'out'), ...Array.from({ length: 19 }, (_, i) => pass(i + 1, 'in'))];
  const [first] = run(gateParkingFull, {}, [...cars, ...ticks(60, 900)], site);
  expect(first?.evidence).toMatchObject({ drift: 1, free: 1 });
});
