import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Life, type LifeParts, live } from './box.ts';
import { copyStore, removeStore } from './copies.ts';
import { digestOf, judgePast, livePast, type Past } from './past.ts';
import { endsWithinMs, fillUp, type Result, wentOn } from './trials.ts';

export interface PackingParts {
  /** packing-child.ts, built. */
  readonly childFile: string;
  /** The library of disk.c. */
  readonly disk: string;
  readonly rounds: number;
  readonly random: () => number;
  readonly told?: (text: string) => void;
}

/** What there is to pack: enough for a kill to hit it, and little, to be packed hundreds of times. */
const long: Past = { hours: 4, stepMs: 197 };
const short: Past = { hours: 2, stepMs: 1999 };
/** What is sent meanwhile has numbers from here on: two days after the past. */
const firstLive = 200_000_000;
const waitMs = 60_000;

type More = Partial<Omit<LifeParts, 'childFile' | 'dataDir'>>;

/** A box with a past, again and again from the same beginning. */
async function createRounds(trial: string, parts: PackingParts, amount = long) {
  const { hours } = amount;
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-packing-'));
  const past = join(folder, 'past');
  const dataDir = join(folder, 'box');
  const numbers = await livePast(past, amount);
  const wrong: string[] = [];
  let acknowledged = new Set<number>(numbers);
  let [rounds, total, lost, doubled, startMs] = [0, 0, 0, 0, 0];

  const life = async (more: More): Promise<Life> => {
    const { childFile } = parts;
    const first = Math.max(firstLive, ...[...acknowledged].slice(-1)) + 1000;
    const one = await live({ childFile, dataDir, first, killAfterMs: waitMs, ...more });
    for (const number of one.acknowledged) acknowledged.add(number);
    return one;
  };
  const packedOnce = { last: 0, until: (line: string) => line === 'packed' };

  // What is to come out: the past packed without any fault; how long that takes, and how much room.
  copyStore(past, dataDir);
  let beganMs = 0;
  let tookMs = 0;
  await life({
    last: 0,
    until(line) {
      if (line === 'packing') beganMs = performance.now();
      if (line === 'packed') tookMs = performance.now() - beganMs;
      return line === 'packed';
    },
  });
  const walBytes = statSync(join(dataDir, 'load.db-wal')).size;
  const wanted = await digestOf(dataDir, hours);
  removeStore(dataDir);

  return {
    dataDir,
    wrong,
    walBytes,
    tookMs,
    life,
    /** A fresh box with the same past; where `fill` is given, in a folder that it prepared. */
    begin() {
      copyStore(past, dataDir);
      acknowledged = new Set(numbers);
    },
    /** Looks at what the fault left, lets the box pack what is left, and looks again. */
    async end(name: string) {
      rounds += 1;
      try {
        for (const when of ['after the fault', 'packed']) {
          if (when === 'packed') await life(packedOnce);
          const verdict = await judgePast(dataDir, acknowledged, hours);
          lost += verdict.lost.length;
          doubled += verdict.doubled.length;
          startMs = Math.max(startMs, verdict.startMs);
          for (const { file, reason } of verdict.notices)
            wrong.push(`${name}, ${when}: ${file}: ${reason}`);
        }
        if ((await digestOf(dataDir, hours)) !== wanted)
          wrong.push(`${name}: the blocks are not those of a packing without a fault`);
      } catch (error) {
        wrong.push(`${name}: ${(error as Error).message}`);
      }
      total += acknowledged.size;
      parts.told?.(`${trial}: ${name}`);
    },
    removeStore: () => removeStore(dataDir),
    result(): Result {
      rmSync(folder, { recursive: true, force: true });
      return {
        trial,
        rounds,
        acknowledged: total,
        lost,
        doubled,
        startMs: Math.round(startMs),
        wrong,
      };
    },
  };
}

/** kill -9 at any moment of packing, under load. */
export async function packingKillTrial(parts: PackingParts): Promise<Result> {
  const run = await createRounds('kill -9 while past hours are packed', parts);
  let inTheMiddle = 0;
  for (let round = 1; round <= parts.rounds; round += 1) {
    run.begin();
    let packed = false;
    await run.life({
      killFrom: 'packing',
      killAfterMs: parts.random() * run.tookMs,
      until(line) {
        if (line === 'packed') packed = true;
        return false;
      },
    });
    if (!packed) inTheMiddle += 1;
    await run.end(`round ${round}`);
    run.removeStore();
  }
  if (inTheMiddle * 2 < parts.rounds) run.wrong.push(`Only ${inTheMiddle} kills hit the packing`);
  return run.result();
}

