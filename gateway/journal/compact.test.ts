import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PowerReading } from '../../drivers/reading.ts';
import { openStore } from '../store/store.ts';
import { compact } from './compact.ts';
import { openJournal } from './journal.ts';
import { eventMigrations, loadMigrations } from './migrations.ts';

const t0 = Date.UTC(2026, 2, 16, 3);
const hour = 3_600_000;

async function openBox() {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'gatehouse-compact-')), 'data');
  const store = await openStore({
    dataDir,
    load: loadMigrations,
    gate: eventMigrations,
    nowMs: t0,
  });
  let nowMs = t0;
  const clock = { nowMs: () => nowMs, monoMs: () => nowMs, trusted: () => true };
  const journal = await openJournal({
    store,
    clock,
    windowMs: 0,
    reserveBytes: 0,
    onFatal: (error) => {
      throw error;
    },
  });
  const keep = (readings: readonly PowerReading[]) =>
    new Promise<void>((resolve, reject) => {
      journal.append(readings, (error) => (error ? reject(error) : resolve()));
    });
  return {
    store,
    journal,
    keep,
    at(ms: number) {
      nowMs = ms;
    },
    compact: (stopped?: () => boolean) =>
      compact({
        db: store.load,
        nowMs,
        keepFromSeq: Number.MAX_SAFE_INTEGER,
        ...(stopped ? { stopped } : {}),
      }),
    async all(device?: string) {
      const found: PowerReading[] = [];
      const query = device === undefined ? {} : { device };
      for await (const one of journal.read({ kind: 'power', ...query })) {
        found.push(one as PowerReading);
      }
      return found;
    },
    async close() {
      await journal.close();
      await store.close();
    },
  };
}

const power = (device: string, atMs: number, powerW: number): PowerReading => ({
  kind: 'power',
  device,
  atMs,
  powerW,
  phases: [{ voltageV: 228.5, currentA: Math.round(powerW / 2.285) / 100 }],
});

/** Three hours of three meters, some readings late by an hour, some twice. */
async function fill(box: Awaited<ReturnType<typeof openBox>>) {
  const late: PowerReading[] = [];
  for (let s = 0; s < 3 * 3600; s += 20) {
    const now = t0 + s * 1000;
    box.at(now + 50);
    const readings = ['m1', 'm2', 'm3'].map((device, i) =>
      power(device, now, 100 * i + ((s / 20) % 50) / 10),
    );
    if (s % 400 === 0) late.push(...readings.splice(2, 1));
    if (s % 600 === 0 && late.length > 5) readings.push(...late.splice(0, 5));
    await box.keep(readings);
  }
  await box.keep(late);
}

test('compaction changes nothing of what is read, late readings and all', async () => {
  const box = await openBox();
  await fill(box);
  const before = await box.all();
  expect(before).toHaveLength(3 * 3 * 180);
  box.at(t0 + 6 * hour);
  await box.keep([power('m1', t0 + 6 * hour, 1)]);
  const done = await box.compact();
  expect(done.hours).toBeGreaterThanOrEqual(9);
  expect(done.deletedGroups).toBeGreaterThan(300);
  expect((await box.all()).slice(0, -1)).toEqual(before);
  expect(await box.all('m2')).toEqual(before.filter(({ device }) => device === 'm2'));
  // A reading that comes after its hour was packed is merged, one that comes twice is not stored twice.
  await box.keep([power('m2', t0 + 7, 5), power('m2', t0, 99)]);
  box.at(t0 + 9 * hour);
  await box.keep([power('m1', t0 + 9 * hour, 1)]);
  await box.compact();
  const after = await box.all('m2');
  expect(after).toHaveLength(3 * 180 + 1);
  expect(after.slice(0, 2)).toEqual([power('m2', t0, 100), power('m2', t0 + 7, 5)]);
  await box.close();
});

test('ended after any step, compaction goes on where it was and nothing is lost or doubled', async () => {
  const box = await openBox();
  await fill(box);
  const before = await box.all();
  box.at(t0 + 6 * hour);
  await box.keep([power('m1', t0 + 6 * hour, 1)]);
  for (let steps = 0; steps < 12; steps += 1) {
    let left = steps;
    await box.compact(() => {
      left -= 1;
      return left < 0;
    });
    expect((await box.all()).slice(0, -1)).toEqual(before);
    const curve = await box.journal.curve({
      devices: ['m3'],
      channel: 'powerW',
      fromMs: t0,
      toMs: t0 + 3 * hour - 1,
      maxPoints: 100,
    });
    expect(curve.reduce((sum, { n }) => sum + n, 0)).toBe(3 * 180);
  }
  await box.close();
});

