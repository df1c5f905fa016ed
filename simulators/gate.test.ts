import { expect, test } from 'vitest';
import { Reading } from '../drivers/reading.ts';
import { createLane, type LanePlan, ordinaryTraffic } from './gate.ts';
import { createRandom } from './random.ts';

const plan = (perMinute: LanePlan['perMinute']): LanePlan => ({
  lane: 'out-1',
  device: 'cam-out',
  direction: 'out',
  perMinute,
  midnightMs: Date.UTC(2026, 2, 15, 16),
  startS: 7 * 3600,
});
const hour = (perMinute: LanePlan['perMinute']) =>
  createLane(createRandom(1), plan(perMinute)).until(8 * 3600);

test('an ordinary morning: every vehicle is on the loop, is read, passes, and the arm closes', () => {
  const readings = hour(ordinaryTraffic('out'));
  for (const reading of readings) Reading.parse(reading);
  const count = (kind: string) => readings.filter((reading) => reading.kind === kind).length;
  expect(count('passage')).toBeGreaterThan(40);
  expect(count('barrier')).toBeGreaterThanOrEqual(2 * count('passage') - 2);
});

test('six vehicles a minute are more than the arm can take: the second loop is occupied', () => {
  const queue = hour(() => 6).filter(
    (reading) => reading.kind === 'presence' && reading.input === 'queue',
  );
  expect(queue[0]).toMatchObject({ occupied: true });
});

test('asked in small steps or at once, the lane says the same', () => {
  const lane = createLane(
    createRandom(2),
    plan(() => 2),
  );
  const steps = Array.from({ length: 360 }, (_, i) => lane.until(7 * 3600 + (i + 1) * 10)).flat();
  const atOnce = createLane(
    createRandom(2),
    plan(() => 2),
  ).until(8 * 3600);
  expect(steps.map(({ atMs }) => atMs).sort()).toEqual(atOnce.map(({ atMs }) => atMs).sort());
});
