import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge, type Life, type LifeParts, live } from './box.ts';
import { type CutMode, cutPower, keptFolder } from './power-cut.ts';

/** What a trial found. */
export interface Result {
  readonly trial: string;
  readonly rounds: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly doubled: number;
  /** The longest start after a fault, ms. */
  readonly startMs: number;
  /** What went otherwise than it should; empty is good. */
  readonly wrong: readonly string[];
  /** What else should be known. */
  readonly note?: string;
}

export interface TrialParts {
  readonly childFile: string;
  /** The library of disk.c. */
  readonly disk: string;
  readonly rounds: number;
  /** 0..1; seeded, so that a round can be repeated. */
  readonly random: () => number;
  readonly told?: (text: string) => void;
}

/** mulberry32: a small seeded source of chance. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One box through many lives. */
function createRun(trial: string, parts: TrialParts) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-fault-'));
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  const acknowledged = new Set<number>();
  const wrong: string[] = [];
  let next = 1;
  let [lost, doubled, startMs, rounds] = [0, 0, 0, 0];
  return {
    folder,
    dataDir,
    wrong,
    async life(more: Omit<LifeParts, 'childFile' | 'dataDir' | 'first'>): Promise<Life> {
      const one = await live({ childFile: parts.childFile, dataDir, first: next, ...more });
      for (const number of one.acknowledged) {
        acknowledged.add(number);
        if (number > next) next = number;
      }
      // Some of those on the way were kept without anybody hearing of it: their numbers are not used again.
      next += 1000;
      return one;
    },
    async judge() {
      rounds += 1;
      try {
        const verdict = await judge(dataDir, acknowledged);
        lost += verdict.lost.length;
        doubled += verdict.doubled.length;
        startMs = Math.max(startMs, verdict.startMs);
        for (const { file, reason } of verdict.notices)
          wrong.push(`round ${rounds}: ${file}: ${reason}`);
      } catch (error) {
        wrong.push(`round ${rounds}: ${(error as Error).message}`);
      }
      parts.told?.(`${trial}: round ${rounds} of ${parts.rounds}`);
    },
    result(): Result {
      rmSync(folder, { recursive: true, force: true });
      return {
        trial,
        rounds,
        acknowledged: acknowledged.size,
        lost,
        doubled,
        startMs: Math.round(startMs),
        wrong,
      };
    },
  };
}

const someMs = (random: () => number) => 150 + random() * 500;

/** Every other life is counted from when the box is ready: on a busy machine the rest may end before they begin. */
const killedFrom = (round: number) => (round % 2 === 0 ? { killFrom: 'ready' } : {});

/** kill -9 under load, again and again, on one box. */
export async function killTrial(parts: TrialParts): Promise<Result> {
  const run = createRun('kill -9', parts);
  for (let round = 0; round < parts.rounds; round += 1) {
    const windowMs = round % 2 === 0 ? 0 : 10;
    await run.life({ killAfterMs: someMs(parts.random), ...killedFrom(round), windowMs });
    await run.judge();
  }
  return run.result();
}

/** The power goes under load: what was not flushed is lost, or torn and out of order. */
export async function powerTrial(parts: TrialParts, mode: CutMode): Promise<Result> {
  const run = createRun(`power cut, ${mode}`, parts);
  const kept = keptFolder(run.folder);
  const env = { LD_PRELOAD: parts.disk, DISK_DIR: run.dataDir, DISK_KEPT: kept };
  for (let round = 0; round < parts.rounds; round += 1) {
    await run.life({ killAfterMs: someMs(parts.random), ...killedFrom(round), env });
    cutPower(run.dataDir, kept, mode, parts.random);
    await run.judge();
    // Judging flushed and tidied without the library: what it left is on the disk.
    keepAll(run.dataDir, kept);
  }
  return run.result();
}

/** The directory as it is now counts as flushed. */
function keepAll(dataDir: string, kept: string): void {
  rmSync(kept, { recursive: true, force: true });
  cpSync(dataDir, kept, { recursive: true });
}

/** Acknowledgements after which a box that met an error has gone on: ten times what was on the way when it came. */
export const wentOn = 640;
/** So soon after the error it must have ended by itself, or go on, ms. */
export const endsWithinMs = 5000;

/**
 * The Nth flush, or write, fails: the box ends by itself, and a new start has everything that was acknowledged.
 * It may go on where SQLite takes no notice: when a connection is closed, what it could not write back stays in
 * the WAL. That is no loss, but it must be the exception.
 */
export async function ioTrial(parts: TrialParts, what: 'sync' | 'write'): Promise<Result> {
  const run = createRun(`EIO on ${what}`, parts);
  let ended = 0;
  for (let round = 1; round <= parts.rounds; round += 1) {
    const env = {
      LD_PRELOAD: parts.disk,
      DISK_DIR: run.dataDir,
      DISK_EIO: `${what}:${round}`,
    };
    let failed = false;
    let acks = 0;
    const until = (line: string) => {
      if (line === 'eio') failed = true;
      if (failed && line.startsWith('a ')) acks += 1;
      return acks > wentOn;
    };
    const one = await run.life({ killAfterMs: endsWithinMs, killFrom: 'eio', env, until });
    if (!failed) run.wrong.push(`round ${round}: the error never came`);
    else if (one.fatal && one.code === 3) ended += 1;
    else if (acks <= wentOn)
      run.wrong.push(`round ${round}: it did not end, and acknowledged ${acks} since`);
    await run.judge();
  }
  if (ended * 2 < parts.rounds) run.wrong.push(`It ended by itself in ${ended} rounds only`);
  return run.result();
}

