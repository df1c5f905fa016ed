import { expect, test } from 'vitest';
import { gateQueue } from './gate-queue.ts';
import type { Input } from './rule.ts';
import { run, testSite } from './run.ts';

const loop = (atS: number, occupied: boolean, input = 'loop'): Input => {
  return { kind: 'presence', device: 'cam-1', lane: 'in-1', input, atMs: atS * 1000, occupied };
};
const passage = (atS: number): Input => ({
  kind: 'passage',
  device: 'cam-1',
  lane: 'in-1',
  direction: 'in',
  credential: 'plate',
  result: 'registered',
  atMs: atS * 1000,
});
const tick = (atS: number): Input => ({ kind: 'tick', atMs: atS * 1000 });

/** A car every `everyS`, each standing 15 s on the loop. */
function* cars(fromS: number, toS: number, everyS: number): Generator<Input> {
  for (let s = fromS; s < toS; s += everyS) {
    yield loop(s, true);
    yield passage(s + 14);
    yield loop(s + 15, false);
    yield tick(s + 16);
  }
}
function* quiet(fromS: number, toS: number): Generator<Input> {
  for (let s = fromS; s <= toS; s += 10) yield tick(s);
}

test('four minutes without a gap at the arm are a queue, and five free minutes end it', () => {
  const findings = run(gateQueue, {}, [...cars(0, 400, 20), ...quiet(400, 900)]);
  expect(findings.map((f) => [f.change, f.sinceMs / 1000])).toEqual([
    ['raised', 0],
    ['cleared', 0],
  ]);
  expect(findings[0]?.atMs).toBeLessThanOrEqual(260_000);
  expect(findings[0]?.text.zh).toMatch(/^入口排队约\d+辆，已连续4分钟没有空档/);
});

test('cars that come one a minute are no queue', () => {
  expect(run(gateQueue, {}, [...cars(0, 3600, 60)])).toEqual([]);
});

test('a second loop five cars back that stays occupied for three minutes is a queue of five', () => {
  const site = {
    ...testSite,
    lanes: [{ id: 'in-1', direction: 'in' as const, queueLoop: 'tail' }],
  };
  const findings = run(gateQueue, {}, [loop(0, true, 'tail'), ...quiet(10, 200)], site);
  expect(findings.map((f) => [f.atMs / 1000, f.evidence.vehicles])).toEqual([[180, 5]]);
});

test('a restart in the middle of a queue does not count the time before it', () => {
  const inputs = [
    ...cars(0, 200, 20),
    { kind: 'start', atMs: 5000_000 } as const,
    ...cars(5000, 5200, 20),
  ];
  expect(run(gateQueue, {}, inputs)).toEqual([]);
});

test('late and repeated words of a loop, and a camera whose clock runs ahead, make no queue', () => {
  const site = {
    ...testSite,
    lanes: [{ id: 'in-1', direction: 'in' as const, queueLoop: 'tail' }],
  };
  // The word that it was taken comes a second time, after that it is free.
  const late = [loop(0, true, 'tail'), loop(5, false, 'tail'), loop(0, true, 'tail')];
  expect(run(gateQueue, {}, [...late, ...quiet(10, 400)], site)).toEqual([]);
  const atArm = [loop(0, true), loop(5, false), loop(0, true)];
  expect(run(gateQueue, {}, [...atArm, ...quiet(10, 400)])).toEqual([]);
  expect(run(gateQueue, {}, [loop(0, true), passage(500), loop(5, false)])).toEqual([]);
});
