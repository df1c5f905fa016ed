import { afterEach, expect, test } from 'vitest';
import { encodeFrame, question } from '../../../drivers/dlt645/frame.ts';
import { dlt645 } from '../../../drivers/dlt645.ts';
import type { Poll } from '../../../drivers/driver.ts';
import type { PowerReading } from '../../../drivers/reading.ts';
import { startDlt645Bus } from '../../../simulators/bus/dlt645-bus.ts';
import type { MeterPlan } from '../../../simulators/bus/dlt645-meter.ts';
import { createRandom } from '../../../simulators/random.ts';
import { type Device, toDevice } from '../../config/device.ts';
import { BusConfig } from '../../config/schema.ts';
import { type Line, NoAnswer } from '../poll/line.ts';
import { maxParts, openDlt645 } from './line.ts';

/** Sixteen times as fast as meters are delivered, so that the tests are. */
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
  powerW: 178.5,
  phases: [{ voltageV: 229.7, currentA: 1.378, powerW: 178.5, powerFactor: 0.587 }],
};
const meter = (address: string, rest: Partial<MeterPlan> = {}): MeterPlan => ({
  address,
  reading: () => now,
  delayMs: 20,
  ...rest,
});
const [one, two] = ['202603160101', '202603160102'];

async function busOf(
  meters: readonly MeterPlan[],
  how: { readonly end?: 'pty' | 'tcp'; readonly echo?: boolean } = {},
) {
  const bus = await startDlt645Bus({ meters, baudRate, ...how });
  undo.push(bus.stop);
  const place =
    how.end === 'tcp'
      ? { kind: 'dlt645-tcp', address: bus.where }
      : { kind: 'dlt645', path: bus.where };
  const line = await openDlt645(
    BusConfig.parse({ id: 'b1', baudRate, timeoutMs, ...place }),
    undefined,
  );
  undo.push(line.close);
  return { bus, line };
}

const deviceOf = (options: Record<string, unknown>): Device =>
  toDevice({ id: 'm1', driver: 'dlt645' }, dlt645, dlt645.options.parse(options), 'unknown');
const arrival = { device: 'm1', atMs: 5, lane: 'm1', direction: 'unknown' } as const;

async function read(line: Line, options: Record<string, unknown>) {
  const device = deviceOf(options);
  const answers = [];
  for (const poll of dlt645.polls?.(device.options) ?? [])
    answers.push(await line.ask(poll, device));
  const [first, ...rest] = answers;
  if (!first) throw new Error('nothing was asked');
  return dlt645.decode({ ...first, rest }, device.options, arrival, {});
}

const item = (address: string, identifier = '02030000'): Poll => ({
  wire: 'dlt645',
  frame: encodeFrame(question(address, identifier), 4),
});
const why = async (answer: Promise<unknown>): Promise<string> =>
  answer.then(
    () => 'answered',
    (error) => (error instanceof NoAnswer ? error.why : `line: ${error.message}`),
  );

for (const end of ['pty', 'tcp'] as const) {
  test(`a round of a meter on ${end === 'pty' ? 'a real serial line' : 'a converter'} is its reading`, async () => {
    const { line, bus } = await busOf([meter(one), meter(two)], { end });
    expect(await read(line, { address: one })).toEqual([now]);
    expect(bus.asked()).toBe(4);
    expect(bus.writes()).toBe(0);
  });
}

test('an adapter that hears itself, and noise before every answer, do not matter', async () => {
  const noise = Uint8Array.of(0, 0xff, 0x68, 0x11, 0x68);
  const { line } = await busOf([meter(one, { noise })], { echo: true });
  expect(await read(line, { address: one })).toEqual([now]);
});

test('a meter that is not there is silent, and costs no more than the time it was given', async () => {
  const { line } = await busOf([meter(one)]);
  const startMs = performance.now();
  expect(await why(line.ask(item(two), deviceOf({ address: two })))).toBe('silent');
  expect(performance.now() - startMs).toBeLessThan(timeoutMs + 100);
});

