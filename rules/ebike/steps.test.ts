import { expect, test } from 'vitest';
import { newStepTest, type Step, testStep } from './steps.ts';

function run(powers: readonly number[]) {
  const state = newStepTest();
  const steps: Step[] = [];
  let slowW = 0;
  for (const [minute, powerW] of powers.entries()) {
    const move = testStep(state, {
      minute,
      signalW: powerW,
      powerW,
      nonActiveVa: powerW * 1.3,
      harmonicVa: null,
    });
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
