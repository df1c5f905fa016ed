import { expect, test } from 'vitest';
import { isLow } from '../journal/space.ts';
import { boxFindings } from './box-findings.ts';

function bench() {
  const state = {
    healthy: true,
    downSinceMs: null as number | null,
    cloudTrouble: null as string | null,
    trusted: true,
    nowMs: 1_000_000,
    freeBytes: 8e9,
    damaged: 0,
  };
  const clock = {
    nowMs: () => state.nowMs,
    monoMs: () => state.nowMs,
    trusted: () => state.trusted,
  };
  const journal = {
    stats: () =>
      ({
        healthy: state.healthy,
        refusing: 'only 3 MB are free',
        freeBytes: state.freeBytes,
        diskBytes: 32e9,
      }) as never,
  };
  const box = boxFindings({
    clock,
    journal,
    notices: [],
    damaged: () => state.damaged,
    outbound: { smsDownSinceMs: () => state.downSinceMs, cloudTrouble: () => state.cloudTrouble },
    health: () => ({ ok: true, parts: [] }),
    lastKeptMs: undefined,
  });
  return { state, look: () => box.look().map(({ rule, change }) => `${rule} ${change}`), box };
}

test('a disk that refuses is told once, and once when it is over', () => {
  const { state, look } = bench();
  expect(look()).toEqual([]);
  state.healthy = false;
  expect([look(), look()]).toEqual([['system.storage raised'], []]);
  state.healthy = true;
  expect([look(), look()]).toEqual([['system.storage cleared'], []]);
});

test('a disk of which less than a fifth is free is told once, before anything is refused, and is well again with a little more', () => {
  const { state, look, box } = bench();
  expect(look()).toEqual([]);
  state.freeBytes = 6.3e9;
  const [finding] = box.look();
  expect(finding).toMatchObject({ rule: 'system.storage', change: 'raised', severity: 'major' });
  expect(finding?.evidence).toEqual({ freePercent: 19, freeMb: 6300 });
  state.freeBytes = 6.9e9;
  expect(look()).toEqual([]);
  state.freeBytes = 7.1e9;
  expect(look()).toEqual(['system.storage cleared']);
});

test('a large disk with room for years is not short, whatever the share', () => {
  expect(isLow(21e9, 1e12, false)).toBe(false);
  expect(isLow(19e9, 1e12, false)).toBe(true);
});

test('a modem that starts is no alarm, one that is silent for three minutes is', () => {
  const { state, look } = bench();
  state.downSinceMs = state.nowMs;
  expect(look()).toEqual([]);
  state.nowMs += 180_000;
  expect(look()).toEqual(['system.sms raised']);
});

test('a provider of SMS that refuses the account is told at once, by the same alert', () => {
  const { state, look } = bench();
  state.cloudTrouble = 'the account cannot send: isv.AMOUNT_NOT_ENOUGH';
  expect([look(), look()]).toEqual([['system.sms raised'], []]);
  state.cloudTrouble = null;
  expect(look()).toEqual(['system.sms cleared']);
});

test('a clock that is not trusted is told after a minute', () => {
  const { state, look } = bench();
  state.trusted = false;
  expect(look()).toEqual([]);
  state.nowMs += 60_000;
  expect(look()).toEqual(['system.clock raised']);
});

test('a store that was damaged is told at the start', () => {
  const clock = { nowMs: () => 5, monoMs: () => 5, trusted: () => true };
  const journal = { stats: () => ({ healthy: true, freeBytes: 1e9 }) as never };
  const notices = [
    {
      file: 'load.db',
      what: 'damaged' as const,
      movedTo: 'load.db.damaged-x',
      reason: 'it is empty',
    },
  ];
  const [finding] = boxFindings({
    clock,
    journal,
    notices,
    damaged: () => 0,
    outbound: { smsDownSinceMs: () => null, cloudTrouble: () => null },
    health: () => ({ ok: true, parts: [] }),
    lastKeptMs: undefined,
  }).look();
  expect(finding?.text.zh).toContain('load.db 损坏，已移至 load.db.damaged-x');
});

test('blocks that could not be read are told, with how many there are', () => {
  const { state, box, look } = bench();
  expect(look()).toEqual([]);
  state.damaged = 2;
  const [finding] = box.look();
  expect(finding).toMatchObject({ rule: 'system.storage', evidence: { damaged: 2 } });
  expect(finding?.text.zh).toBe('存储有2段记录损坏，已跳过，请维护人员备份并检查存储卡。');
});