test('an answer with a wrong checksum is no answer, and the next one is read', async () => {
  const { line } = await busOf([meter(one, { garble: 1 })]);
  expect(await why(line.ask(item(one), deviceOf({})))).toBe('garbled');
  expect(await why(line.ask(item(one), deviceOf({})))).toBe('answered');
});

test('what a meter does not know it refuses in words', async () => {
  const { line } = await busOf([meter(one)]);
  const refused = line.ask(item(one, '02090100'), deviceOf({}));
  await expect(refused).rejects.toMatchObject({ why: 'refused', message: 'refused: no such data' });
});

test('an answer in parts is read to its end, up to a limit', async () => {
  const three: PowerReading = {
    ...now,
    phases: [{ powerW: 60 }, { powerW: 60.5 }, { powerW: 58 }],
  };
  const { line } = await busOf([
    meter(one, { reading: () => three, partBytes: 5 }),
    meter(two, { reading: () => three, partBytes: 0 }),
  ]);
  expect(await read(line, { address: one, phases: 3, items: ['power'] })).toEqual([three]);
  const endless = line.ask(item(two, '0203FF00'), deviceOf({}));
  await expect(endless).rejects.toThrow(`after ${maxParts} parts`);
});

test('an answer that comes too late is not taken for the next meter', async () => {
  const slow = meter(one, { delayMs: timeoutMs + 60 });
  const { line } = await busOf([slow, meter(two, { delayMs: 150 })]);
  expect(await why(line.ask(item(one), deviceOf({})))).toBe('silent');
  const { body } = await line.ask(item(two), deviceOf({}));
  expect(dlt645.decode({ body }, dlt645.options.parse({ address: two }), arrival, {})).toHaveLength(
    1,
  );
});

test('noise that never ends holds the bus for a second or two, not for ever', async () => {
  const { line, bus } = await busOf([]);
  const noise = setInterval(() => bus.disturb(Uint8Array.of(0x68, 0x13, 0x37)), 20);
  undo.push(() => clearInterval(noise));
  const startMs = performance.now();
  expect(await why(line.ask(item(one), deviceOf({})))).toBe('garbled');
  expect(performance.now() - startMs).toBeLessThan(2500);
});

test('on a bad line answers are lost, and never wrong', async () => {
  const { line, bus } = await busOf([meter(one)], { end: 'tcp' });
  const random = createRandom(645);
  const noise = setInterval(
    () =>
      bus.disturb(Uint8Array.from({ length: random.integer(1, 3) }, () => random.integer(0, 255))),
    23,
  );
  undo.push(() => clearInterval(noise));
  const heard = { answered: 0, silent: 0, garbled: 0, refused: 0 };
  const options = dlt645.options.parse({ address: one });
  for (let n = 0; n < 40; n += 1) {
    try {
      const message = await line.ask(item(one), deviceOf({}));
      expect(dlt645.decode(message, options, arrival, {})).toMatchObject([{ powerW: now.powerW }]);
      heard.answered += 1;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      heard[error.why] += 1;
    }
  }
  console.info('answers on a bad line:', heard);
  expect(heard.answered).toBeGreaterThan(5);
  expect(heard.answered + heard.garbled).toBe(40);
  expect(heard.refused).toBe(0);
});

test('a port that is pulled out is a failure of the line, not of the meter', async () => {
  const { line, bus } = await busOf([meter(one, { dead: true })]);
  const asked = why(line.ask(item(one), deviceOf({})));
  await bus.stop();
  expect(await asked).toMatch(/^line: /);
  expect(await why(line.ask(item(one), deviceOf({})))).toMatch(/^line: /);
});

test('a converter that hangs up, and one that is not there, are failures of the line', async () => {
  const { line, bus } = await busOf([meter(one, { dead: true })], { end: 'tcp' });
  const asked = why(line.ask(item(one), deviceOf({})));
  await new Promise((resolve) => setTimeout(resolve, 30));
  await bus.stop();
  expect(await asked).toMatch(/^line: .*hung up/);
  const gone = BusConfig.parse({ id: 'b1', kind: 'dlt645-tcp', address: bus.where });
  await expect(openDlt645(gone, undefined)).rejects.toThrow(/Cannot reach/);
});