test('while an hour is being packed, a coarse curve counts each of its readings once', async () => {
  const box = await openBox();
  await fill(box);
  box.at(t0 + 6 * hour);
  await box.keep([power('m1', t0 + 6 * hour, 1)]);
  const query = {
    devices: ['m1', 'm2', 'm3'],
    channel: 'powerW' as const,
    fromMs: t0,
    toMs: t0 + 3 * hour - 1,
    maxPoints: 12,
  };
  const counts = async () => (await box.journal.curve(query)).map(({ n }) => n);
  const before = await counts();
  expect(before.reduce((sum, n) => sum + n, 0)).toBe(3 * 3 * 180);
  // Blocks are written, the mark does not move: as between two steps, or after a power cut.
  await box.store.load.run(
    `CREATE TEMP TRIGGER cut BEFORE INSERT ON main.compacted BEGIN SELECT raise(ABORT, 'cut'); END`,
  );
  await expect(box.compact()).rejects.toThrow(/cut/);
  expect(await box.store.load.get('SELECT count(*) AS n FROM day')).toMatchObject({ n: 3 });
  expect(await counts()).toEqual(before);
  await box.store.load.run('DROP TRIGGER cut');
  await box.compact();
  expect(await counts()).toEqual(before);
  await box.close();
});

test('a damaged group and a damaged hour cost what was in them, and nothing else', async () => {
  const box = await openBox();
  await fill(box);
  box.at(t0 + 6 * hour);
  await box.keep([power('m1', t0 + 6 * hour, 1)]);
  await box.store.load.run(`UPDATE journal SET body = x'00ff00ff' WHERE seq = 5`);
  const done = await box.compact();
  expect(done.damaged).toBe(1);
  expect(done.groups).toBeGreaterThan(300);
  expect((await box.compact()).groups).toBe(0);
  // The fifth group held one reading of each of the three.
  const left = await box.all();
  expect(left).toHaveLength(3 * 3 * 180 - 3 + 1);
  await box.store.load.run(
    `UPDATE hour SET body = x'00' WHERE device = (SELECT min(device) FROM hour) AND hour_ms = ?`,
    [t0 + hour],
  );
  expect(await box.all()).toHaveLength(left.length - 180);
  expect(box.journal.stats().damaged).toBe(1);
  await box.close();
});

test('quarters give lowest, mean, highest, energy and completeness; a long curve is made of them', async () => {
  const box = await openBox();
  for (let s = 0; s < 3600; s += 10) {
    box.at(t0 + s * 1000);
    // Silent in the third quarter, but for its first five minutes.
    if (s >= 2100 && s < 2700) continue;
    await box.keep([power('m1', t0 + s * 1000, s === 1000 ? 5000.5 : 1200)]);
  }
  const query = {
    devices: ['m1'],
    channel: 'powerW' as const,
    fromMs: t0,
    toMs: t0 + hour - 1,
    maxPoints: 4,
  };
  const raw = await box.journal.curve(query);
  box.at(t0 + 4 * hour);
  await box.keep([power('m1', t0 + 4 * hour, 1)]);
  await box.compact();
  const quarters = (await box.journal.quarters({ fromMs: t0, toMs: t0 + hour - 1 })).get('m1');
  expect(quarters?.map(({ atMs }) => atMs - t0)).toEqual([0, 900_000, 1_800_000, 2_700_000]);
  expect(quarters?.map(({ energyWh }) => Math.round(energyWh))).toEqual([300, 311, 197, 300]);
  expect(quarters?.map(({ completeness }) => completeness)).toEqual([1, 1, 0.656, 1]);
  expect(quarters?.[1]?.figures.powerW).toEqual({ n: 90, min: 1200, mean: 1242.228, max: 5000.5 });
  expect(Object.keys(quarters?.[0]?.figures ?? {})).toEqual([
    'powerW',
    'currentA',
    'l1A',
    'voltageV',
  ]);
  const maxima = await box.journal.maxima({ fromMs: t0, toMs: t0 + hour - 1, channel: 'powerW' });
  expect(maxima.get('m1')?.map(({ max }) => [...max])).toEqual([[1200, 5000.5, 1200, 1200]]);
  const rolled = await box.journal.curve(query);
  expect(rolled.map(({ min, max, n }) => [min, max, n])).toEqual(
    raw.map(({ min, max, n }) => [min, max, n]),
  );
  await box.close();
});

test('the hour that is running is left alone, and so is what the rules still need', async () => {
  const box = await openBox();
  box.at(t0 + 5 * 60_000);
  await box.keep([power('m1', t0, 1)]);
  box.at(t0 + 30 * 60_000);
  await box.keep([power('m1', t0 + 30 * 60_000, 1)]);
  expect((await box.compact()).groups).toBe(0);
  box.at(t0 + 5 * hour);
  await box.keep([power('m1', t0 + 5 * hour, 1)]);
  const done = await compact({ db: box.store.load, nowMs: t0 + 5 * hour, keepFromSeq: 1 });
  expect(done).toMatchObject({ groups: 2, deletedGroups: 0 });
  await box.close();
});
