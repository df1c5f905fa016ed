import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Reading } from '../../drivers/reading.ts';
import type { Finding } from '../../rules/finding.ts';
import { armRules, createFold } from '../../rules/fold.ts';
import { rules } from '../../rules/index.ts';
import { createReplay } from '../../rules/replay.ts';
import { testSite } from '../../rules/run.ts';
import { compact } from '../journal/compact.ts';
import { openJournal } from '../journal/journal.ts';
import { eventMigrations, loadMigrations } from '../journal/migrations.ts';
import { openStored } from '../journal/stored.ts';
import { createLog } from '../log.ts';
import { openStore, type Store } from '../store/store.ts';
import { foldStored } from './fold-stored.ts';
import { createReplayJob } from './job.ts';
import { runReplay } from './run.ts';

const fromMs = Date.UTC(2026, 2, 16);
const hours = 5;
const toMs = fromMs + hours * 3_600_000;
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-replay-'));
const dataDir = join(folder, 'data');
let store: Store;

/** A house that is overloaded in its third hour, a barrier that does not close in the fourth. */
const readings: Reading[] = Array.from({ length: hours * 360 }, (_, n): Reading[] => {
  const atMs = fromMs + n * 10_000;
  const currentA = n >= 720 && n < 1080 ? 48 : 12 + (n % 7) / 10;
  const power: Reading = {
    kind: 'power',
    device: 'm1',
    atMs,
    powerW: Math.round(currentA * 220),
    phases: [{ currentA, voltageV: 226 }],
  };
  const state = n >= 1080 && n < 1440 ? 'open' : 'closed';
  return n % 6 === 0
    ? [power, { kind: 'barrier', device: 'cam-1', atMs, lane: 'in-1', state }]
    : [power];
}).flat();

beforeAll(async () => {
  store = await openStore({ dataDir, load: loadMigrations, gate: eventMigrations, nowMs: fromMs });
  let nowMs = fromMs;
  const journal = await openJournal({
    store,
    clock: { nowMs: () => nowMs, monoMs: () => nowMs, trusted: () => true },
    windowMs: 0,
    reserveBytes: 0,
    onFatal: () => {},
  });
  for (let i = 0; i < readings.length; i += 60) {
    const some = readings.slice(i, i + 60);
    nowMs = some.at(-1)?.atMs ?? nowMs;
    await new Promise((resolve) => journal.append(some, resolve));
  }
  await journal.close();
  // The first hours are packed, the last two are groups still.
  await compact({
    db: store.load,
    nowMs: toMs - 3_600_000,
    keepFromSeq: Number.MAX_SAFE_INTEGER,
    stopped: () => false,
  });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function stored(from = fromMs, to = toMs): Promise<{ findings: Finding[]; taken: number }> {
  const box = await openStored(dataDir);
  const findings: Finding[] = [];
  let taken = 0;
  const run = { site: testSite, rules: armRules(rules), fromMs: from, toMs: to };
  for await (const step of foldStored(box, run)) {
    taken += step.readings;
    findings.push(...step.findings);
  }
  await box.close();
  return { findings, taken };
}

test('stored days, packed or not, give the same findings as the readings themselves', async () => {
  const replay = createReplay(createFold(testSite, armRules(rules)));
  const plain = readings.flatMap((reading) => replay.take(reading));
  const { findings, taken } = await stored();
  expect(taken).toBe(readings.length);
  expect(findings).toEqual(plain);
  const raised = plain.filter(({ change }) => change === 'raised').map(({ rule }) => rule);
  expect(raised).toEqual(expect.arrayContaining(['load.overload', 'gate.barrier_fault']));
});

test('only the days that are asked for are folded', async () => {
  const { taken } = await stored(fromMs + 1, fromMs + 3_600_000 - 1);
  expect(taken).toBe(359 + 59);
});

const task = {
  dataDir,
  site: testSite,
  zone: 'Asia/Shanghai',
  rule: 'load.overload',
  settings: {},
  fromMs: fromMs + 3_600_000,
  toMs,
  warmUpMs: 3_600_000,
};

test('a replay counts what it would have told and says how far it is', async () => {
  const shares: number[] = [];
  const result = await runReplay(
    task,
    () => false,
    (share) => shares.push(share),
  );
  expect(result).toMatchObject({ alerts: 1, readings: readings.length });
  expect(result?.found).toMatchObject([{ subject: 'b1', severity: 'critical' }]);
  expect(shares.at(-1)).toBeGreaterThan(0.99);
});

test('with another limit the same days tell another story', async () => {
  const settings = {
    'load.overload': {
      warnShare: 5,
      alarmShare: 5,
      criticalShare: 5,
      rushShare: 5,
      alarmHeat: 5,
      criticalHeat: 5,
    },
  };
  const result = await runReplay(
    { ...task, settings },
    () => false,
    () => {},
  );
  expect(result).toMatchObject({ alerts: 0, found: [] });
});

test('a rule that is switched off can be tried', async () => {
  const settings = { 'load.overload': { mode: 'off' } };
  expect(
    await runReplay(
      { ...task, settings },
      () => false,
      () => {},
    ),
  ).toMatchObject({ alerts: 1 });
});

test('one job runs at a time, and one that is cancelled leaves no result', async () => {
  const job = createReplayJob(createLog('silent'));
  expect(job.start(task)).toBe(true);
  expect(job.start(task)).toBe(false);
  expect(job.state()).toMatchObject({ state: 'running', share: 0 });
  await job.cancel();
  expect(job.state()).toEqual({ state: 'cancelled', task });
  expect(job.start({ ...task, dataDir: '/nowhere' })).toBe(true);
  await expect.poll(() => job.state().state).toBe('failed');
});

test('a replay that is stopped ends without a result', async () => {
  expect(
    await runReplay(
      task,
      () => true,
      () => {},
    ),
  ).toBeNull();
});
