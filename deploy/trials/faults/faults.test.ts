import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backlogTrial } from './alert-trials.ts';
import { buildLibrary } from './box.ts';
import { brokenTrial } from './broken-trial.ts';
import { clockTrial } from './clock-trial.ts';
import { externalTrial } from './external-trial.ts';
import {
  packingErrorTrial,
  packingFullTrial,
  packingKillTrial,
  packingSweepTrial,
} from './packing-trial.ts';
import {
  endTrial,
  fullStartTrial,
  fullTrial,
  ioTrial,
  killTrial,
  powerTrial,
  type Result,
  seeded,
  slowTrial,
  type TrialParts,
} from './trials.ts';
import { upgradeTrial } from './upgrade-trial.ts';

// The short form of `npm run test:faults`.
const here = fileURLToPath(new URL('.', import.meta.url));
const main = resolve(here, '../../../dist/gateway/main.js');
/** Beside node_modules, so that the packages are found. */
const out = resolve(here, '../../../node_modules/.cache/gatehouse-faults');
let disk = '';
let wallClock = '';

beforeAll(async () => {
  // One file each: a test below spoils the first one.
  for (const name of ['child', 'upgrade-child']) {
    await build({
      configFile: false,
      logLevel: 'error',
      build: {
        ssr: join(here, `${name}.ts`),
        outDir: out,
        target: 'node20',
        emptyOutDir: false,
        rollupOptions: { output: { entryFileNames: `${name}.mjs` } },
      },
    });
  }
  mkdirSync(out, { recursive: true });
  const library = (name: string) => {
    const built = buildLibrary(join(here, name), out);
    if (built === null) throw new Error('These tests need a C compiler: apt install gcc');
    return built;
  };
  disk = library('disk.c');
  wallClock = library('wall-clock.c');
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

const parts = (rounds: number): TrialParts => ({
  childFile: join(out, 'child.mjs'),
  disk,
  rounds,
  random: seeded(rounds),
});

/** Past hours are packed in a thread of its own, which there is in the built program only. */
const packing = (rounds: number) => ({
  ...parts(rounds),
  childFile: resolve(here, '../../../dist/deploy/trials/faults/packing-child.js'),
});

function kept(result: Result): void {
  expect(result).toMatchObject({ lost: 0, doubled: 0, wrong: [] });
  expect(result.startMs).toBeLessThan(5000);
  expect(result.acknowledged).toBeGreaterThan(0);
}

test('twenty rounds of kill -9 under load: whatever was acknowledged is there, once', async () => {
  kept(await killTrial(parts(20)));
}, 120_000);

test('the power goes: writes that were not flushed are lost, and nothing that was acknowledged is', async () => {
  kept(await powerTrial(parts(5), 'drop'));
}, 120_000);

test('the power goes in the middle of writes: torn and out of order, and nothing is lost', async () => {
  kept(await powerTrial(parts(8), 'mix'));
}, 120_000);

test('the trial itself notices a box that does not flush', async () => {
  const careless = join(out, 'careless.mjs');
  const source = readFileSync(join(out, 'child.mjs'), 'utf8');
  const spoilt = source
    .replaceAll('synchronous = FULL', 'synchronous = OFF')
    .replace('synchronous !== 2', 'synchronous !== 0');
  expect(spoilt).not.toBe(source);
  writeFileSync(careless, spoilt);
  const result = await powerTrial({ ...parts(1), childFile: careless }, 'drop');
  expect(result.lost + result.wrong.length).toBeGreaterThan(0);
}, 60_000);

test('a flush that fails ends the box, and the next start has all it acknowledged', async () => {
  kept(await ioTrial(parts(12), 'sync'));
}, 120_000);

test('a write that fails ends the box, and the next start has all it acknowledged', async () => {
  kept(await ioTrial(parts(12), 'write'));
}, 120_000);

test('a full disk refuses, loses nothing, and goes on by itself when there is room', async () => {
  kept(await fullTrial(parts(1)));
}, 60_000);

test('an orderly end under load keeps everything and takes less than ten seconds', async () => {
  kept(await endTrial(parts(2)));
}, 60_000);

test('a start of a newer program, killed before its writes and flushes, leaves the old structure or the new one', async () => {
  const result = await upgradeTrial({
    childFile: join(out, 'upgrade-child.mjs'),
    disk,
    stride: 20,
  });
  expect(result).toMatchObject({ lost: 0, wrong: [] });
  expect(result.rounds).toBeGreaterThan(10);
}, 120_000);

test('the gateway is killed behind another broker, and that broker too: what it has acknowledged is stored, once', async () => {
  const shipped = readFileSync(resolve(here, '../../mosquitto/mosquitto.conf'), 'utf8');
  const result = await externalTrial({ main, shipped, rounds: 3, random: seeded(3) });
  kept(result);
  console.info(result.note);
}, 120_000);

test('damaged files are moved aside with a date and told of, others are left alone, and the box goes on', async () => {
  kept(await brokenTrial({ main, stride: 3 }));
}, 240_000);

test('the platform is back after three days: every row leaves once and in order, live alerts first', async () => {
  kept(await backlogTrial({ rows: 500, watched: 500 }));
}, 60_000);

test('a clock that jumps by months, to 1970 and back moves no alarm, blocks nobody and loses nothing', async () => {
  const result = await clockTrial({ main, wallClock, stayMs: 1500, answerMs: 2000 });
  kept(result);
  console.info(`the slowest answer: ${result.slowestMs} ms`);
}, 120_000);

test('a disk that is full at the start loses nothing, and with room the box goes on', async () => {
  kept(await fullStartTrial(parts(1)));
}, 60_000);

test('flushes of 200 ms slow it down and no more', async () => {
  kept(await slowTrial(parts(1)));
}, 60_000);

test('killed while past hours are packed: nothing is lost or counted twice, and the rest is packed as if nothing had been', async () => {
  kept(await packingKillTrial(packing(3)));
}, 120_000);

test('killed before a write or a flush of the packing, wherever it is, the outcome is the same to the last byte', async () => {
  const result = await packingSweepTrial(packing(0), 40);
  kept(result);
  expect(result.rounds).toBeGreaterThan(5);
}, 120_000);

test('a disk that is full while past hours are packed refuses, and with room the readings and the packing go on', async () => {
  kept(await packingFullTrial(packing(1)));
}, 120_000);

test('an I/O error while past hours are packed ends the box or is passed over, and nothing is lost', async () => {
  kept(await packingErrorTrial(packing(4)));
}, 120_000);
