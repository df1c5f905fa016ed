import { expect, test } from 'vitest';
import { gateBarrierFault } from './gate-barrier-fault.ts';
import type { Input } from './rule.ts';
import { run } from './run.ts';

type BarrierState = 'closed' | 'open' | 'moving' | 'fault';
const barrier = (atS: number, state: BarrierState): Input => {
  return { kind: 'barrier', device: 'cam-1', lane: 'in-1', atMs: atS * 1000, state };
};
const ticks = (fromS: number, toS: number): Input[] =>
  Array.from({ length: (toS - fromS) / 10 }, (_, i) => ({
    kind: 'tick',
    atMs: (fromS + i * 10) * 1000,
  }));
const passage = (atS: number): Input => ({
  kind: 'passage',
  device: 'cam-1',
  lane: 'in-1',
  direction: 'in',
  credential: 'plate',
  result: 'visitor',
  atMs: atS * 1000,
});

test('an arm that stays up for two minutes after the last car is told, and ends after two normal cycles', () => {
  const inputs = [
    barrier(0, 'open'),
    passage(2),
    ...ticks(10, 200),
    barrier(200, 'closed'),
    barrier(300, 'open'),
    barrier(305, 'closed'),
    barrier(400, 'open'),
    barrier(405, 'closed'),
  ];
  const findings = run(gateBarrierFault, {}, inputs);
  expect(findings.map((f) => [f.change, f.atMs / 1000])).toEqual([
    ['raised', 130],
    ['cleared', 305],
  ]);
  expect(findings[0]?.text.zh).toContain(
    '入口道闸异常：2分钟未落杆，请物业到场处理并注意行人安全。',
  );
});

test('an arm that stays up while cars keep coming is the morning, not a fault', () => {
  const inputs = [
    barrier(0, 'open'),
    ...Array.from({ length: 40 }, (_, i) => [
      passage(i * 20),
      ...ticks(i * 20, i * 20 + 20),
    ]).flat(),
  ];
  expect(run(gateBarrierFault, {}, inputs)).toEqual([]);
});

test('a fault that the barrier reports is told with its word', () => {
  const [first] = run(gateBarrierFault, {}, [barrier(0, 'fault'), ...ticks(10, 30)]);
  expect(first?.text.zh).toContain('道闸自报故障');
});

const loop = (atS: number, occupied: boolean, input = 'loop'): Input => ({
  kind: 'presence',
  device: 'cam-1',
  lane: 'in-1',
  input,
  occupied,
  atMs: atS * 1000,
});

test('a camera whose clock runs ahead of the loop does not keep an arm that stays up from being told', () => {
  const inputs = [barrier(0, 'open'), loop(1, true), passage(9), loop(4, false), ...ticks(10, 200)];
  expect(run(gateBarrierFault, {}, inputs).map(({ change }) => change)).toEqual(['raised']);
});

test('the loop further back does not say that the one below the arm is free', () => {
  const inputs = [barrier(0, 'open'), loop(1, true), loop(2, false, 'queue'), ...ticks(10, 200)];
  expect(run(gateBarrierFault, {}, inputs)).toEqual([]);
});
