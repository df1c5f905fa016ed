import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PowerReading } from '../../drivers/reading.ts';
import { openSqlite } from '../store/sqlite.ts';
import { openStore } from '../store/store.ts';
import { compact } from './compact.ts';
import type { CurveChannel, CurvePoint } from './contract.ts';
import { createBuckets, figureOf } from './curve.ts';
import { hourMs } from './hour.ts';
import { openJournal } from './journal.ts';
import { eventMigrations, loadMigrations } from './migrations.ts';
import { createTails, maxTailReadings, maxTails } from './tails.ts';

const t0 = Date.UTC(2026, 2, 16, 3);

async function openBox(
  dataDir = join(mkdtempSync(join(tmpdir(), 'gatehouse-tails-')), 'data'),
  said: PowerReading[] = [],
) {
  const store = await openStore({
    dataDir,
    load: loadMigrations,
    gate: eventMigrations,
    nowMs: t0,
  });
  const plain = await openSqlite(join(dataDir, 'load.db'), { walAutoCheckpoint: 0 });
  let groupsRead = 0;
  const all: typeof plain.all = async (sql, params) => {
    const rows = await plain.all(sql, params);
    if (sql.includes('body FROM journal')) groupsRead += rows.length;
    return rows as never;
  };
  let nowMs = t0;
  const journal = await openJournal({
    store,
    reader: { ...plain, all },
    clock: { nowMs: () => nowMs, monoMs: () => nowMs, trusted: () => true },
    windowMs: 0,
    reserveBytes: 0,
    onFatal: (error) => {
      throw error;
    },
  });
  return {
    dataDir,
    journal,
    said,
    async say(atMs: number, ...readings: readonly PowerReading[]) {
      nowMs = atMs;
      said.push(...readings);
      await new Promise<void>((resolve, reject) => {
        journal.append(readings, (error) => (error ? reject(error) : resolve()));
      });
    },
    /** Groups that were read since the last call. */
    groupsRead() {
      const n = groupsRead;
      groupsRead = 0;
      return n;
    },
    pack: (stopped?: () => boolean) =>
      compact({
        db: store.load,
        nowMs,
        keepFromSeq: Number.MAX_SAFE_INTEGER,
        ...(stopped ? { stopped } : {}),
      }),
    async close() {
      await journal.close();
      await plain.close();
      await store.close();
    },
  };
}

const power = (device: string, atMs: number, powerW: number): PowerReading => ({
  kind: 'power',
  device,
  atMs,
  powerW,
  phases: [{ currentA: powerW / 100 }, { currentA: 2 }],
});

/** The curve of what was said, one by one. */
function naive(
  said: readonly PowerReading[],
  devices: readonly string[],
  channel: CurveChannel,
  span: readonly [fromMs: number, toMs: number],
): readonly CurvePoint[] {
  const buckets = createBuckets(...span, 200);
  for (const reading of said) {
    const value = figureOf(reading, channel);
    if (devices.includes(reading.device) && value !== undefined) buckets.add(reading.atMs, value);
  }
  return buckets.points();
}
const rounded = (points: readonly CurvePoint[]) =>
  points.map(({ mean, ...point }) => ({ ...point, mean: mean.toFixed(6) }));

