import { expect, test } from 'vitest';
import { latencyOf, newOpening, open } from './opening.ts';

const latencyMin = 29;

const opened = (values: number[]) => {
  const state = newOpening(values[0] ?? 0, latencyMin + 1);
  return values.map((value) => open(state, value));
};
const minutes = (n: number, value: number) => new Array<number>(n).fill(value);

test('a kettle vanishes, a charger stays, and its step stays at its minute', () => {
  const signal = [
    ...minutes(60, 50),
    ...minutes(5, 1850),
    ...minutes(30, 50),
    ...minutes(120, 230),
  ];
  const values = opened(signal).slice(latencyMin);
  expect(Math.max(...values.slice(0, 90).map(Number))).toBe(50);
  expect(values.indexOf(230)).toBe(95);
});

test('a slow fall passes unchanged', () => {
  const fall = Array.from({ length: 100 }, (_, i) => 300 - i);
  const values = opened([...minutes(40, 300), ...fall]).slice(latencyMin);
  expect(values.slice(70, 100)).toEqual([...minutes(40, 300), ...fall].slice(70, 100));
});

test('the first minute stands for those before it: nothing is held back for an hour after a start', () => {
  const values = opened([...minutes(3, 50), ...minutes(40, 230)]);
  expect(values.indexOf(230)).toBe(3 + latencyMin);
});

test('whatever comes, it is the highest of the lows of thirty minutes', () => {
  // A walk that repeats itself nowhere: sines of periods that share no factor.
  const signal = Array.from({ length: 2000 }, (_, i) =>
    Math.round(500 + 300 * Math.sin(i / 7) + 200 * Math.sin(i / 31) + (i % 97 === 0 ? 900 : 0)),
  );
  const before = [...minutes(2 * latencyMin, signal[0] ?? 0), ...signal];
  const lowAt = (i: number) => Math.min(...before.slice(i, i + latencyMin + 1));
  const expected = signal.map((_, i) =>
    Math.max(...Array.from({ length: latencyMin + 1 }, (_, k) => lowAt(i + k))),
  );
  expect(opened(signal)).toEqual(expected);
});

test('a short opening tells sooner, and keeps the step that a long one loses where something else ends after it', () => {
  const short = newOpening(0, 6);
  expect(latencyOf(short)).toBe(5);
  const signal = [...minutes(40, 250), ...minutes(15, 450), ...minutes(60, 200)];
  expect(Math.max(...opened(signal))).toBe(250);
  expect(Math.max(...signal.map((value) => open(short, value)))).toBe(450);
});
