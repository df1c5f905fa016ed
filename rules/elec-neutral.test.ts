import { expect, test } from 'vitest';
import type { Phase, PowerReading } from '../drivers/reading.ts';
import { elecNeutral } from './elec-neutral.ts';
import { run } from './run.ts';

function* flow(fromS: number, toS: number, phases: Phase[]): Generator<PowerReading> {
  for (let s = fromS; s < toS; s += 10)
    yield { kind: 'power', device: 'm1', atMs: s * 1000, powerW: 1, phases };
}
const amps = (...currents: number[]) => currents.map((currentA) => ({ currentA }));
const volts = (...all: number[]) => all.map((voltageV) => ({ voltageV }));

test('38 A in the neutral of a 40 A service for ten minutes is told', () => {
  const findings = run(elecNeutral, {}, flow(0, 700, amps(40, 5, 0)));
  expect(findings.map((f) => [f.severity, f.evidence.neutralA])).toEqual([['major', 37.7]]);
  expect(findings[0]?.text.zh).toContain('按三相推算');
});

test('a balanced load leaves the neutral alone', () => {
  expect(run(elecNeutral, {}, flow(0, 2000, amps(39, 39, 39)))).toEqual([]);
});

test('one phase at 270 V while another is at 150 V is a lost neutral, at once', () => {
  const findings = run(elecNeutral, {}, [
    ...flow(0, 60, volts(270, 150, 240)),
    ...flow(60, 200, volts(222, 221, 223)),
  ]);
  expect(findings.map((f) => [f.change, f.severity])).toEqual([
    ['raised', 'critical'],
    ['cleared', 'info'],
  ]);
  expect(findings[0]?.text.zh).toContain('疑似中性线断开');
});

test('a dead phase is not a lost neutral', () => {
  expect(run(elecNeutral, {}, flow(0, 200, volts(255, 0, 225)))).toEqual([]);
});
