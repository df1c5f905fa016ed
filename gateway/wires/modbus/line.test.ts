import modbus from 'modbus-serial';
import { afterEach, expect, test } from 'vitest';
import { ddsu666 } from '../../../drivers/ddsu666.ts';
import type { Driver, Poll } from '../../../drivers/driver.ts';
import { pzem004t } from '../../../drivers/pzem004t.ts';
import type { PowerReading } from '../../../drivers/reading.ts';
import { sdm630 } from '../../../drivers/sdm630.ts';
import { type ModbusBusPlan, startModbusBus } from '../../../simulators/bus/modbus-bus.ts';
import type { ModbusMeterPlan } from '../../../simulators/bus/modbus-meter.ts';
import { createRandom } from '../../../simulators/random.ts';
import { type Device, toDevice } from '../../config/device.ts';
import { BusConfig } from '../../config/schema.ts';
import { type Line, NoAnswer } from '../poll/line.ts';
import { openModbusRtu, openModbusTcp } from './line.ts';
import { findUnits } from './search.ts';

const baudRate = 38_400;
const timeoutMs = 200;
const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const now: PowerReading = {
  kind: 'power',
  device: 'm1',
  atMs: 5,
  powerW: 178.4,
  phases: [{ voltageV: 229.7, currentA: 1.378, powerW: 178.4, powerFactor: 0.564 }],
  energyWh: 317760,
  frequencyHz: 50.03,
};
const meter = (unitId: number, rest: Partial<ModbusMeterPlan> = {}): ModbusMeterPlan => ({
  unitId,
  driver: ddsu666,
  reading: () => now,
  delayMs: 10,
  ...rest,
});

async function busOf(
  meters: readonly ModbusMeterPlan[],
  how: Partial<ModbusBusPlan> = {},
): Promise<{ bus: Awaited<ReturnType<typeof startModbusBus>>; line: Line }> {
  const bus = await startModbusBus({ meters, baudRate, ...how });
  undo.push(bus.stop);
  const line = await opened(bus.where, how.end);
  return { bus, line };
}

async function opened(where: string, end: ModbusBusPlan['end']): Promise<Line> {
  const kind = end === 'tcp' ? 'modbus-tcp' : 'modbus-rtu';
  const place = end === undefined || end === 'pty' ? { path: where } : { address: where };
  const open = end === 'tcp' ? openModbusTcp : openModbusRtu;
  const line = await open(
    BusConfig.parse({ id: 'b1', kind, baudRate, timeoutMs, ...place }),
    undefined,
  );
  undo.push(line.close);
  return line;
}

const deviceOf = (driver: Driver, options: Record<string, unknown>): Device =>
  toDevice({ id: 'm1', driver: driver.id }, driver, driver.options.parse(options), 'unknown');
const arrival = { device: 'm1', atMs: 5, lane: 'm1', direction: 'unknown' } as const;

async function read(line: Line, options: Record<string, unknown>, driver: Driver = ddsu666) {
  const device = deviceOf(driver, options);
  const answers = [];
  for (const poll of driver.polls?.(device.options) ?? [])
    answers.push(await line.ask(poll, device));
  const [first, ...rest] = answers;
  if (!first) throw new Error('nothing was asked');
  return driver.decode({ ...first, rest }, device.options, arrival, {});
}

const question = (unitId: number, start = 0x2000, count = 16): Poll => ({
  wire: 'modbus',
  unitId,
  code: 3,
  start,
  count,
});
const any = deviceOf(ddsu666, {});
const why = async (answer: Promise<unknown>): Promise<string> =>
  answer.then(
    () => 'answered',
    (error) => (error instanceof NoAnswer ? error.why : `line: ${error.message}`),
  );

for (const end of ['pty', 'converter', 'tcp'] as const) {
  test(`a round of a meter over ${end} is its reading`, async () => {
    const { line, bus } = await busOf([meter(1), meter(2, { dead: true })], { end });
    expect(await read(line, { unitId: 1 })).toEqual([now]);
    expect(bus.asked()).toBe(2);
    expect(bus.writes()).toBe(0);
  });

  test(`over ${end} silence, rubbish and refusals are told apart`, async () => {
    const meters = [meter(1, { garble: 1 }), meter(3), meter(4, { exception: 6 })];
    const { line } = await busOf(meters, { end });
    const startMs = performance.now();
    expect(await why(line.ask(question(2), any))).toBe('silent');
    expect(performance.now() - startMs).toBeLessThan(timeoutMs + 150);
    expect(await why(line.ask(question(1), any))).toBe('garbled');
    expect(await why(line.ask(question(1), any))).toBe('answered');
    await expect(line.ask(question(3, 0x0100), any)).rejects.toMatchObject({
      why: 'refused',
      message: 'refused: it has no such register',
    });
    expect(await why(line.ask(question(4), any)), 'busy: worth another try').toBe('garbled');
  });

  test(`over ${end} an answer that comes too late is taken for nothing else`, async () => {
    const one = meter(1, { delayMs: timeoutMs + 80 });
    const { line } = await busOf([one], { end });
    expect(await why(line.ask(question(1), any))).toBe('silent');
    one.delayMs = 10;
    const late = await line.ask(question(1, 0x4000, 2), any);
    expect(late.start).toBe(0x4000);
    await new Promise((resolve) => setTimeout(resolve, 120));
    one.delayMs = timeoutMs + 80;
    expect(await why(line.ask(question(1, 0x4000, 2), any))).toBe('silent');
    one.delayMs = 10;
    // As many registers of the same unit from elsewhere: on a line nothing but time tells them apart.
    const { body } = await line.ask(question(1, 0x2000, 2), any);
    expect(Buffer.from(body).readFloatBE(3)).toBeCloseTo(229.7, 3);
  });
}

