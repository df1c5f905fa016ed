import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqlite } from '../../../gateway/store/sqlite.ts';
import { copyStore, removeStore } from './copies.ts';
import type { Result } from './trials.ts';
import { dial, exported, startBox } from './whole-box.ts';

export interface BrokenParts {
  /** dist/gateway/main.js: the whole gateway is tried. */
  readonly main: string;
  /** Every so many of the cases; 1 for each of them. */
  readonly stride: number;
  readonly told?: (text: string) => void;
}

const files = ['load.db', 'gate.db'] as const;
const readings = 200;
const yaml = `
site: { name: 杜巷小区 }
dataDir: ./data
broker: { listen: "127.0.0.1:0", anonymous: true }
console: { listen: "127.0.0.1:0" }
journal: { windowMs: 2, reserveMb: 1 }
log: { level: error }
points: [{ id: b1, kind: building }]
devices: [{ id: m1, driver: native, point: b1, intervalS: 3600 }]
`;

/** What is done to a file; all but the last rows are gone with it, unless `keeps`. */
const damages: ReadonlyArray<{
  readonly how: string;
  readonly spoil: (file: string) => void;
  /** The readings can be read all the same. */
  readonly keeps?: boolean;
}> = [
  { how: 'cut in half', spoil: (file) => truncateSync(file, Math.floor(statSync(file).size / 2)) },
  { how: 'garbage', spoil: (file) => writeFileSync(file, Buffer.alloc(20_000, 0xa7)) },
  { how: 'empty', spoil: (file) => truncateSync(file, 0) },
  { how: 'a text', spoil: (file) => writeFileSync(file, 'site: { name: 杜巷小区 }\n') },
  { how: 'gone', spoil: (file) => rmSync(file) },
  { how: 'with a page of garbage', spoil: spoilPage },
];

/** A page in the middle is overwritten: what lies on the others is to be saved. */
function spoilPage(file: string): void {
  const bytes = readFileSync(file);
  // At 16 of the header: the size of a page.
  const page = bytes.readUInt16BE(16);
  const at = Math.floor(bytes.length / page / 2) * page;
  bytes.fill(0xee, at, at + page);
  writeFileSync(file, bytes);
}

/**
 * The whole gateway starts on broken files: damaged ones are moved aside with a date and told of by an alert, the other
 * file keeps all it has, and the box takes readings again. Files that are only locked or read-only are refused with a
 * message and left alone. What was acknowledged into a file that is whole must be there: only that is counted.
 */
