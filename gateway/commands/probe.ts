import { Command, InvalidArgumentError, Option } from 'commander';
import { wholeNumber } from './options.ts';
import { type Dlt645Options, probeDlt645 } from './probe-dlt645.ts';
import { type ModbusOptions, probeModbus } from './probe-modbus.ts';

/** `gatehouse probe`: who is on a bus. It only reads, and prints what to put into gateway.yaml. */
export function probeCommand(): Command {
  const probe = new Command('probe').description(
    'finds meters on an RS-485 bus or behind a converter; it only reads',
  );
  placed(probe.command('dlt645'), { baud: [2400], parity: 'even', timeout: 700 })
    .description('addresses of DL/T 645 meters, and whether they have one phase or three')
    .addOption(
      new Option('--edition <year>', 'edition that the meters speak')
        .choices(['2007', '1997'])
        .default('2007'),
    )
    .option('--deep', 'go through all addresses though one meter answered alone (a minute or more)')
    .action((options: Dlt645Options) => probeDlt645(options));
  placed(probe.command('modbus'), { baud: [9600], parity: 'none', timeout: 300 })
    .description('unit ids that answer')
    .addOption(
      new Option(
        '--frames <kind>',
        'what the converter speaks: Modbus TCP, or RTU passed on as it is',
      )
        .choices(['tcp', 'rtu'])
        .default('tcp'),
    )
    .option('--from <id>', 'first unit id', unitId, 1)
    .option('--to <id>', 'last unit id', unitId, 247)
    .action((options: ModbusOptions) => probeModbus(options));
  return probe;
}

/** The options of every kind of bus. */
function placed(
  command: Command,
  factory: { readonly baud: readonly number[]; readonly parity: string; readonly timeout: number },
): Command {
  return command
    .option('--port <path>', 'serial port: /dev/ttyUSB0')
    .option('--converter <host:port>', 'converter from RS-485 to Ethernet')
    .option('--baud <rates>', 'bit/s; several are tried in turn: 2400,9600', rates, factory.baud)
    .addOption(
      new Option('--parity <kind>', 'of the serial port')
        .choices(['none', 'even', 'odd'])
        .default(factory.parity),
    )
    .addOption(
      new Option('--stop-bits <n>', 'of the serial port')
        .choices(['1', '2'])
        .default(1)
        .argParser(Number),
    )
    .option('--timeout <ms>', 'how long a device may take to answer', wholeNumber, factory.timeout)
    .addOption(
      new Option('--format <kind>', 'yaml for gateway.yaml, or one line of JSON for each')
        .choices(['yaml', 'ndjson'])
        .default('yaml'),
    )
    .option('--bus <id>', 'name of the bus in what is printed', 'bus-1')
    .addHelpText(
      'after',
      '\nStop the gateway first: two masters on one line talk into each other.\nResults go to standard output. Exit: 0 somebody was found, 1 nobody or failed, 2 wrong usage.',
    );
}

function rates(text: string): readonly number[] {
  const all = text.split(',').map(Number);
  if (all.some((rate) => !Number.isInteger(rate) || rate < 300 || rate > 921_600))
    throw new InvalidArgumentError('rates in bit/s with commas between, 300 to 921600');
  return all;
}

function unitId(text: string): number {
  const id = wholeNumber(text);
  if (id < 1 || id > 247) throw new InvalidArgumentError('a unit id is 1 to 247');
  return id;
}