/** Killed just before every `stride`th write, and every flush, of the packing; nothing else is written meanwhile. */
export async function packingSweepTrial(parts: PackingParts, stride: number): Promise<Result> {
  const run = await createRounds('packing killed before every write and flush', parts, short);
  const env = { LD_PRELOAD: parts.disk, DISK_DIR: run.dataDir };
  for (const [what, step] of [
    ['write', stride],
    ['sync', Math.ceil(stride / 5)],
  ] as const) {
    for (let at = 1, died = true; died; at += step) {
      run.begin();
      const DISK_DIE = `${what}:${at}`;
      died = true;
      await run.life({
        last: 0,
        env: { ...env, DISK_DIE },
        until(line) {
          if (line === 'packed') died = false;
          return line === 'packed';
        },
      });
      await run.end(`${what} ${at}`);
      run.removeStore();
    }
  }
  return run.result();
}

/** A write or a flush fails while hours are packed under load: the box ends or goes on, and packs the rest later. */
export async function packingErrorTrial(parts: PackingParts): Promise<Result> {
  const run = await createRounds('I/O error while past hours are packed', parts, short);
  for (let round = 1; round <= parts.rounds; round += 1) {
    run.begin();
    const [what, most] = round % 2 === 0 ? (['write', 400] as const) : (['sync', 40] as const);
    const at = 1 + Math.floor(parts.random() * most);
    const env = {
      LD_PRELOAD: parts.disk,
      DISK_DIR: run.dataDir,
      DISK_EIO: `${what}:${at}`,
    };
    let failed = false;
    let acks = 0;
    const one = await run.life({
      env,
      killFrom: 'eio',
      killAfterMs: endsWithinMs,
      until(line) {
        if (line === 'eio') failed = true;
        if (failed && line.startsWith('a ')) acks += 1;
        return acks > wentOn;
      },
    });
    if (!failed) run.wrong.push(`${what} ${at}: the error never came`);
    else if (!one.fatal && acks <= wentOn)
      run.wrong.push(`${what} ${at}: it neither ended nor went on`);
    await run.end(`${what} ${at}`);
    run.removeStore();
  }
  return run.result();
}

/** The disk fills up while hours are packed: readings are refused, and with room both go on by themselves. */
export async function packingFullTrial(parts: PackingParts): Promise<Result> {
  const run = await createRounds('full disk while past hours are packed', parts);
  for (let round = 1; round <= parts.rounds; round += 1) {
    const name = `round ${round}`;
    mkdirSync(run.dataDir, { mode: 0o700 });
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', run.dataDir]);
    if (mounted.status !== 0) {
      run.wrong.push('A small disk needs the right to mount: run as root');
      return run.result();
    }
    try {
      run.begin();
      const ballast = join(run.dataDir, 'ballast');
      // Room for some of it: the disk is full at another point each time.
      const room = Math.floor(parts.random() * run.walBytes * 0.5);
      let [refused, stuck, packed, again] = [false, false, false, 0];
      await run.life({
        until(line) {
          if (line === 'packing' && !stuck) {
            fillUp(ballast);
            truncateSync(ballast, Math.max(0, statSync(ballast).size - room));
          }
          if (line.startsWith('n ')) refused = true;
          if (line.startsWith('not packed')) stuck = true;
          if (refused && stuck) rmSync(ballast, { force: true });
          if (refused && stuck && line.startsWith('a ')) again += 1;
          if (line === 'packed') packed = true;
          return packed && again > 100;
        },
      });
      if (!refused) run.wrong.push(`${name}: it never refused`);
      if (!stuck) run.wrong.push(`${name}: there was room for packing`);
      if (!packed || again <= 100) run.wrong.push(`${name}: it did not go on when there was room`);
      await run.end(name);
    } finally {
      spawnSync('umount', [run.dataDir]);
      run.removeStore();
    }
  }
  return run.result();
}
