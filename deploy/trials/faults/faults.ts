import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceOf } from '../bench/tools.ts';
import { type Options, oneOf, wholeNumber } from '../options.ts';
import { alertTrial, backlogTrial } from './alert-trials.ts';
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

/** Killed before every so many-th write of the packing; before each flush. */
const sweepStride = 3;
/** Rounds of each trial in the long form. */
const rounds = {
  kill: 100,
  drop: 50,
  mix: 50,
  io: 60,
  full: 5,
  fullStart: 5,
  slow: 3,
  end: 5,
  packingKill: 30,
  packingError: 30,
  packingFull: 5,
  external: 15,
};
/** Rows that wait after three days without the platform. */
const backlogRows = 200_000;

export const usage = `npm run test:faults [-- --only NAME] [--seed N] [--json]
  shows that what the box acknowledged survives kill -9, power cuts, failing and full disks; prints a table
  --only  kill, power, external, alerts, outage, io, full, broken, slow, end, packing, upgrade or clock
  --seed  the same chances again (1)
  --json  the table as JSON
`;
export const options = {
  only: { type: 'string' },
  seed: { type: 'string', default: '1' },
  json: { type: 'boolean', default: false },
} as const;

/** `npm run test:faults`. 0 if nothing was lost. */
export async function main(values: Options<typeof options>): Promise<number> {
  const seed = wholeNumber(values.seed, 'seed');
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-faults-'));
  try {
    const disk = buildLibrary(sourceOf('faults', 'disk.c'), folder);
    const wallClock = buildLibrary(sourceOf('faults', 'wall-clock.c'), folder);
    if (disk === null || wallClock === null) {
      process.stderr.write('A C compiler is needed: apt install gcc\n');
      return 1;
    }
    const random = seeded(seed);
    const told = (text: string) => {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
    };
    const built = (name: string) => fileURLToPath(new URL(name, import.meta.url));
    const parts = (count: number): TrialParts => ({
      childFile: built('./child.js'),
      disk,
      rounds: count,
      random,
      told,
    });
    const packing = (count: number) => ({
      ...parts(count),
      childFile: built('./packing-child.js'),
    });
    const upgrade = { childFile: built('./upgrade-child.js'), disk, stride: 1, told };
    const main = built('../../../gateway/main.js');
    const clock = { main, wallClock, stayMs: 10_000, answerMs: 200, told };
    const crashChild = '../../../gateway/outbox/crash-child.js';
    const shipped = readFileSync(sourceOf('../mosquitto', 'mosquitto.conf'), 'utf8');
    const again = (count: number, trial: () => Promise<Result>) => Array(count).fill(trial);
    const all: Readonly<Record<string, ReadonlyArray<() => Promise<Result>>>> = {
      kill: [() => killTrial(parts(rounds.kill))],
      power: [
        () => powerTrial(parts(rounds.drop), 'drop'),
        () => powerTrial(parts(rounds.mix), 'mix'),
      ],
      external: [() => externalTrial({ main, shipped, rounds: rounds.external, random, told })],
      alerts: [() => alertTrial({ childFile: built(crashChild), stride: 1, told })],
      outage: [() => backlogTrial({ rows: backlogRows, watched: backlogRows, told })],
      io: [() => ioTrial(parts(rounds.io), 'sync'), () => ioTrial(parts(rounds.io), 'write')],
      full: [
        ...again(rounds.full, () => fullTrial(parts(1))),
        ...again(rounds.fullStart, () => fullStartTrial(parts(1))),
      ],
      broken: [() => brokenTrial({ main, stride: 1, told })],
      slow: [() => slowTrial(parts(rounds.slow))],
      end: [() => endTrial(parts(rounds.end))],
      packing: [
        () => packingKillTrial(packing(rounds.packingKill)),
        () => packingFullTrial(packing(rounds.packingFull)),
        () => packingErrorTrial(packing(rounds.packingError)),
        () => packingSweepTrial(packing(0), sweepStride),
      ],
      upgrade: [() => upgradeTrial(upgrade)],
      clock: [() => clockTrial(clock)],
    };
    const { only } = values;
    if (only !== undefined) oneOf(only, Object.keys(all), 'only');
    const results: Result[] = [];
    for (const [name, trials] of Object.entries(all)) {
      if (only !== undefined && name !== only) continue;
      for (const trial of trials) results.push(await trial());
    }
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    print(results, values.json);
    return results.every(({ lost, doubled, wrong }) => lost + doubled + wrong.length === 0) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function print(results: readonly Result[], json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(results, null, 1)}\n`);
    return;
  }
  const line = (cells: readonly (string | number)[]) =>
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
  line(['trial', 'rounds', 'acknowledged', 'lost', 'twice', 'longest start, ms', 'otherwise']);
  line(['---', '---', '---', '---', '---', '---', '---']);
  for (const one of results) {
    const otherwise = [...one.wrong.slice(0, 3), ...(one.note ? [one.note] : [])].join('; ');
    line([one.trial, one.rounds, one.acknowledged, one.lost, one.doubled, one.startMs, otherwise]);
  }
}
