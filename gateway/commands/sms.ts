import { Command } from 'commander';
import { CodecError } from '../../drivers/driver.ts';
import { loadConfig } from '../config/load.ts';
import { readSecret } from '../config/secret.ts';
import { GatewayError } from '../errors.ts';
import { createLog } from '../log.ts';
import { decodePdu, encodeSms } from '../outbox/sms/pdu.ts';
import { wholeNumber } from './options.ts';
import { tell, writeLine } from './output.ts';

interface Encode {
  readonly to: string;
  readonly text: string;
  readonly reference?: number;
  readonly validity?: number;
  readonly report?: boolean;
}

interface Send {
  readonly config: string;
  readonly to: string;
  readonly text: string;
}

/** `gatehouse sms`: the PDUs of a message, what a PDU says, and a real message to try modem and SIM. */
export function smsCommand(): Command {
  const sms = new Command('sms').description('SMS: encode, decode, send one for a test');
  sms
    .command('encode')
    .description('the PDUs of a message, one a line in hex')
    .requiredOption('--to <number>', 'number, +86… or as it is dialled')
    .requiredOption('--text <text>', 'the text')
    .option('--reference <n>', 'joins the parts of a long text, 0 to 255', wholeNumber)
    .option('--validity <minutes>', 'how long the network tries', wholeNumber)
    .option('--report', 'ask for a status report')
    .action((options: Encode) => encode(options));
  sms
    .command('decode')
    .description('what PDUs say, one line of JSON each')
    .argument('<pdu...>', 'in hex, with the service-centre field in front')
    .action((pdus: readonly string[]) => decode(pdus));
  sms
    .command('send')
    .description('a real message over the configured modem; stop the gateway first')
    .requiredOption('--config <file>', 'the configuration')
    .requiredOption('--to <number>', 'number, +86…')
    .requiredOption('--text <text>', 'the text')
    .action((options: Send) => send(options));
  return sms;
}

async function encode({ to, text, reference, validity, report }: Encode): Promise<void> {
  if (reference !== undefined && reference > 255)
    throw new GatewayError('USAGE', '--reference: 0 to 255');
  const pdus = usable(() =>
    encodeSms({
      to,
      text,
      ...(reference === undefined ? {} : { reference }),
      ...(validity === undefined ? {} : { validityMin: validity }),
      ...(report ? { report } : {}),
    }),
  );
  for (const pdu of pdus) await writeLine(pdu);
}

/** What cannot be written as SMS is wrong usage, not a failure of the box. */
function usable<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof CodecError) throw new GatewayError('USAGE', cause.message, { cause });
    throw cause;
  }
}

async function decode(pdus: readonly string[]): Promise<void> {
  for (const pdu of pdus) {
    try {
      await writeLine(decodePdu(pdu.trim()));
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      tell(`refused: ${error.message}`);
      process.exitCode = 1;
    }
  }
}

async function send({ config: file, to, text }: Send): Promise<void> {
  const { config, baseDir } = loadConfig(file);
  const { modem } = config.sms;
  if (!modem) throw new GatewayError('CONFIG_INVALID', `${file} names no modem (sms.modem.path)`);
  usable(() => encodeSms({ to, text }));
  const { sendOnce } = await import('../outbox/sms/send-once.ts');
  const { pinFile } = modem;
  let asked = false;
  const sent = await sendOnce({
    path: modem.path,
    baudRate: modem.baudRate,
    to,
    text,
    log: createLog('silent'),
    onState: ({ state, reason }) => tell(`modem ${state}${reason ? `: ${reason}` : ''}`),
    ...(pinFile === undefined
      ? {}
      : {
          pin: () => {
            if (asked) return undefined;
            asked = true;
            return readSecret({ passwordFile: pinFile }, baseDir);
          },
        }),
  });
  const { report } = sent;
  await writeLine({
    parts: sent.parts,
    references: sent.references,
    ...(report ? { outcome: report.outcome, status: report.status } : { outcome: 'unknown' }),
  });
  if (report && report.outcome !== 'delivered') process.exitCode = 1;
}
