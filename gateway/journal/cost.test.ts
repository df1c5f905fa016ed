import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PowerReading } from '../../drivers/reading.ts';
import { openStore } from '../store/store.ts';
import { compact } from './compact.ts';
import type { Journal } from './contract.ts';
import { openJournal } from './journal.ts';
import { eventMigrations, loadMigrations } from './migrations.ts';
import { walkingMeters } from './trial.ts';

// What the journal costs a memory card. Counted in bytes, so it is the same on every machine.
const t0 = Date.UTC(2026, 2, 16, 3, 2);

async function openBox() {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'gatehouse-cost-')), 'data');
  let nowMs = t0;
  const store = await openStore({
    dataDir,
    load: loadMigrations,
    gate: eventMigrations,
    nowMs,
  });
  const journal = await openJournal({
    store,
    clock: { nowMs: () => nowMs, monoMs: () => nowMs, trusted: () => true },
    windowMs: 0,
    reserveBytes: 0,
    onFatal: () => {},
  });
  return {
    store,
    journal,
    at(ms: number) {
      nowMs = ms;
    },
    async close() {
      await journal.close();
      await store.close();
    },
  };
}

const keep = (journal: Journal, readings: readonly PowerReading[]) =>
  new Promise<void>((resolve, reject) => {
    journal.append(readings, (error) => (error ? reject(error) : resolve()));
  });

const written = () => Number(/wchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);

for (const [groupMs, most] of [
  [1000, 100],
  [100, 200],
] as const) {
  test(`at 473 readings a second and a commit every ${groupMs} ms, a reading costs at most ${most} bytes written`, async () => {
    const box = await openBox();
    const read = walkingMeters(473);
    const inGroup = Math.round((473 * groupMs) / 1000);
    let meter = 0;
    const before = written();
    let n = 0;
    for (let ms = 0; ms < 60_000; ms += groupMs) {
      const readings = Array.from({ length: inGroup }, () => {
        meter = (meter + 1) % 473;
        return read(meter, t0 + ms);
      });
      n += readings.length;
      box.at(t0 + ms);
      await keep(box.journal, readings);
    }
    await box.close();
    const bytes = (written() - before) / n;
    console.info(`${groupMs} ms: ${bytes.toFixed(1)} bytes written a reading`);
    expect(bytes).toBeLessThan(most);
  });
}

test('packed, a reading of six channels takes at most five bytes, and a day of a meter is read at once', async () => {
  const box = await openBox();
  const read = walkingMeters(4);
  for (let s = 0; s < 86_400; s += 60) {
    const readings = Array.from({ length: 240 }, (_, i) =>
      read(i % 4, t0 + (s + Math.floor(i / 4)) * 1000),
    );
    box.at(t0 + (s + 60) * 1000);
    await keep(box.journal, readings);
  }
  const nowMs = t0 + 86_400_000 + 4 * 3_600_000;
  box.at(nowMs);
  await keep(box.journal, [read(0, nowMs)]);
  const beganMs = performance.now();
  const written0 = written();
  let collected = 0;
  await compact({
    db: box.store.load,
    nowMs,
    keepFromSeq: Number.MAX_SAFE_INTEGER,
    keepMs: 0,
    collect: () => {
      collected += 1;
    },
  });
  // Every 4,000 readings: a thread that packs does not wait until its garbage is as large as it may be.
  expect(collected).toBeGreaterThan((4 * 86_400) / 4000 / 2);
  const packMs = performance.now() - beganMs;
  const stored = await box.store.load.get<{ bytes: number; n: number }>(
    'SELECT sum(length(body)) AS bytes, sum(n) AS n FROM hour',
  );
  const rolled = await box.store.load.get<{ bytes: number }>(
    'SELECT sum(length(body)) AS bytes FROM day',
  );
  const n = stored?.n ?? 0;
  expect(n).toBe(4 * 86_400);
  const bytes = ((stored?.bytes ?? 0) + (rolled?.bytes ?? 0)) / n;
  const query = {
    devices: ['m0002'],
    channel: 'powerW' as const,
    fromMs: t0,
    toMs: t0 + 86_399_999,
    maxPoints: 1000,
  };
  for (let i = 0; i < 10; i += 1) await box.journal.curve(query);
  const times = [];
  for (let i = 0; i < 9; i += 1) {
    const fromMs = performance.now();
    const points = await box.journal.curve(query);
    times.push(performance.now() - fromMs);
    expect(points.reduce((sum, point) => sum + point.n, 0)).toBe(86_400);
  }
  const median = times.sort((a, b) => a - b)[4] ?? 0;
  console.info(
    `${bytes.toFixed(2)} bytes stored, ${((written() - written0) / n).toFixed(1)} written to pack, ` +
      `${((packMs * 1000) / n).toFixed(2)} µs to pack a reading; a day of one meter in ${median.toFixed(1)} ms`,
  );
  expect(bytes).toBeLessThan(5);
  // How long it takes is measured by the bench, where nothing else runs.
  await box.close();
});
