import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PowerReading } from '../../drivers/reading.ts';
import { deviceOffline } from '../../rules/device-offline.ts';
import type { Finding } from '../../rules/finding.ts';
import { armRules } from '../../rules/fold.ts';
import { testSite } from '../../rules/run.ts';
import { openKept } from '../open-kept.ts';
import { type EngineParts, startEngine } from './engine.ts';

/*
 * A tail that is folded behind the devices, on a real journal: the same findings in the same order as where a start
 * waits for all of it, whatever happens meanwhile.
 */
const log = { debug() {}, info() {}, warn() {}, error() {} };
const meters = ['m1', 'm2', 'm3', 'm4'];
const site = {
  ...testSite,
  devices: meters.map((id) => ({ id, point: 'b1', kinds: ['power' as const], intervalS: 10 })),
};
const firstMs = Date.UTC(2026, 2, 16);
const minuteMs = 60_000;
/** Of ten hours a group each minute, in which every meter is silent a third of the time, each at another time. */
const tailGroups = 400;
const speaks = (meter: number, minute: number) => Math.floor(minute / 20 + meter) % 3 !== 0;
const saidIn = (minute: number): PowerReading[] =>
  meters.flatMap((device, meter) =>
    speaks(meter, minute)
      ? [0, 10, 20].map((s) => ({
          kind: 'power' as const,
          device,
          atMs: firstMs + minute * minuteMs + s * 1000,
          powerW: 100 + meter,
        }))
      : [],
  );

let dataDir: string;
beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), 'gatehouse-tail-')), 'data');
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** The real journal in `dataDir`, and a desk that remembers what it was given. */
async function openBox(desk = deskOf()) {
  let minute = 0;
  const nowMs = () => firstMs + minute * minuteMs;
  const kept = await openKept(dataDir, {
    clock: { nowMs, monoMs: nowMs, trusted: () => true },
  });
  /** Cut from the world: from now on nothing is read, given to the desk or kept. */
  let dead = false;
  const never = new Promise<never>(() => {});
  const { gate } = kept.store;
  return {
    ...kept,
    desk,
    async say(fromMinute: number, toMinute: number) {
      for (minute = fromMinute; minute < toMinute; minute += 1) {
        await new Promise<void>((resolve, reject) => {
          kept.journal.append(saidIn(minute), (error) => (error ? reject(error) : resolve()));
        });
      }
    },
    start: (more: Partial<EngineParts> = {}) =>
      startEngine({
        site,
        rules: armRules([deviceOffline]),
        journal: {
          ...kept.journal,
          async *groups(fromSeq) {
            for await (const group of kept.journal.groups(fromSeq)) {
              if (dead) await never;
              yield group;
            }
          },
        },
        gate: { ...gate, run: (sql, params) => (dead ? never : gate.run(sql, params)) },
        desk: {
          appliedSeq: desk.appliedSeq,
          apply: (found, seq) => (dead ? never : desk.apply(found, seq)),
        },
        log,
        monoMs: () => performance.now(),
        ...more,
      }),
    kill() {
      dead = true;
    },
  };
}

