import { expect, test } from 'vitest';
import type { PowerReading } from '../drivers/reading.ts';
import { deviceImplausible } from './device-implausible.ts';
import { run } from './run.ts';

function* flow(toS: number, at: (s: number) => Partial<PowerReading>): Generator<PowerReading> {
  for (let s = 0; s < toS; s += 60)
    yield { kind: 'power', device: 'm1', atMs: s * 1000, powerW: 100 + (s % 7), ...at(s) };
}
const faults = (readings: Iterable<PowerReading>) =>
  run(deviceImplausible, {}, readings).map((finding) => [finding.change, finding.evidence.fault]);

test('a meter that says 312.5 W to the last digit for two hours is frozen', () => {
  expect(faults(flow(8000, () => ({ powerW: 312.5 })))).toEqual([['raised', 'frozen']]);
});

test('an empty house that draws nothing all day is not', () => {
  expect(faults(flow(86_400, () => ({ powerW: 0 })))).toEqual([]);
});

test('a current transformer set wrong by forty is found: power and current disagree', () => {
  const phases = (s: number) => [{ voltageV: 220, currentA: 5 + (s % 3) / 10, powerW: 44_000 }];
  expect(faults(flow(1200, (s) => ({ phases: phases(s) })))).toEqual([['raised', 'ratio']]);
});

test('500 V in a house is the meter, a dead phase is not', () => {
  const at = (voltageV: number) => (s: number) => ({ phases: [{ voltageV, currentA: s % 5 }] });
  expect(faults(flow(1200, at(500)))).toEqual([['raised', 'voltage']]);
  expect(faults(flow(1200, at(0)))).toEqual([]);
});

test('a counter that steps back is told, one that starts anew at zero is not', () => {
  expect(faults(flow(1200, (s) => ({ energyWh: s < 600 ? 9000 + s : 8000 + s })))).toEqual([
    ['raised', 'energy'],
  ]);
  expect(faults(flow(1200, (s) => ({ energyWh: s < 600 ? 9000 + s : s - 600 })))).toEqual([]);
});

test('a clock that is two minutes off for five minutes is told, and cleared when it was set', () => {
  const status = (atS: number, skewS: number) =>
    ({
      kind: 'status',
      device: 'm1',
      atMs: atS * 1000,
      online: true,
      clockSkewMs: skewS * 1000,
    }) as const;
  const readings = [...flow(4000, () => ({}))];
  const inputs = [status(0, 120), ...readings.slice(0, 10), status(600, 1), ...readings.slice(10)];
  expect(run(deviceImplausible, {}, inputs).map(({ change }) => change)).toEqual([
    'raised',
    'cleared',
  ]);
});
