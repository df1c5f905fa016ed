import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTrial, noon, overloadAt } from '../desk/trial.ts';
import { boxFindings } from './box-findings.ts';
import { type Backlog, backlogOf, ownWatches, processorC } from './own-watches.ts';

const hourMs = 3_600_000;

function bench() {
  const state = {
    nowMs: noon,
    backlog: null as Backlog | null,
    temperatureC: undefined as number | undefined,
  };
  const clock = { nowMs: () => state.nowMs, monoMs: () => state.nowMs, trusted: () => true };
  const box = boxFindings({
    clock,
    health: () => ({ ok: true, parts: [] }),
    notices: [],
    damaged: () => 0,
    lastKeptMs: undefined,
    outbound: { smsDownSinceMs: () => null, cloudTrouble: () => null },
    journal: { stats: () => ({ healthy: true, freeBytes: 1e12 }) as never },
    more: ownWatches({
      nowMs: clock.nowMs,
      backlog: () => state.backlog,
      processorC: () => state.temperatureC,
    }),
  });
  return { state, look: () => box.look().map(({ rule, change }) => `${rule} ${change}`) };
}

test('a platform that confirms nothing for an hour is told, until it has confirmed', async () => {
  const { state, look } = bench();
  const trial = await createTrial();
  try {
    await trial.apply(overloadAt('b012', 3, noon));
    state.backlog = await backlogOf(trial.gate);
    expect(state.backlog).toEqual({ count: 1, oldestMs: noon });
    expect(look()).toEqual([]);
    state.nowMs += hourMs;
    expect([look(), look()]).toEqual([['system.sync raised'], []]);
    await trial.gate.run("UPDATE outbox SET state = 'delivered' WHERE channel = 'upstream'");
    state.backlog = await backlogOf(trial.gate);
    expect(state.backlog).toBeNull();
    expect(look()).toEqual(['system.sync cleared']);
  } finally {
    await trial.close();
  }
});

test('a box at 80 °C for a minute is told, and well again below 70', () => {
  const { state, look } = bench();
  state.temperatureC = 81;
  expect(look()).toEqual([]);
  state.nowMs += 60_000;
  expect(look()).toEqual(['system.temperature raised']);
  state.temperatureC = 75;
  expect(look()).toEqual([]);
  state.temperatureC = 69;
  expect(look()).toEqual(['system.temperature cleared']);
});

test('the processor says thousandths of a degree, or nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'thermal-'));
  const file = join(folder, 'temp');
  writeFileSync(file, '48312\n');
  expect(await processorC(file)).toBe(48.312);
  writeFileSync(file, 'rubbish');
  expect(await processorC(file)).toBeUndefined();
  rmSync(folder, { recursive: true });
  expect(await processorC(file)).toBeUndefined();
});
