import type { Reading } from '../../../drivers/reading.ts';
import { parseLine } from '../../../gateway/commands/replay.ts';
import type { Finding } from '../../../rules/finding.ts';
import { type ArmedRule, createFold } from '../../../rules/fold.ts';
import { createReplay } from '../../../rules/replay.ts';
import type { Village } from './village.ts';

/** What some time of a village costs. */
export interface Cost {
  readonly readings: number;
  /** Of this process while rules worked, all threads: also what collects their garbage. */
  readonly cpuS: number;
  readonly wallS: number;
  readonly findings: number;
}

/**
 * Folds `parts` rounds behind `warm` ones that are not counted (the compiler is still at work, and charging wants an hour).
 * What makes the readings is not counted either.
 */
export function costOf(
  village: Village,
  rules: readonly ArmedRule[],
  parts: number,
  warm: number,
): Cost {
  const run = createReplay(createFold(village.site, rules));
  const fold = (all: readonly Reading[]) => {
    const found: (readonly Finding[])[] = [];
    for (const reading of all) {
      const said = run.take(reading);
      if (said.length > 0) found.push(said);
    }
    return found.flat().length;
  };
  return costOfParts((n) => village.part(n), parts, warm, fold);
}

/** What it takes to make readings of lines, as `gatehouse replay --readings` does before any rule sees them. */
export function costOfLines(village: Village, parts: number, warm: number): Cost {
  const read = (lines: readonly string[]) => {
    for (const line of lines) parseLine(line, 'village');
    return 0;
  };
  const linesOf = (n: number) => village.part(n).map((reading) => JSON.stringify(reading));
  return costOfParts(linesOf, parts, warm, read);
}

function costOfParts<T>(
  partOf: (n: number) => readonly T[],
  parts: number,
  warm: number,
  work: (part: readonly T[]) => number,
): Cost {
  let [readings, cpuUs, wallMs, findings] = [0, 0, 0, 0];
  for (let n = 0; n < warm + parts; n += 1) {
    const part = partOf(n);
    const cpu = process.cpuUsage();
    const began = performance.now();
    const found = work(part);
    if (n < warm) continue;
    const used = process.cpuUsage(cpu);
    wallMs += performance.now() - began;
    cpuUs += used.user + used.system;
    readings += part.length;
    findings += found;
  }
  return { readings, cpuS: cpuUs / 1e6, wallS: wallMs / 1000, findings };
}
