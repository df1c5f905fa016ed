import { expect, test } from 'vitest';
import { missing } from '../missing.ts';
import { newStepTest, type Step, testStep } from './steps.ts';

function run(powers: readonly number[]) {
  const state = newStepTest();
  const steps: Step[] = [];
  let slowW = 0;
  for (const [minute, powerW] of powers.entries()) {
    const move = testStep(state, [minute, powerW, powerW, powerW * 1.3, missing]);
    if (move.step) steps.push(move.step);
    slowW += move.slowW;
  }
  return { steps, slowW };
}
const flat = (n: number, value: number) => new Array<number>(n).fill(value);

test('a charger that is switched on is one step of its size at its minute', () => {
  const { steps, slowW } = run([...flat(20, 60), ...flat(40, 240)]);
  expect(steps).toHaveLength(1);
  expect(steps[0]).toMatchObject({ minute: 20, powerW: 180, harmonicVa: null });
  expect(steps[0]?.nonActiveVa).toBeCloseTo(234, 6);
  expect(slowW).toBe(0);
});

test('a taper of two watts a minute is no step, and all of it is slow', () => {
  const { steps, slowW } = run([
    ...flat(20, 240),
    ...Array.from({ length: 60 }, (_, i) => 240 - 2 * i),
  ]);
  expect(steps).toEqual([]);
  expect(slowW).toBeCloseTo(-118, 0);
});

test('a step of 30 W is nothing', () =>
  expect(run([...flat(20, 60), ...flat(20, 90)]).steps).toEqual([]));

test('a big lithium pack falls faster than a step may be, and is still no step', () => {
  const { steps, slowW } = run([
    ...flat(20, 310),
    ...Array.from({ length: 60 }, (_, i) => 310 * Math.exp(-i / 18)),
  ]);
  expect(steps).toEqual([]);
  expect(slowW).toBeLessThan(-255);
});

test('what was at right angles to what ran before is told beside the plain difference', () => {
  const state = newStepTest();
  const steps: Step[] = [];
  for (let minute = 0; minute < 40; minute += 1) {
    const on = minute >= 20;
    const watt = on ? 240 : 60;
    const { step } = testStep(state, [
      minute,
      watt,
      watt,
      on ? Math.hypot(300, 240) : 300,
      missing,
    ]);
    if (step) steps.push(step);
  }
  expect(steps[0]?.nonActiveVa).toBeCloseTo(84.2, 1);
  expect(steps[0]?.squareVa).toBeCloseTo(240, 6);
});
