import { createReadStream, statSync } from 'node:fs';
import { Command } from 'commander';
import { isPowerReading } from '../../drivers/native.ts';
import { Reading } from '../../drivers/reading.ts';
import type { Finding } from '../../rules/finding.ts';
import { createFold } from '../../rules/fold.ts';
import { createReplay } from '../../rules/replay.ts';
import { GatewayError } from '../errors.ts';
import { settingsOf } from './options.ts';
import { tell, writeLine } from './output.ts';
import { startProgress } from './progress.ts';

interface Options {
  readonly config?: string;
  readonly readings?: string;
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
    .option('--rule <id>', 'only this rule')
    .action((options: Options) => replay(options));
}

/** A line that is longer cannot be a reading. */
const maxLineBytes = 64 * 1024;

async function replay({ config, readings: file, rule }: Options): Promise<void> {
  const { site, rules } = await settingsOf(config === undefined ? {} : { config });
  // A rule that hears others needs them; only what it says itself is printed.
  const heard = rules.find((one) => one.rule.id === rule)?.rule.hears ?? [];
  const chosen =
    rule === undefined
      ? rules
      : rules.filter((one) => one.rule.id === rule || heard.includes(one.rule.id));
  if (!chosen.some((one) => rule === undefined || one.rule.id === rule)) {
    const known = rules.map((one) => one.rule.id).join(', ');
    throw new GatewayError('USAGE', `No rule is called ${rule}; known are ${known}`);
  }
  const run = createReplay(createFold(site, chosen));
  const devices = new Set(site.devices.map(({ id }) => id));
  const progress = startProgress('replay', file === undefined ? 0 : sizeOf(file));
  const source =
    file === undefined ? process.stdin : createReadStream(file, { highWaterMark: 1 << 20 });
  const name = file ?? 'standard input';

  let line = 0;
  let taken = 0;
  let strange = 0;
  let found = 0;
  let bytes = 0;
  const take = (text: string): Finding[] => {
    line += 1;
    if (text.length === 0 || text === '\r') return [];
    const reading = parseLine(text, `${name}:${line}`);
    taken += 1;
    if (!devices.has(reading.device)) strange += 1;
    return run.take(reading);
  };
  let rest = '';
  source.setEncoding('utf8');
  for await (const chunk of source as AsyncIterable<string>) {
    bytes += chunk.length;
    progress.to(bytes);
    let from = 0;
    const text = rest + chunk;
    for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
      for (const finding of take(text.slice(from, to))) {
        if (rule !== undefined && finding.rule !== rule) continue;
        found += 1;
        await writeLine(finding);
      }
      from = to + 1;
    }
    rest = text.slice(from);
    if (rest.length > maxLineBytes) {
      throw new GatewayError(
        'INPUT_UNREADABLE',
        `${name}:${line + 1}: a line of more than 64 KB is no reading`,
      );
    }
  }
  for (const finding of take(rest)) {
    if (rule !== undefined && finding.rule !== rule) continue;
    found += 1;
    await writeLine(finding);
  }
  progress.stop();
  tell(
    `${taken} readings, ${found} findings${strange > 0 ? `; ${strange} readings of devices that the configuration does not know` : ''}`,
  );
}

function parseLine(text: string, place: string): Reading {
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
