import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { compact } from '../../../gateway/journal/compact.ts';
import { openJournal } from '../../../gateway/journal/journal.ts';
import { loadMigrations } from '../../../gateway/journal/migrations.ts';
import { createLog } from '../../../gateway/log.ts';
import { gateMigrations } from '../../../gateway/migrations.ts';
import { createReplayJob } from '../../../gateway/replay/job.ts';
import { openStore } from '../../../gateway/store/store.ts';
import { hourMs, midnightMs, type Village } from './village.ts';

/** What one rule over stored hours costs, asked as the console asks. */
export interface StoredCost {
  readonly rule: string;
  readonly readings: number;
  readonly wallS: number;
  readonly cpuS: number;
  /** Of the whole process, above what it had before, MB. */
  readonly moreMb: number;
  /** Longest time for which the rest of the process had to wait, ms. */
  readonly loopMs: number;
}

/** Keeps `hours` hours of the village in a real store, packs all but the last, and replays one rule over them. */
export async function storedCost(
  village: Village,
  hours: number,
  rule: string,
): Promise<StoredCost> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-rules-'));
  const dataDir = join(folder, 'data');
  try {
    await keep(village, hours, dataDir);
    const job = createReplayJob(createLog('silent'));
    const loop = monitorEventLoopDelay({ resolution: 5 });
    const before = process.memoryUsage.rss();
    let most = before;
    const cpu = process.cpuUsage();
    const began = performance.now();
    loop.enable();
    job.start({
      dataDir,
      site: village.site,
      zone: 'Asia/Shanghai',
      rule,
      settings: {},
      fromMs: midnightMs,
      toMs: midnightMs + hours * hourMs,
      warmUpMs: 0,
    });
    while (job.state().state === 'running') {
      await new Promise((resolve) => setTimeout(resolve, 20));
      most = Math.max(most, process.memoryUsage.rss());
    }
    loop.disable();
    const used = process.cpuUsage(cpu);
    const now = job.state();
    if (now.state !== 'done') throw new Error(`The replay ended as ${now.state}`);
    return {
      rule,
      readings: now.result.readings,
      wallS: (performance.now() - began) / 1000,
      cpuS: (used.user + used.system) / 1e6,
      moreMb: (most - before) / 1e6,
      loopMs: loop.max / 1e6,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function keep(village: Village, hours: number, dataDir: string): Promise<void> {
  let nowMs = midnightMs;
  const store = await openStore({ dataDir, load: loadMigrations, gate: gateMigrations, nowMs });
  const journal = await openJournal({
    store,
    clock: { nowMs: () => nowMs, monoMs: () => nowMs, trusted: () => true },
    windowMs: 0,
    reserveBytes: 1,
    onFatal: (error) => {
      throw error;
    },
  });
  for (let n = 0; n < hours * village.perHour; n += 1) {
    const readings = village.part(n);
    for (let i = 0; i < readings.length; i += 4000) {
      const some = readings.slice(i, i + 4000);
      nowMs = some.at(-1)?.atMs ?? nowMs;
      await new Promise<void>((resolve, reject) => {
        journal.append(some, (error) => (error ? reject(error) : resolve()));
      });
    }
  }
  await journal.close();
  await compact({
    db: store.load,
    nowMs: nowMs - hourMs / 2,
    keepFromSeq: Number.MAX_SAFE_INTEGER,
    stopped: () => false,
  });
  await store.close();
}
