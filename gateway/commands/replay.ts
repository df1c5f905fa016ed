import { createReadStream, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { isPowerReading } from '../../drivers/native.ts';
import { Reading } from '../../drivers/reading.ts';
import type { Finding } from '../../rules/finding.ts';
import { type ArmedRule, createFold } from '../../rules/fold.ts';
import { createReplay } from '../../rules/replay.ts';
import type { Site } from '../../rules/site.ts';
import { GatewayError } from '../errors.ts';
import { openStored, type Stored } from '../journal/stored.ts';
import { chosenRules } from '../replay/chosen.ts';
import { foldStored } from '../replay/fold-stored.ts';
import { settingsOf, wholeNumber } from './options.ts';
import { tell, writeLine } from './output.ts';
import { startProgress } from './progress.ts';

interface Options {
  readonly config?: string;
  readonly readings?: string;
  readonly data?: string;
  readonly from?: number;
  readonly to?: number;
  readonly rule?: string;
}

/** `gatehouse replay`: readings in, findings out, by the code that runs in the gateway. */
export function replayCommand(): Command {
  return new Command('replay')
    .description(
      'readings as NDJSON in, findings as NDJSON out; the same input gives the same bytes',
    )
    .option('--config <file>', 'gateway.yaml; the demonstration village if absent')
    .option('--readings <file>', 'NDJSON of readings; standard input if absent')
    .option('--data <dir>', 'what a box has stored, in place of readings')
    .option('--from <ms>', 'with --data: from this time on, ms since 1970 UTC', wholeNumber)
    .option('--to <ms>', 'with --data: up to this time, ms since 1970 UTC', wholeNumber)
    .option('--rule <id>', 'only this rule')
    .action((options: Options) => replay(options));
}

/** What goes through the rules: how to go on, how far it is, and how much was taken. */
interface Source {
  readonly steps: AsyncIterable<SourceStep>;
  readonly total: number;
}
interface SourceStep {
  readonly done: number;
  readonly readings: number;
  readonly strange: number;
  readonly findings: readonly Finding[];
}

async function replay(options: Options): Promise<void> {
  const { config, rule, data, readings, from, to } = options;
  if (data !== undefined && readings !== undefined)
    throw new GatewayError('USAGE', 'Readings come from --data or from --readings, not from both');
  if (data === undefined && (from !== undefined || to !== undefined))
    throw new GatewayError('USAGE', '--from and --to go with --data');
  const { site, rules } = await settingsOf(config === undefined ? {} : { config });
  const chosen = rule === undefined ? rules : chosenRules(rules, rule);
  if (chosen.length === 0) {
    const known = rules.map((one) => one.rule.id).join(', ');
    throw new GatewayError('USAGE', `No rule is called ${rule}; known are ${known}`);
  }
  const stored = data === undefined ? null : await openStored(resolve(data));
  let [taken, strange, found] = [0, 0, 0];
  try {
    const { steps, total } = stored
      ? await fromStored(stored, site, chosen, options)
      : fromLines(readings, site, chosen);
    const progress = startProgress('replay', total);
    for await (const step of steps) {
      taken += step.readings;
      strange += step.strange;
      progress.to(step.done);
      for (const finding of step.findings) {
        if (rule !== undefined && finding.rule !== rule) continue;
        found += 1;
        await writeLine(finding);
      }
    }
    progress.stop();
  } finally {
    await stored?.close();
  }
  tell(
    `${taken} readings, ${found} findings${strange > 0 ? `; ${strange} readings of devices that the configuration does not know` : ''}`,
  );
}

async function fromStored(
  stored: Stored,
  site: Site,
  rules: readonly ArmedRule[],
  { from, to }: Options,
): Promise<Source> {
  const span = await stored.span();
  const fromMs = Math.max(from ?? 0, span.fromMs);
  const toMs = Math.min(to ?? Number.MAX_SAFE_INTEGER, span.toMs);
  async function* steps() {
    for await (const step of foldStored(stored, { site, rules, fromMs, toMs }))
      yield { ...step, done: step.atMs - fromMs };
  }
  return { steps: steps(), total: toMs - fromMs };
}

/** A line that is longer cannot be a reading. */
const maxLineBytes = 64 * 1024;

function fromLines(file: string | undefined, site: Site, rules: readonly ArmedRule[]): Source {
  // Before the file is opened: a stream that fails with nobody reading it yet ends the process in its own words.
  const total = file === undefined ? 0 : sizeOf(file);
  const run = createReplay(createFold(site, rules));
  const devices = new Set(site.devices.map(({ id }) => id));
  const source =
    file === undefined ? process.stdin : createReadStream(file, { highWaterMark: 1 << 20 });
  const name = file ?? 'standard input';
  let line = 0;
  async function* steps(): AsyncGenerator<SourceStep> {
    let rest = '';
    let done = 0;
    /** What came before a line that cannot be read is told before that line is. */
    function* stepsOf(lines: readonly string[]): Generator<SourceStep> {
      const findings: Finding[] = [];
      let [readings, strange] = [0, 0];
      try {
        for (const text of lines) {
          line += 1;
          if (text.length === 0 || text === '\r') continue;
          const reading = parseLine(text, `${name}:${line}`);
          readings += 1;
          if (!devices.has(reading.device)) strange += 1;
          for (const finding of run.take(reading)) findings.push(finding);
        }
      } catch (cause) {
        yield { done, readings, strange, findings };
        throw cause;
      }
      yield { done, readings, strange, findings };
    }
    source.setEncoding('utf8');
    for await (const chunk of source as AsyncIterable<string>) {
      done += chunk.length;
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      yield* stepsOf(lines);
      if (rest.length > maxLineBytes) {
        throw new GatewayError(
          'INPUT_UNREADABLE',
          `${name}:${line + 1}: a line of more than 64 KB is no reading`,
        );
      }
    }
    yield* stepsOf([rest]);
  }
  return { steps: steps(), total };
}

/** One line of NDJSON. `place` is named where it cannot be read: throws GatewayError INPUT_UNREADABLE. */
export function parseLine(text: string, place: string): Reading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new GatewayError('INPUT_UNREADABLE', `${place}: not JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
  if (isPowerReading(value)) return value;
  const parsed = Reading.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new GatewayError(
    'INPUT_UNREADABLE',
    `${place}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'no reading'}`,
  );
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch (cause) {
    throw new GatewayError('INPUT_UNREADABLE', `Cannot read ${file}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
