import { expect, test } from 'vitest';
import type { PowerReading } from '../../../drivers/reading.ts';
import { reckon, slowestAnswerMs } from './reckon.ts';

const phase = { voltageV: 228.1, currentA: 5.71, powerW: 1234.5, powerFactor: 0.95 };
const reading: PowerReading = {
  kind: 'power',
  device: '-',
  atMs: 0,
  powerW: 1234.5,
  phases: [phase],
};
const address = '202603160101';

test('four questions to a single-phase meter are 170 bytes: 779 ms at 2,400 bit/s, whatever the meter does', () => {
  // A question: FE ×4, 68, 6 of address, 68, control, length, 4 of identifier, sum, 16 = 20 bytes. The answers have 3, 3, 2, 2 more.
  const one = reckon({ address }, reading, { baudRate: 2400, delayMs: 500 });
  expect(one).toMatchObject({ questions: 4, askedBytes: 80, answeredBytes: 90 });
  expect(one.bytesMs).toBeCloseTo((170 * 11 * 1000) / 2400, 6);
  expect(one.waitMs).toBe(2000);
});

test('ten meters that take all the 500 ms spend 20 s in silence: no order of forty questions fits into 20 s', () => {
  const one = reckon({ address }, reading, { baudRate: 2400, delayMs: 500 });
  expect(10 * one.waitMs).toBe(20_000);
  expect(10 * one.totalMs).toBeGreaterThan(28_000);
  expect(slowestAnswerMs(one, 10, 20)).toBeCloseTo(285, 0);
});

test('a three-phase meter is asked in blocks: four questions instead of thirteen', () => {
  const three: PowerReading = { ...reading, powerW: 3703.5, phases: [phase, phase, phase] };
  const line = { baudRate: 2400, delayMs: 100 };
  expect(reckon({ address, phases: 3 }, three, line).questions).toBe(4);
  expect(reckon({ address, phases: 3, blocks: false }, three, line).questions).toBe(13);
});