export async function brokenTrial({ main, stride, told }: BrokenParts): Promise<Result> {
  const wrong: string[] = [];
  let [cases, rounds, acknowledged, lost, startMs] = [0, 0, 0, 0, 0];
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-broken-'));
  const config = join(folder, 'gateway.yaml');
  const data = join(folder, 'data');
  writeFileSync(config, yaml);
  const before = await startBox({ main, config });
  const first = await say(before.url, 1);
  await before.end('SIGTERM');
  copyStore(data, `${data}-before`);
  const round = async (name: string, work: () => Promise<void>) => {
    cases += 1;
    if ((cases - 1) % stride !== 0) return;
    removeStore(data);
    copyStore(`${data}-before`, data);
    try {
      await work();
    } catch (error) {
      wrong.push(`${name}: ${(error as Error).message.slice(0, 200)}`);
    }
    rounds += 1;
    told?.(`broken files: ${name}`);
  };
  const count = (numbers: readonly number[], there: ReadonlySet<number>) => {
    acknowledged += numbers.length;
    lost += numbers.filter((number) => !there.has(number)).length;
  };

  for (const file of files) {
    for (const { how, spoil } of damages) {
      await round(`${file} ${how}`, async () => {
        spoil(join(data, file));
        const beganMs = performance.now();
        const box = await startBox({ main, config });
        startMs = Math.max(startMs, performance.now() - beganMs);
        const again = await say(box.url, first.length + 1);
        await alerted(main, data, file);
        const code = await box.end('SIGTERM');
        if (code !== 0) throw new Error(`exit ${code}`);
        const dated = new RegExp(`^${file}\\.damaged-\\d{4}-\\d\\d-\\d\\dT`);
        const isAside = readdirSync(data).some((name) => dated.test(name));
        if (isAside !== (how !== 'gone')) throw new Error('it was not moved aside with its date');
        const there = stored(main, data);
        count(again, there);
        // What lay in the damaged file may be lost; what lay in the other may not.
        if (file === 'gate.db') count(first, there);
      });
    }
    for (const how of ['locked', 'read-only'] as const) {
      await round(`${file} ${how}`, async () => {
        const path = join(data, file);
        const free = how === 'locked' ? await lock(path) : protect(path);
        const refused = spawnSync(process.execPath, [main, 'run', '--config', config], {
          encoding: 'utf8',
          // A box that starts all the same is ended in order, with 0.
          timeout: 60_000,
        });
        await free();
        if (refused.status !== 1) throw new Error(`exit ${refused.status} and not 1`);
        if (!refused.stderr.includes('Cannot')) throw new Error('it did not say why');
        const box = await startBox({ main, config });
        const again = await say(box.url, first.length + 1);
        await box.end('SIGTERM');
        if (readdirSync(data).some((name) => name.includes('.damaged-')))
          throw new Error('a whole file was moved aside');
        count([...first, ...again], stored(main, data));
      });
    }
  }
  rmSync(folder, { recursive: true, force: true });
  return {
    trial: 'broken files at the start',
    rounds,
    acknowledged,
    lost,
    doubled: 0,
    startMs: Math.round(startMs),
    wrong,
  };
}

/** Numbers from `from` on, acknowledged. */
async function say(url: string, from: number): Promise<readonly number[]> {
  const client = await dial(url, 'm1');
  const numbers = Array.from({ length: readings }, (_, i) => from + i);
  const atMs = Date.now() - 3_600_000;
  for (const number of numbers) {
    const body = JSON.stringify({ atMs: atMs + number, powerW: number });
    await client.publishAsync('gatehouse/v1/m1/power', body, { qos: 1 });
  }
  await client.endAsync(true);
  return numbers;
}

const stored = (main: string, data: string): ReadonlySet<number> =>
  new Set(exported(main, data, 'power').map(({ powerW }) => Number(powerW)));

const alertedWithinMs = 15_000;

/** Waits until an alert speaks of the file. */
async function alerted(main: string, data: string, file: string): Promise<void> {
  for (const fromMs = performance.now(); ; await sleep(500)) {
    const alerts = exported(main, data, 'alert').map((alert) => JSON.stringify(alert));
    if (alerts.some((text) => text.includes('system.storage') && text.includes(file))) return;
    if (performance.now() - fromMs > alertedWithinMs)
      throw new Error(`no alert speaks of it: ${alerts.join().slice(0, 300)}`);
  }
}

/** Another program writes to the file and does not end. */
async function lock(file: string): Promise<() => Promise<void>> {
  const other = await openSqlite(file);
  let free = () => {};
  let done = Promise.resolve();
  await new Promise<void>((locked) => {
    done = other.transaction(() => {
      locked();
      return new Promise<void>((resolve) => {
        free = resolve;
      });
    });
  });
  return async () => {
    free();
    await done;
    await other.close();
  };
}

/** Nobody may write to the file, not even root. */
function protect(file: string): () => Promise<void> {
  const isMounted =
    spawnSync('mount', ['--bind', file, file]).status === 0 &&
    spawnSync('mount', ['-o', 'remount,ro,bind', file]).status === 0;
  if (!isMounted) chmodSync(file, 0o400);
  return async () => {
    if (isMounted) spawnSync('umount', [file]);
    else chmodSync(file, 0o600);
  };
}
