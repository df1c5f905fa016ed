import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sqlite } from '../../../gateway/store/sqlite.ts';
import type { Store } from '../../../gateway/store/store.ts';
import { copyStore, removeStore } from './copies.ts';
import type { Result } from './trials.ts';
import { type Known, openAs, steps } from './upgrade.ts';

export interface UpgradeParts {
  readonly childFile: string;
  /** The library of disk.c. */
  readonly disk: string;
  /** Every so many writes and flushes a kill; 1 for each of them. */
  readonly stride: number;
  readonly told?: (text: string) => void;
}

const all: Known = { load: steps.load.length, gate: steps.gate.length };
const files = ['load', 'gate'] as const;
/** More writes than any upgrade takes: a trial that comes here does not end by itself. */
const tooMany = 5000;

/**
 * A new program starts on the store of each older one, and is killed before every write and every flush of that
 * start. Whatever it leaves is the old structure or the new one of each step, never between, and the next start
 * makes it whole. `rounds` counts the kills; the row that the old program kept is counted as `acknowledged`.
 */
export async function upgradeTrial(parts: UpgradeParts): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-upgrade-'));
  const wrong: string[] = [];
  let [rounds, acknowledged, lost, startMs] = [0, 0, 0, 0];
  try {
    const structures = await structuresIn(folder);
    for (const known of olderPrograms()) {
      const old = join(folder, `old-${known.load}-${known.gate}`);
      const isNew = known.load + known.gate === 0;
      if (!isNew) await keepSomething(old, known);
      for (const what of ['write', 'sync'] as const) {
        for (let at = 1, died = true; died && at < tooMany; at += parts.stride) {
          const dataDir = join(folder, 'box');
          if (isNew) mkdirSync(dataDir, { mode: 0o700 });
          else copyStore(old, dataDir);
          died = dieAt(parts, dataDir, `${what}:${at}`);
          if (died) rounds += 1;
          const name = `${known.load}+${known.gate} steps, ${what} ${at}`;
          // Looking at it opens it: on a copy, so that the next start meets what was left.
          copyStore(dataDir, `${dataDir}-copy`);
          const between = await betweenSteps(`${dataDir}-copy`, structures);
          removeStore(`${dataDir}-copy`);
          if (between !== null) wrong.push(`${name}: ${between}`);
          const beganMs = performance.now();
          const store = await openAs(dataDir, all);
          startMs = Math.max(startMs, performance.now() - beganMs);
          for (const { file, reason } of store.notices) wrong.push(`${name}: ${file}: ${reason}`);
          if (!isNew) {
            acknowledged += 1;
            if (!(await hasKept(store))) lost += 1;
          }
          for (const file of files) {
            const row = await store[file].get<{ integrity_check: string }>(
              'PRAGMA integrity_check(1)',
            );
            if (row?.integrity_check !== 'ok') wrong.push(`${name}: ${row?.integrity_check}`);
          }
          await store.close();
          removeStore(dataDir);
          parts.told?.(`upgrade: ${name}`);
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const trial = 'upgrade killed at every write and flush';
  return {
    trial,
    rounds,
    acknowledged,
    lost,
    doubled: 0,
    startMs: Math.round(startMs),
    wrong,
  };
}

/** No program before (a first start), the oldest of all, and the one before the newest step of each file. */
function olderPrograms(): Known[] {
  const older = [
    { load: 0, gate: 0 },
    { load: 1, gate: 1 },
    { load: all.load - 1, gate: all.gate - 1 },
    { load: all.load, gate: Math.ceil(all.gate / 2) },
  ];
  const keys = older.map(({ load, gate }) => `${load}/${gate}`);
  return older.filter((_, i) => keys.indexOf(keys[i] ?? '') === i);
}

const kept = 'before the upgrade';

/** A store as an older program left it, with one row in each file. */
async function keepSomething(dataDir: string, known: Known): Promise<void> {
  const store = await openAs(dataDir, known);
  for (const file of files) {
    await store[file].run('CREATE TABLE trial (text TEXT NOT NULL)');
    await store[file].run('INSERT INTO trial (text) VALUES (?)', [kept]);
  }
  await store.close();
}

async function hasKept(store: Store): Promise<boolean> {
  for (const file of files) {
    const row = await store[file].get<{ text: string }>('SELECT text FROM trial');
    if (row?.text !== kept) return false;
  }
  return true;
}

/** True if it was killed, false if it came to its end. */
function dieAt({ childFile, disk }: UpgradeParts, dataDir: string, when: string): boolean {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [childFile, dataDir], {
    env: { ...process.env, LD_PRELOAD: disk, DISK_DIR: dataDir, DISK_DIE: when },
    encoding: 'utf8',
  });
  if (signal === 'SIGKILL') return true;
  if (status === 0 && stdout.includes('done')) return false;
  throw new Error(`The start on an old store failed: ${stderr.slice(0, 1000)}`);
}

/** What a file's structure is after each number of steps, as one text. */
type Structures = Readonly<Record<(typeof files)[number], ReadonlyMap<string, number>>>;

async function structuresIn(folder: string): Promise<Structures> {
  const found = { load: new Map<string, number>(), gate: new Map<string, number>() };
  for (const file of files) {
    for (let n = 0; n <= steps[file].length; n += 1) {
      const dataDir = join(folder, `${file}-${n}`);
      const store = await openAs(dataDir, { ...all, [file]: n });
      found[file].set(await structureOf(store[file]), n);
      await store.close();
    }
  }
  return found;
}

async function structureOf(db: Sqlite): Promise<string> {
  const rows = await db.all<{ name: string; sql: string | null }>(
    "SELECT name, sql FROM sqlite_master WHERE name NOT IN ('trial') ORDER BY name",
  );
  const versions = await db.all<{ room: string; version: number }>(
    'SELECT room, version FROM migration ORDER BY room, version',
  );
  return JSON.stringify([rows, versions]);
}

/** Opens what the killed program left without taking a further step; says which file stands between two steps. */
async function betweenSteps(dataDir: string, structures: Structures): Promise<string | null> {
  const store = await openAs(dataDir, { load: 0, gate: 0 });
  try {
    for (const file of files) {
      const structure = await structureOf(store[file]);
      if (!structures[file].has(structure)) return `${file}.db stands between two steps`;
    }
    return null;
  } finally {
    await store.close();
  }
}