/** A disk of 2 MB fills up: nothing is acknowledged that is not kept, and when there is room it goes on by itself. */
export async function fullTrial(parts: TrialParts): Promise<Result> {
  const run = createRun('full disk', parts);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', run.dataDir]);
  if (mounted.status !== 0) {
    run.wrong.push('A small disk needs the right to mount: run as root');
    return run.result();
  }
  try {
    const ballast = join(run.dataDir, 'ballast');
    let filled = false;
    let again = 0;
    writeFileSync(ballast, Buffer.alloc(700_000));
    const one = await run.life({
      killAfterMs: 30_000,
      until: (line) => {
        if (line.startsWith('n ') && !filled) {
          filled = true;
          rmSync(ballast);
        }
        if (filled && line.startsWith('a ')) again += 1;
        return again > 100;
      },
    });
    if (one.refused.length === 0) run.wrong.push('It never refused');
    if (again <= 100) run.wrong.push('It did not go on when there was room');
    await run.judge();
  } finally {
    spawnSync('umount', [run.dataDir]);
  }
  return run.result();
}

/** A card that takes 200 ms for each flush: slow, but steady, and nothing is lost when it is killed. */
export async function slowTrial(parts: TrialParts): Promise<Result> {
  const run = createRun('flushes of 200 ms', parts);
  const env = { LD_PRELOAD: parts.disk, DISK_DIR: run.dataDir, DISK_SLOW: '200' };
  // The store is made without haste: what is tried is the work, not the first start.
  await run.life({ killAfterMs: 10_000, until: counted(100) });
  for (let round = 0; round < parts.rounds; round += 1) {
    let firstMs = 0;
    const until = (line: string) => {
      if (line.startsWith('a ')) firstMs ||= performance.now();
      return firstMs > 0 && performance.now() - firstMs > 4000;
    };
    const one = await run.life({ killAfterMs: 30_000, env, until });
    const perS = one.acknowledged.length / ((performance.now() - firstMs) / 1000);
    if (!(perS >= 50)) run.wrong.push(`round ${round + 1}: ${Math.round(perS)} readings/s, not 50`);
    await run.judge();
  }
  return run.result();
}

/** The disk is full when the box starts: it starts or says why not, and has everything when there is room again. */
export async function fullStartTrial(parts: TrialParts): Promise<Result> {
  const run = createRun('full disk at the start', parts);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', run.dataDir]);
  if (mounted.status !== 0) {
    run.wrong.push('A small disk needs the right to mount: run as root');
    return run.result();
  }
  try {
    await run.life({ killAfterMs: 10_000, until: counted(300) });
    const ballast = join(run.dataDir, 'ballast');
    fillUp(ballast);
    const full = await run.life({ killAfterMs: 3000 });
    if (full.acknowledged.length > 0 && full.refused.length === 0) {
      run.wrong.push('It took readings on a full disk');
    }
    rmSync(ballast);
    const again = await run.life({ killAfterMs: 10_000, until: counted(300) });
    if (again.acknowledged.length < 300) run.wrong.push('It did not go on when there was room');
    await run.judge();
  } finally {
    spawnSync('umount', [run.dataDir]);
  }
  return run.result();
}

/** True with the Nth acknowledgement. */
function counted(n: number): (line: string) => boolean {
  let acks = 0;
  return (line) => {
    if (line.startsWith('a ')) acks += 1;
    return acks > n;
  };
}

/** Takes all the room that is left, to the last page. */
export function fillUp(file: string): void {
  for (const bytes of [65_536, 4096, 512]) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}

/** SIGTERM under load: it ends within 10 s by itself, its files written back, and everything is there. */
export async function endTrial(parts: TrialParts): Promise<Result> {
  const run = createRun('SIGTERM', parts);
  for (let round = 0; round < parts.rounds; round += 1) {
    const beganMs = performance.now();
    const killAfterMs = someMs(parts.random);
    const one = await run.life({ killAfterMs, killFrom: 'ready', signal: 'SIGTERM' });
    if (one.code !== 0) run.wrong.push(`round ${round + 1}: exit ${one.code}`);
    if (performance.now() - beganMs > killAfterMs + 10_000)
      run.wrong.push(`round ${round + 1}: it took more than 10 s`);
    // Written back, the log of changes is gone, or empty where somebody still reads.
    for (const name of readdirSync(run.dataDir).filter((file) => file.endsWith('-wal'))) {
      if (statSync(join(run.dataDir, name)).size > 0)
        run.wrong.push(`round ${round + 1}: ${name} was not written back`);
    }
    await run.judge();
  }
  return run.result();
}
