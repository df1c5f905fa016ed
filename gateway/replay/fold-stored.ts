import type { Finding } from '../../rules/finding.ts';
import { type ArmedRule, createFold } from '../../rules/fold.ts';
import { createReplay } from '../../rules/replay.ts';
import type { Site } from '../../rules/site.ts';
import type { Stored } from '../journal/stored.ts';

export interface StoredRun {
  readonly site: Site;
  readonly rules: readonly ArmedRule[];
  /** Both ends included, ms UTC. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** What some ten thousand readings brought. */
export interface Step {
  /** Time of the last reading, ms. */
  readonly atMs: number;
  readonly readings: number;
  /** Of devices that the site does not know: nobody judges them. */
  readonly strange: number;
  readonly findings: readonly Finding[];
}

/** Stored readings through rules, by the code that runs in the gateway; whoever stops asking ends it. */
export async function* foldStored(
  stored: Pick<Stored, 'everything'>,
  { site, rules, fromMs, toMs }: StoredRun,
): AsyncGenerator<Step> {
  const run = createReplay(createFold(site, rules));
  const devices = new Set(site.devices.map(({ id }) => id));
  for await (const readings of stored.everything(fromMs, toMs)) {
    const findings: Finding[] = [];
    let strange = 0;
    for (const reading of readings) {
      if (!devices.has(reading.device)) strange += 1;
      for (const finding of run.take(reading)) findings.push(finding);
    }
    const atMs = readings.at(-1)?.atMs ?? fromMs;
    yield { atMs, readings: readings.length, strange, findings };
  }
}
