import { expect, test } from 'vitest';
import { ambientFactor, cableLimitA, cableTauS } from './cable.ts';

test('10 mm² in conduit at 40 °C, three circuits together, carries 34.7 A', () => {
  const cable = { mm2: 10, method: 'B1', cores: 2, ambientC: 40, grouped: 3 } as const;
  expect(cableLimitA(cable)).toBeCloseTo(34.7, 1);
});

test('6 mm² in conduit at 40 °C carries 35.7 A: a 40 A breaker does not protect it', () => {
  const cable = { mm2: 6, method: 'B1', cores: 2, ambientC: 40, grouped: 1 } as const;
  expect(cableLimitA(cable)).toBeCloseTo(35.7, 1);
});

test('a section that no table knows counts as the next smaller one', () => {
  const cable = { mm2: 8, method: 'C', cores: 3, ambientC: 30, grouped: 1 } as const;
  expect(cableLimitA(cable)).toBe(41);
  expect(cableTauS(cable)).toBe(157);
});

test('between two temperatures the factor lies between theirs', () => {
  expect(ambientFactor(32.5)).toBeCloseTo(0.97, 3);
  expect(ambientFactor(80)).toBe(0.5);
});
