import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDisk } from './box.ts';
import {
  endTrial,
  fullTrial,
  ioTrial,
  killTrial,
  powerTrial,
  type Result,
  seeded,
  type TrialParts,
} from './trials.ts';

/** Rounds of each trial in the long form. */
const rounds = { kill: 100, drop: 50, mix: 50, io: 60, full: 5, end: 5 };

/**
 * `npm run test:faults`: what the box acknowledged survives kill -9, power cuts, failing and full disks. With
 * `--seed N` the same again. Prints a table, and as JSON with `--json`; 0 if nothing was lost.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const seed = Number(argv[argv.indexOf('--seed') + 1] ?? 1) || 1;
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-faults-'));
  try {
    const disk = buildDisk(sourceOf('disk.c'), folder);
    if (disk === null) {
      process.stderr.write('A C compiler is needed: apt install gcc\n');
      return 1;
    }
    const random = seeded(seed);
    const parts = (count: number): TrialParts => ({
      childFile: fileURLToPath(new URL('./child.js', import.meta.url)),
      disk,
      rounds: count,
      random,
      told: (text) => {
        if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
      },
    });
    const results: Result[] = [
      await killTrial(parts(rounds.kill)),
      await powerTrial(parts(rounds.drop), 'drop'),
      await powerTrial(parts(rounds.mix), 'mix'),
      await ioTrial(parts(rounds.io), 'sync'),
      await ioTrial(parts(rounds.io), 'write'),
    ];
    for (let i = 0; i < rounds.full; i += 1) results.push(await fullTrial(parts(1)));
    results.push(await endTrial(parts(rounds.end)));
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    print(results, argv.includes('--json'));
    return results.every(({ lost, doubled, wrong }) => lost + doubled + wrong.length === 0) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A source that is not compiled lies beside this file, or where the build left it. */
function sourceOf(name: string): string {
  for (const place of [`./${name}`, `../../../../deploy/trials/faults/${name}`]) {
    const file = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(file)) return file;
  }
  throw new Error(`${name} is missing`);
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
