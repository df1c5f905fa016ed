import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceOf } from '../bench/tools.ts';
import { buildLibrary } from './box.ts';
import { clockTrial } from './clock-trial.ts';
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

/** Rounds of each trial in the long form. */
const rounds = { kill: 100, drop: 50, mix: 50, io: 60, full: 5, fullStart: 5, slow: 3, end: 5 };

/**
 * `npm run test:faults`: what the box acknowledged survives kill -9, power cuts, failing and full disks. With
 * `--seed N` the same again. Prints a table, and as JSON with `--json`; 0 if nothing was lost.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const seed = Number(argv[argv.indexOf('--seed') + 1] ?? 1) || 1;
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
    const results: Result[] = [
      await killTrial(parts(rounds.kill)),
      await powerTrial(parts(rounds.drop), 'drop'),
      await powerTrial(parts(rounds.mix), 'mix'),
      await ioTrial(parts(rounds.io), 'sync'),
      await ioTrial(parts(rounds.io), 'write'),
    ];
    for (let i = 0; i < rounds.full; i += 1) results.push(await fullTrial(parts(1)));
    for (let i = 0; i < rounds.fullStart; i += 1) results.push(await fullStartTrial(parts(1)));
    results.push(await slowTrial(parts(rounds.slow)));
    results.push(await endTrial(parts(rounds.end)));
    const upgrade = { childFile: built('./upgrade-child.js'), disk, stride: 1, told };
    results.push(await upgradeTrial(upgrade));
    const main = built('../../../gateway/main.js');
    results.push(await clockTrial({ main, wallClock, stayMs: 10_000, answerMs: 200, told }));
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    print(results, argv.includes('--json'));
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
    const wrong = one.wrong.length === 0 ? '' : one.wrong.slice(0, 3).join('; ');
    line([one.trial, one.rounds, one.acknowledged, one.lost, one.doubled, one.startMs, wrong]);
  }
}
