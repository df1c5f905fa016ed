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
 * Folds `parts` times ten minutes behind `warm` ones that are not counted (the compiler is still at work, and charging wants an hour).
 * What makes the readings is not counted either.
 */
export function costOf(
  village: Village,
  rules: readonly ArmedRule[],
  parts: number,
  warm: number,
): Cost {
  const run = createReplay(createFold(village.site, rules));
  let [readings, cpuUs, wallMs] = [0, 0, 0];
  let findings = 0;
  for (let n = 0; n < warm + parts; n += 1) {
    const all = village.part(n);
    const cpu = process.cpuUsage();
    const began = performance.now();
    const found: (readonly Finding[])[] = [];
    for (const reading of all) {
      const said = run.take(reading);
      if (said.length > 0) found.push(said);
    }
    if (n < warm) continue;
    const used = process.cpuUsage(cpu);
    wallMs += performance.now() - began;
    cpuUs += used.user + used.system;
    readings += all.length;
    findings += found.flat().length;
  }
  return { readings, cpuS: cpuUs / 1e6, wallS: wallMs / 1000, findings };
}
