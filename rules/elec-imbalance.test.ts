import { expect, test } from 'vitest';
import type { PowerReading } from '../drivers/reading.ts';
import { elecImbalance } from './elec-imbalance.ts';
import { run } from './run.ts';

function* flow(fromS: number, toS: number, ...currents: number[]): Generator<PowerReading> {
  for (let s = fromS; s < toS; s += 30) {
    const phases = currents.map((currentA) => ({ currentA }));
    yield { kind: 'power', device: 'm1', atMs: s * 1000, powerW: 1, phases };
  }
}

test('30 A on one phase and 10 A on another for half an hour is told, with the phase', () => {
  const findings = run(elecImbalance, {}, [
    ...flow(0, 2000, 10, 30, 20),
    ...flow(2000, 4000, 25, 27, 26),
  ]);
  expect(findings.map(({ change }) => change)).toEqual(['raised', 'cleared']);
  expect(findings[0]?.text.zh).toContain('三相不平衡67%，B相30.0安');
});

test('a house that uses little may be as unbalanced as it likes', () => {
  expect(run(elecImbalance, {}, flow(0, 8000, 2, 15, 1))).toEqual([]);
});
