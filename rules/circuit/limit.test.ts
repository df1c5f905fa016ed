import { expect, test } from 'vitest';
import { circuitLimit } from './limit.ts';

test('the cable decides where it is weaker than breaker and contract', () => {
  const limit = circuitLimit({
    contractA: 40,
    breaker: { ratedA: 40, curve: 'C' },
    cable: { mm2: 6, method: 'B1', cores: 2, ambientC: 40, grouped: 1 },
  });
  expect(limit?.limitedBy).toBe('cable');
  expect(limit?.limitA).toBeCloseTo(35.7, 1);
  expect(limit?.tauS).toBe(197);
});

test('without a survey there is no limit, and so no alert', () => {
  expect(circuitLimit(undefined)).toBeNull();
  expect(circuitLimit({ residualMa: 300 })).toBeNull();
});
