import { expect, test } from 'vitest';
import type { PowerReading, StatusReading } from '../drivers/reading.ts';
import { deviceImplausible } from './device-implausible.ts';
import { run, testSite } from './run.ts';
import type { Site } from './site.ts';

function* flow(toS: number, at: (s: number) => Partial<PowerReading>): Generator<PowerReading> {
  for (let s = 0; s < toS; s += 60)
    yield { kind: 'power', device: 'm1', atMs: s * 1000, powerW: 100 + (s % 7), ...at(s) };
}
const faults = (readings: Iterable<PowerReading>) =>
  run(deviceImplausible, {}, readings).map((finding) => [finding.change, finding.evidence.fault]);

test('a meter that says 312.5 W to the last digit for two hours is frozen', () => {
  expect(faults(flow(8000, () => ({ powerW: 312.5 })))).toEqual([['raised', 'frozen']]);
  // And that is when it began, not when it was told.
  const [first] = run(
    deviceImplausible,
    {},
    flow(8000, () => ({ powerW: 312.5 })),
  );
  expect([first?.sinceMs, first?.atMs]).toEqual([0, 7_200_000]);
  expect(first?.text.zh).toContain('始于08:00');
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

test('a camera or face terminal, which measures nothing, is told of its clock all the same', () => {
  const site: Site = {
    ...testSite,
    devices: [{ id: 'cam-1', lane: 'in-1', kinds: ['passage', 'status'], intervalS: 30 }],
  };
  /** Minutes of a box whose clock says `fromMs`; the camera is `skewS` ahead of it until the hundredth. */
  const minutes = (fromMs: number, skewS: number) =>
    Array.from({ length: 160 }, (_, minute): StatusReading => {
      const clockSkewMs = (minute < 100 ? skewS : 1) * 1000;
      const atMs = fromMs + minute * 60_000;
      return { kind: 'status', device: 'cam-1', atMs, online: true, clockSkewMs };
    });
  const setMs = Date.UTC(2026, 2, 16);
  const findings = run(deviceImplausible, {}, minutes(setMs, -200), site);
  expect(findings.map((f) => [f.change, f.evidence.fault, (f.atMs - setMs) / 60_000])).toEqual([
    ['raised', 'skew', 5],
    ['cleared', 'skew', 130],
  ]);
  expect(findings[0]?.evidence.skewS).toBe(-200);
  expect(findings[0]?.text.zh).toContain('cam-1读数不可信：时钟不准');
  expect(run(deviceImplausible, {}, minutes(setMs, 59), site)).toEqual([]);
  // A box that has just started without a battery for its clock.
  expect(run(deviceImplausible, {}, minutes(0, 1.7e9), site)).toEqual([]);
});

/** A house of 40 A whose meter says `times` what flows: current and power alike, as a wrong ratio makes them. */
const scaled = (times: number) => (s: number) => {
  const currentA = (18 + (s % 7) / 10) * times;
  const powerW = currentA * 220 * 0.95;
  return { powerW, phases: [{ voltageV: 220, currentA, powerW, powerFactor: 0.95 }] };
};

test('a ratio set fourteen times too high is found though power and current agree: the breaker would have opened', () => {
  expect(faults(flow(1200, scaled(1)))).toEqual([]);
  expect(faults(flow(1200, scaled(14)))).toEqual([['raised', 'scale']]);
  expect(faults(flow(1200, scaled(100)))).toEqual([['raised', 'jump']]);
  const watts = (s: number) => ({ powerW: scaled(50)(s).powerW });
  expect(faults(flow(1200, watts))).toEqual([['raised', 'scale']]);
});

test('an overload of twice the rating for an hour is the house, not the meter', () =>
  expect(faults(flow(3600, scaled(4.4)))).toEqual([]));

test('one reading of a megawatt between usual ones is told, and an inrush of ten times is not', () => {
  const leap = (powerW: number) => (s: number) => (s === 600 ? { powerW } : {});
  expect(faults(flow(4000, leap(1_200_000)))).toEqual([
    ['raised', 'jump'],
    ['cleared', 'jump'],
  ]);
  expect(faults(flow(4000, leap(90_000)))).toEqual([]);
});

test('a counter that leaps ahead by a megawatt-hour is told, one that was silent for a week is not', () => {
  const at = (s: number) => 9000 + s / 60;
  expect(faults(flow(1200, (s) => ({ energyWh: at(s) + (s < 600 ? 0 : 1e6) })))).toEqual([
    ['raised', 'jump'],
  ]);
  const week = 7 * 86_400_000;
  const silent = [...flow(1200, (s) => ({ energyWh: at(s) + (s < 600 ? 0 : 2e5) }))].map((one) =>
    one.atMs < 600_000 ? one : { ...one, atMs: one.atMs + week },
  );
  expect(faults(silent)).toEqual([]);
});
