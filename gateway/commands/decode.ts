import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { z } from 'zod';
import { CodecError, type Message } from '../../drivers/driver.ts';
import { guessDrivers } from '../../drivers/guess.ts';
import { driverById, drivers } from '../../drivers/index.ts';
import { Direction } from '../../drivers/reading.ts';
import { GatewayError } from '../errors.ts';
import { wholeNumber } from './options.ts';
import { tell, writeLine } from './output.ts';

interface Options {
  readonly driver?: string;
  readonly topic?: string;
  readonly device: string;
  readonly options: string;
  readonly at?: number;
}

/** Keys of --options that speak of the message or the place rather than of the device. */
const Circumstances = z.looseObject({
  start: z.int().min(0).max(65_535).optional(),
  contentType: z.string().optional(),
  lane: z.string().optional(),
  direction: Direction.optional(),
});

/** `gatehouse decode`: one captured message in, its readings out, or why it is refused. */
export function decodeCommand(): Command {
  return new Command('decode')
    .description('one captured message in, its readings out')
    .option(
      '--driver <id>',
      `which driver reads it; those that would are named if absent: ${drivers.map(({ id }) => id).join(', ')}`,
    )
    .option('--topic <topic>', 'the MQTT topic, or the path of an HTTP push')
    .option('--device <id>', 'name of the device', 'device')
    .option(
      '--options <json>',
      "the driver's options; also start, contentType, lane, direction",
      '{}',
    )
    .option('--at <ms>', 'time of arrival, ms since 1970 UTC; now if absent', wholeNumber)
    .argument('<file>', 'the raw bytes of the message')
    .action((file: string, options: Options) => decode(file, options));
}

async function decode(
  file: string,
  { driver: id, topic, device, options, at }: Options,
): Promise<void> {
  if (id === undefined) {
    await guess({ body: readBytes(file), ...(topic === undefined ? {} : { topic }) });
    return;
  }
  const driver = driverById(id);
  if (!driver) {
    throw new GatewayError(
      'USAGE',
      `No driver is called ${id}; known are ${drivers.map((one) => one.id).join(', ')}`,
    );
  }
  const { start, contentType, lane, direction, ...rest } = circumstances(options);
  const parsed = driver.options.safeParse(rest);
  if (!parsed.success)
    throw new GatewayError('USAGE', `--options: ${z.prettifyError(parsed.error)}`);
  const message: Message = {
    body: readBytes(file),
    ...(topic === undefined ? {} : { topic }),
    ...(start === undefined ? {} : { start }),
    ...(contentType === undefined ? {} : { contentType }),
  };
  const arrival = {
    device,
    atMs: at ?? Date.now(),
    lane: lane ?? device,
    direction: direction ?? 'unknown',
  };
  try {
    const readings = driver.decode(message, parsed.data, arrival, {});
    for (const reading of readings) await writeLine(reading);
    if (readings.length === 0)
      tell('Valid, but nothing to store: a heartbeat, a preview, or a part of a reading.');
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    tell(`refused: ${error.message}`);
    process.exitCode = 1;
  }
}

/** Which drivers would read a message that nobody knows, the likeliest first. */
async function guess(message: Message): Promise<void> {
  const found = guessDrivers(message);
  for (const id of found) await writeLine(id);
  if (found.length > 0) return;
  tell('no driver reads it with its options as they come; --driver says why one does not');
  process.exitCode = 1;
}

function circumstances(text: string): z.infer<typeof Circumstances> {
  try {
    return Circumstances.parse(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new GatewayError('USAGE', `--options: ${why}`, { cause });
  }
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new GatewayError('INPUT_UNREADABLE', `Cannot read ${file}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
