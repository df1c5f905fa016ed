import { expect, test } from 'vitest';
import type { Reading } from '../../drivers/reading.ts';
import { deviceOffline } from '../../rules/device-offline.ts';
import type { Finding } from '../../rules/finding.ts';
import { armRules } from '../../rules/fold.ts';
import { testSite } from '../../rules/run.ts';
import type { Group, Journal } from '../journal/contract.ts';
import { startEngine } from './engine.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const site = { ...testSite, devices: testSite.devices.slice(0, 1) };

/** Ten minutes of silence after one reading; the offline rule speaks once. */
function silentGroups(): Group[] {
  const group = (seq: number, atMs: number, readings: readonly Reading[] = []): Group => {
    return { seq, atMs, stepMs: 0, start: seq === 1, readings, events: [] };
  };
  const first = group(1, 0, [{ kind: 'power', device: 'm1', atMs: 0, powerW: 1 }]);
  return [first, ...Array.from({ length: 60 }, (_, i) => group(i + 2, (i + 1) * 10_000))];
}

/** The parts an engine needs, over plain arrays: this test is about order and repetition, not about disks. */
function bench(stored: Group[]) {
  const applied: Finding[] = [];
  let appliedSeq = 0;
  let kept: unknown[] | undefined;
  const listeners: Array<(group: Group) => void> = [];
  const journal = {
    async *groups(fromSeq: number) {
      yield* stored.filter(({ seq }) => seq >= fromSeq);
    },
    lastSeq: () => stored.at(-1)?.seq ?? 0,
    onGroup: (listener: (group: Group) => void) => void listeners.push(listener),
  } as unknown as Journal;
  const gate = {
    run: async (_sql: string, params: unknown[]) => {
      kept = params;
      return { changes: 1, lastId: 1 };
    },
    get: async () =>
      kept && { seq: kept[0], ticked_ms: kept[1], version: kept[2], states: kept[3] },
  } as never;
  const desk = {
    appliedSeq: () => appliedSeq,
    async apply(findings: readonly Finding[], seq: number) {
      applied.push(...findings);
      appliedSeq = seq;
    },
  };
  const start = () =>
    startEngine({
      site,
      rules: armRules([deviceOffline]),
      journal,
      gate,
      desk,
      log,
      monoMs: () => 0,
    });
  return {
    start,
    applied,
    seal: (group: Group) => {
      for (const listener of listeners) listener(group);
    },
  };
}

test('a start folds the tail and gives each finding to the desk once', async () => {
  const box = bench(silentGroups());
  await (await box.start()).stop();
  await (await box.start()).stop();
  expect(box.applied.map(({ change }) => change)).toEqual(['raised']);
});

test('without a checkpoint the whole journal is folded, and what the desk has is not given again', async () => {
  const box = bench(silentGroups());
  await box.start();
  await box.start();
  expect(box.applied).toHaveLength(1);
});

test('live groups continue where the tail ended', async () => {
  const groups = silentGroups();
  const box = bench(groups.slice(0, 20));
  const engine = await box.start();
  for (const group of groups.slice(20)) box.seal(group);
  await engine.stop();
  expect(box.applied.map(({ id }) => id)).toEqual(['device.offline/m1/0']);
  expect(engine.counts().get('device.offline')).toBe(1);
});

test('a group that the tail had already is not taken again when it is told of', async () => {
  const groups = silentGroups();
  const box = bench(groups);
  const engine = await box.start();
  const [first] = groups;
  // Three messages, and an offline device would count as back.
  for (let n = 0; n < 3; n += 1) if (first) box.seal(first);
  await engine.stop();
  expect(box.applied.map(({ change }) => change)).toEqual(['raised']);
});