function deskOf() {
  const applied: Finding[] = [];
  let appliedSeq = 0;
  return {
    applied,
    told: () => applied.map(({ id, change }) => `${change} ${id}`),
    appliedSeq: () => appliedSeq,
    async apply(findings: readonly Finding[], seq: number) {
      await new Promise((resolve) => setImmediate(resolve));
      if (seq <= appliedSeq) throw new Error(`Group ${seq} is given again`);
      applied.push(...findings);
      appliedSeq = seq;
    },
  };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

/** What a start says that waits for the whole tail. */
async function toldByWaiting(): Promise<readonly string[]> {
  const box = await openBox();
  const engine = await box.start({ startFoldMs: Number.POSITIVE_INFINITY, gate: forgetful(box) });
  expect(engine.catchingUp()).toBeNull();
  await engine.stop();
  await box.close();
  return box.desk.told();
}

/** Knows no checkpoint and keeps none: the whole journal is the tail of every start. */
const forgetful = ({ store }: { readonly store: { readonly gate: EngineParts['gate'] } }) => ({
  ...store.gate,
  get: async () => undefined,
  run: async () => ({ changes: 0, lastId: 0 }),
});

async function aTail() {
  const box = await openBox();
  await box.say(0, tailGroups);
  await box.close();
  const expected = await toldByWaiting();
  expect(expected.length).toBeGreaterThan(40);
  return expected;
}

test('a long tail is folded behind the devices, and says what a start that waits for it says', async () => {
  const expected = await aTail();
  const box = await openBox();
  const engine = await box.start({ startFoldMs: 0 });
  expect(engine.catchingUp(), 'the start has not waited').toMatchObject({ percent: 0 });
  expect(engine.catchingUp()?.groups).toBeGreaterThan(tailGroups - 10);
  expect(engine.lastKeptMs, 'the box was off since the last group, folded or not').toBe(
    firstMs + (tailGroups - 1) * minuteMs,
  );
  expect(engine.keepFromSeq(), 'the tail may not be packed away').toBe(1);
  await until(() => engine.catchingUp() === null);
  expect(box.desk.told()).toEqual(expected);
  await until(() => engine.keepFromSeq() === tailGroups + 1);
  await engine.stop();
  await box.close();
});

test('what devices say while the rules catch up is judged behind the tail, each once', async () => {
  const early = tailGroups / 2;
  const first = await openBox();
  await first.say(0, early);
  await first.close();
  const box = await openBox();
  const engine = await box.start({ startFoldMs: 0 });
  await box.say(early, tailGroups - 100);
  await until(() => engine.catchingUp() === null);
  await box.say(tailGroups - 100, tailGroups);
  await box.journal.close();
  await engine.stop();
  await box.store.close();
  expect(box.desk.told()).toEqual(await toldByWaiting());
});

test('killed while the rules catch up, at any of ten places, nothing is lost and nothing is given twice', async () => {
  const expected = await aTail();
  const desk = deskOf();
  for (let n = 1; n <= 10; n += 1) {
    const box = await openBox(desk);
    // A checkpoint behind every group that it may: each kill finds another one.
    let nowMs = 0;
    const monoMs = () => (nowMs += 1000);
    const engine = await box.start({ startFoldMs: 0, monoMs });
    await until(() => engine.catchingUp() === null || desk.applied.length >= n * 3);
    box.kill();
    await box.close().catch(() => {});
  }
  expect(desk.told()).toEqual(expected.slice(0, desk.applied.length));
  const box = await openBox(desk);
  const engine = await box.start({ startFoldMs: 0 });
  await until(() => engine.catchingUp() === null);
  await engine.stop();
  await box.close();
  expect(desk.told()).toEqual(expected);
});

test('a stop while the rules catch up is quick, and the next start goes on where they stood', async () => {
  const expected = await aTail();
  const desk = deskOf();
  const box = await openBox(desk);
  const engine = await box.start({ startFoldMs: 0 });
  await until(() => desk.applied.length >= 10);
  await engine.stop();
  const told = desk.applied.length;
  expect(told, 'it has not waited for the rest').toBeLessThan(expected.length / 2);
  expect(engine.keepFromSeq()).toBe(desk.appliedSeq() + 1);
  await box.close();
  const next = await openBox(desk);
  const again = await next.start();
  await again.stop();
  await next.close();
  expect(desk.told()).toEqual(expected);
});

test('the largest group that there may be, and many small ones, are folded in slices of some ms, with turns for others between them', async () => {
  const box = await openBox();
  const many = Array.from({ length: 8000 }, (_, i) => ({
    kind: 'power' as const,
    device: 'm1',
    atMs: firstMs + i,
    powerW: 1,
  }));
  await new Promise<void>((resolve) => box.journal.append(many, () => resolve()));
  // Each look at the clock takes a ms here, and there is one a step of 100 readings.
  let nowMs = 0;
  let turns = 0;
  const counting = () => {
    turns += 1;
    setImmediate(counting);
  };
  setImmediate(counting);
  const engine = await box.start({ monoMs: () => (nowMs += 1) });
  expect(turns).toBeGreaterThan(20);
  await engine.stop();
  await box.say(1, tailGroups);
  turns = 0;
  const again = await box.start({ monoMs: () => (nowMs += 1) });
  expect(turns).toBeGreaterThan(tailGroups / 5);
  await again.stop();
  await box.close();
  turns = Number.NaN;
});

test('a checkpoint of an earlier program is not used: what the journal has is folded anew', async () => {
  const expected = await aTail();
  const box = await openBox();
  await (await box.start()).stop();
  await box.store.gate.run('UPDATE engine_checkpoint SET version = 0');
  const desk = deskOf();
  await box.close();
  const updated = await openBox(desk);
  await (await updated.start()).stop();
  await updated.close();
  expect(desk.told()).toEqual(expected);
});

test('a journal that was lost begins behind what was judged: its alerts are told', async () => {
  await aTail();
  const desk = deskOf();
  const box = await openBox(desk);
  await (await box.start()).stop();
  await box.close();
  const judged = desk.appliedSeq();
  const told = desk.applied.length;
  for (const end of ['', '-wal', '-shm']) rmSync(join(dataDir, `load.db${end}`), { force: true });
  const anew = await openBox(desk);
  const engine = await anew.start();
  await anew.say(tailGroups, tailGroups + 120);
  await anew.journal.close();
  await engine.stop();
  expect(desk.appliedSeq()).toBeGreaterThan(judged);
  expect(desk.applied.length).toBeGreaterThan(told + 5);
  await anew.store.close();
});
