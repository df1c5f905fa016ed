import modbus from 'modbus-serial';
import { afterEach, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { startDlt645Bus } from '../../simulators/bus/dlt645-bus.ts';
import { parseSettings } from '../config/settings.ts';
import { GatewayError } from '../errors.ts';
import { createProgram } from './index.ts';

const undo: Array<() => unknown> = [];
afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  for (const one of undo.splice(0).reverse()) await one();
});

/** The command as it is typed; what it says on standard output and standard error. */
async function probe(...argv: readonly string[]) {
  let [out, told] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += text;
    return true;
  });
  try {
    await (await createProgram()).parseAsync(['node', 'gatehouse', 'probe', ...argv]);
  } finally {
    vi.restoreAllMocks();
  }
  return { out, told };
}

test('a DL/T 645 meter on a serial port is printed as it goes into gateway.yaml', async () => {
  const bus = await startDlt645Bus({
    baudRate: 38_400,
    meters: [
      {
        address: '003411001043',
        delayMs: 5,
        reading: () => ({ kind: 'power', device: '-', atMs: 0, powerW: 100, energyWh: 10 }),
      },
    ],
  });
  undo.push(bus.stop);
  const { out, told } = await probe('dlt645', '--port', bus.where, '--baud', '38400');
  const printed = parse(out);
  expect(printed.buses).toEqual([
    { id: 'bus-1', kind: 'dlt645', path: bus.where, baudRate: 38_400 },
  ]);
  // In quotes: without them YAML would read a number, and the zeros in front would be gone.
  expect(printed.devices[0].options).toEqual({ address: '003411001043', phases: 1 });
  expect(parseSettings({ site: { name: '杜巷' }, ...printed }).mistakes).toBeUndefined();
  expect(told).toMatch(/1 found/);
});

test('where nobody answers the exit is 1, and what to look at is said', async () => {
  const bus = await startDlt645Bus({ baudRate: 38_400, meters: [], end: 'tcp' });
  undo.push(bus.stop);
  const { out, told } = await probe(
    ...['dlt645', '--converter', bus.where, '--baud', '38400', '--timeout', '50'],
  );
  expect(out).toBe('');
  expect(told).toMatch(/Nobody answered\. A and B swapped\?/);
  expect(process.exitCode).toBe(1);
}, 30_000);

test('a Modbus unit behind a converter is printed, one line of JSON each', async () => {
  const server = new modbus.ServerTCP(
    { getHoldingRegister: () => 5 },
    { host: '127.0.0.1', port: 0, unitID: 3 },
  );
  await new Promise<void>((resolve) => server.on('initialized', () => resolve()));
  undo.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { out } = await probe(
    ...['modbus', '--converter', `127.0.0.1:${portOf(server)}`, '--to', '4'],
    ...['--timeout', '100', '--format', 'ndjson'],
  );
  expect(out).toBe('{"protocol":"modbus","unitId":3}\n');
});

for (const [argv, why] of [
  [['dlt645'], 'Name either --port or --converter'],
  [['dlt645', '--converter', 'nowhere'], 'is not HOST:PORT'],
  [['modbus', '--port', '/dev/ttyUSB0', '--from', '9', '--to', '3'], '--from is above --to'],
] as const) {
  test(`wrong usage is told: ${argv.join(' ')}`, async () => {
    await expect(probe(...argv)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(probe(...argv)).rejects.toThrow(why);
  });
}

test('a port that is not there is an error that says what to check', async () => {
  const failed = probe('dlt645', '--port', '/dev/no-such-port');
  await expect(failed).rejects.toBeInstanceOf(GatewayError);
  await expect(failed).rejects.toThrow(/no-such-port.*Check cable/);
});

test('every kind of bus has its help', async () => {
  await expect(probe('dlt645', '--help')).rejects.toMatchObject({ exitCode: 0 });
  await expect(probe('modbus', '--help')).rejects.toMatchObject({ exitCode: 0 });
});

/** The library does not tell which free port it took. */
function portOf(server: unknown): number {
  return (server as { _server: { address(): { port: number } } })._server.address().port;
}