test('an adapter that hears itself, and noise before an answer, do not matter', async () => {
  const { line, bus } = await busOf([meter(1)], { echo: true });
  expect(await read(line, { unitId: 1 })).toEqual([now]);
  const asked = read(line, { unitId: 1 });
  bus.disturb(Uint8Array.of(0, 0xff, 1, 3, 0xfa));
  expect(await asked).toEqual([now]);
});

test('on a bad line answers are lost, and never wrong', async () => {
  const { line, bus } = await busOf([meter(1)], { end: 'converter' });
  const random = createRandom(485);
  const noise = setInterval(
    () =>
      bus.disturb(Uint8Array.from({ length: random.integer(1, 3) }, () => random.integer(0, 255))),
    23,
  );
  undo.push(() => clearInterval(noise));
  const heard = { answered: 0, silent: 0, garbled: 0, refused: 0 };
  for (let n = 0; n < 40; n += 1) {
    try {
      const message = await line.ask(question(1), any);
      const read_ = ddsu666.decode(message, ddsu666.options.parse({}), arrival, {});
      expect(read_).toMatchObject([{ powerW: now.powerW }]);
      heard.answered += 1;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      heard[error.why] += 1;
    }
  }
  console.info('answers on a bad Modbus line:', heard);
  expect(heard.answered).toBeGreaterThan(5);
  expect(heard.answered + heard.garbled).toBe(40);
});

test('a converter that tells that nobody answers is believed', async () => {
  const { line } = await busOf([meter(1)], { end: 'tcp', tellsNobody: true });
  expect(await why(line.ask(question(9), any))).toBe('silent');
  expect(await read(line, { unitId: 1 })).toEqual([now]);
});

test('another protocol on a Modbus TCP connection is a failure of the line', async () => {
  const { line, bus } = await busOf([meter(1, { dead: true })], { end: 'tcp' });
  const asked = why(line.ask(question(1), any));
  await new Promise((resolve) => setTimeout(resolve, 30));
  bus.disturb(new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n\r\n'));
  expect(await asked).toBe('line: This is not Modbus TCP');
  expect(await why(line.ask(question(1), any))).toBe('line: This is not Modbus TCP');
});

test('a port that is pulled out and a converter that hangs up are failures of the line', async () => {
  for (const end of ['pty', 'tcp'] as const) {
    const { line, bus } = await busOf([meter(1, { dead: true })], { end });
    const asked = why(line.ask(question(1), any));
    await new Promise((resolve) => setTimeout(resolve, 30));
    await bus.stop();
    expect(await asked).toMatch(/^line: /);
    expect(await why(line.ask(question(1), any))).toMatch(/^line: /);
  }
});

test('three phases with harmonics, and a meter with its low word first, say the same at the far end', async () => {
  const phase = { voltageV: 230.2, currentA: 8.455, powerW: 1812, powerFactor: 0.931 };
  const three: PowerReading = {
    ...now,
    powerW: 5436,
    phases: [12.4, 138.9, 9.7].map((thdPercent) => ({ ...phase, thdPercent, reactiveVar: 710.4 })),
    neutralA: 3.25,
  };
  const { line } = await busOf([
    meter(1, { driver: sdm630, reading: () => three }),
    meter(2, { driver: pzem004t, reading: () => ({ ...now, frequencyHz: 50 }) }),
  ]);
  expect(await read(line, { unitId: 1 }, sdm630)).toEqual([three]);
  expect(await read(line, { unitId: 2 }, pzem004t)).toMatchObject([
    { powerW: 178.4, energyWh: 317760, phases: [{ currentA: 1.378, powerFactor: 0.56 }] },
  ]);
});

test('a server that others have written is asked as well', async () => {
  const at = (start: number, value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatBE(value);
    return [
      [start, bytes.readUInt16BE(0)],
      [start + 1, bytes.readUInt16BE(2)],
    ] as const;
  };
  const registers = new Map([
    ...at(0x2000, 229.7),
    ...at(0x2002, 1.378),
    ...at(0x2004, 0.1784),
    ...at(0x4000, 317.76),
  ]);
  const server = new modbus.ServerTCP(
    { getHoldingRegister: (address: number) => registers.get(address) ?? 0 },
    { host: '127.0.0.1', port: 0, unitID: 7 },
  );
  undo.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const where = await new Promise<string>((resolve) =>
    server.on('initialized', () =>
      resolve(
        `127.0.0.1:${(server as unknown as { _server: { address(): { port: number } } })._server.address().port}`,
      ),
    ),
  );
  const line = await opened(where, 'tcp');
  expect(await read(line, { unitId: 7 })).toMatchObject([
    { powerW: 178.4, energyWh: 317760, phases: [{ voltageV: 229.7 }] },
  ]);
});

test('a client that others have written finds the units of the simulated bus', async () => {
  const { where, stop, writes } = await startModbusBus({
    meters: [meter(2), meter(5)],
    end: 'tcp',
  });
  undo.push(stop);
  const found = await findUnits({ address: where, frames: 'tcp' }, { from: 1, to: 6, timeoutMs });
  expect(found).toEqual({ units: [2, 5], unread: false });
  expect(writes()).toBe(0);
});
