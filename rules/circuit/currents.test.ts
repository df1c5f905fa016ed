import { expect, test } from 'vitest';
import type { PowerReading } from '../../drivers/reading.ts';
import { highestCurrentA, phaseCurrents } from './currents.ts';

const reading: PowerReading = { kind: 'power', device: 'm1', atMs: 0, powerW: -8000 };

test('watts alone are turned into amperes with care, feeding back counts as load on the wire', () => {
  expect(highestCurrentA(reading, false)).toBeCloseTo(38.3, 1);
  expect(highestCurrentA(reading, true)).toBeCloseTo(12.8, 1);
});

test('each phase has its own current; what the reading before left is not seen again', () => {
  const out = new Float64Array([9, 9, 9]);
  const phases = [
    { currentA: 4 },
    { powerW: 418, powerFactor: 1, voltageV: 209 },
    { voltageV: 230 },
  ];
  expect(phaseCurrents({ ...reading, phases }, false, out)).toBe(3);
  expect([...out]).toEqual([4, 2, 0]);
  expect(phaseCurrents(reading, false, out)).toBe(1);
  expect([...out].slice(1)).toEqual([0, 0]);
});
