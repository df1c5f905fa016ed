import { expect, test } from 'vitest';
import type { PowerReading } from '../drivers/reading.ts';
import { elecTemperature } from './elec-temperature.ts';
import { run } from './run.ts';

const at = (s: number, temperatureC: number): PowerReading => {
  return { kind: 'power', device: 'm1', atMs: s * 1000, powerW: 1, temperatureC };
};
const steady = (fromS: number, toS: number, c: number) =>
  Array.from({ length: (toS - fromS) / 10 }, (_, i) => at(fromS + i * 10, c));

test('70 °C for half a minute is critical, and ends after ten minutes below 60 °C', () => {
  const findings = run(elecTemperature, { riseK: 50 }, [
    ...steady(0, 100, 65),
    ...steady(100, 200, 71),
    ...steady(200, 1000, 55),
  ]);
  expect(findings.map((f) => [f.change, f.severity, f.atMs / 1000])).toEqual([
    ['raised', 'critical', 130],
    ['cleared', 'info', 800],
  ]);
  expect(findings[0]?.text.zh).toContain('71度，超过70度');
});

test('a rise of 10 K in five minutes is told at once, a slow summer afternoon is not', () => {
  const fast = Array.from({ length: 30 }, (_, i) => at(i * 10, 30 + i / 2));
  expect(run(elecTemperature, {}, fast)[0]?.text.zh).toContain('分钟内升温10度');
  const slow = Array.from({ length: 600 }, (_, i) => at(i * 60, 30 + i / 40));
  expect(run(elecTemperature, {}, slow)).toEqual([]);
});

test('a meter without a thermometer never gets hot', () => {
  expect(run(elecTemperature, {}, [{ kind: 'power', device: 'm1', atMs: 0, powerW: 1 }])).toEqual(
    [],
  );
});