test('a curve of the running hour is what was said, asked again and again, while hours end and are packed', async () => {
  const box = await openBox();
  const spans = [
    [t0, t0 + 4 * hourMs],
    [t0 + 1_800_000, t0 + 5_400_000],
    [t0 + 2 * hourMs, t0 + 2 * hourMs + 60_000],
  ] as const;
  for (let minute = 0; minute < 200; minute += 1) {
    const atMs = t0 + minute * 60_000;
    // The third is late by half an hour, now and then.
    const late = minute % 3 === 0 ? atMs - 1_800_000 : atMs;
    const readings = [power('a', atMs, minute), power('b', atMs + 7, 300 - minute)];
    await box.say(atMs + 50, ...readings, power('c', late, 50 + (minute % 7)));
    if (minute % 25 === 0) {
      // Ended after its first step, as if it had been killed there, and the whole of it.
      let left = 1;
      await box.pack(() => left-- <= 0);
    }
    if (minute % 50 === 49) await box.pack();
    if (minute % 10 !== 0) continue;
    for (const span of spans) {
      for (const devices of [['a'], ['b', 'c'], ['a', 'b', 'c', 'nobody']]) {
        for (const channel of ['powerW', 'currentA'] as const) {
          const [fromMs, toMs] = span;
          const found = await box.journal.curve({ devices, channel, fromMs, toMs, maxPoints: 200 });
          expect(rounded(found)).toEqual(rounded(naive(box.said, devices, channel, span)));
        }
      }
    }
  }
  await box.close();
}, 60_000);

test('who looks again reads only what came since, of each figure; several at once read nothing twice', async () => {
  const box = await openBox();
  const ask = (channel: CurveChannel) =>
    box.journal.curve({ devices: ['a'], channel, fromMs: t0, toMs: t0 + hourMs, maxPoints: 1000 });
  for (let s = 0; s < 500; s += 1) await box.say(t0 + s * 1000, power('a', t0 + s * 1000, s));
  box.groupsRead();
  await ask('powerW');
  expect(box.groupsRead()).toBe(500);
  const [one, two] = await Promise.all([ask('powerW'), ask('powerW')]);
  expect(box.groupsRead()).toBe(0);
  expect(one).toEqual(two);
  await ask('l1A');
  expect(box.groupsRead()).toBe(500);
  for (let s = 500; s < 510; s += 1) await box.say(t0 + s * 1000, power('a', t0 + s * 1000, s));
  const both = await Promise.all([ask('powerW'), ask('powerW')]);
  expect(box.groupsRead()).toBe(10);
  for (const points of both) expect(points.reduce((sum, { n }) => sum + n, 0)).toBe(510);
  await box.close();
}, 30_000);

test('of many small groups only those are read in which the meter spoke; what came before a start is looked through', async () => {
  const box = await openBox();
  const some = async (of: typeof box, from: number, to: number) => {
    for (let n = from; n < to; n += 1)
      await of.say(t0 + n * 100, power(`m${n % 20}`, t0 + n * 100, n));
  };
  await some(box, 0, 400);
  await box.close();
  const again = await openBox(box.dataDir, box.said);
  await some(again, 400, 1000);
  again.groupsRead();
  const devices = ['m3', 'm4'];
  const span = [t0, t0 + hourMs] as const;
  const [fromMs, toMs] = span;
  const found = await again.journal.curve({
    devices,
    channel: 'powerW',
    fromMs,
    toMs,
    maxPoints: 200,
  });
  expect(rounded(found)).toEqual(rounded(naive(box.said, devices, 'powerW', span)));
  expect(again.groupsRead()).toBe(400 + 2 * 30);
  await again.close();
}, 30_000);

test('only so many tails are kept, those asked for last; none is kept that grows too long, and none over a packing', () => {
  const tails = createTails();
  const first = tails.of(0, 'powerW', 7);
  expect(first).toEqual({ times: [], values: [], toSeq: 7 });
  first.toSeq = 20;
  const oldest = tails.of(1, 'powerW', 7);
  for (let device = 2; device < maxTails; device += 1) tails.of(device, 'powerW', 7);
  expect(tails.of(0, 'powerW', 7)).toBe(first);
  const second = tails.of(maxTails, 'powerW', 7);
  // The one that was asked for longest ago made room.
  expect(tails.of(0, 'powerW', 7)).toBe(first);
  expect(tails.of(1, 'powerW', 7)).not.toBe(oldest);
  second.times.length = maxTailReadings + 1;
  expect(tails.of(maxTails, 'powerW', 7)).not.toBe(second);
  expect(tails.of(0, 'powerW', 8)).toEqual({ times: [], values: [], toSeq: 8 });
});
