import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  encodeFrame,
  type Frame,
  functionOf,
  identifierOf,
  maxDataBytes,
  question,
  scanFrames,
} from './dlt645/frame.ts';
import { items } from './dlt645/items.ts';
import { dlt645 } from './dlt645.ts';
import { CodecError, type Message } from './driver.ts';
import type { PowerReading } from './reading.ts';

const address = fc.stringMatching(/^[0-9]{12}$/);
const frame: fc.Arbitrary<Frame> = fc.record({
  address,
  control: fc.nat(255),
  data: fc.uint8Array({ maxLength: maxDataBytes }),
});

test('no bytes at all make the driver throw anything but a CodecError', () => {
  const options = dlt645.options.parse({});
  const arrival = { device: 'm1', atMs: 1, lane: 'm1', direction: 'unknown' } as const;
  const readsOrRefuses = (message: Message) => {
    try {
      for (const reading of dlt645.decode(message, options, arrival, {})) {
        if (reading.kind === 'power') expect(Number.isFinite(reading.powerW)).toBe(true);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(CodecError);
    }
  };
  const valid = frame.map((one) => encodeFrame(one));
  // Frames that are whole and have something to say reach further than rubbish.
  const spoken = fc
    .tuple(address, fc.constantFrom(...items), fc.uint8Array({ maxLength: 20 }), fc.nat(255))
    .map(([from, { identifier }, data, control]) =>
      encodeFrame({
        address: from,
        control,
        data: Uint8Array.from([...question(from, identifier).data, ...data]),
      }),
    );
  const body = fc.oneof(fc.uint8Array({ maxLength: 300 }), valid, spoken);
  fc.assert(
    fc.property(body, fc.array(body, { maxLength: 3 }), (first, rest) =>
      readsOrRefuses({ body: first, rest: rest.map((one) => ({ body: one })) }),
    ),
    { numRuns: 2000 },
  );
});

const asked = (source: Record<string, unknown>): string[] =>
  (dlt645.polls?.(dlt645.options.parse(source)) ?? []).map((poll) => {
    if (poll.wire !== 'dlt645') throw new Error('not on this wire');
    const [one] = scanFrames(poll.frame).frames as [Frame];
    expect([0x11, 0x01]).toContain(functionOf(one));
    return identifierOf(one.data);
  });

test('a single-phase meter is asked four short questions, power first', () => {
  expect(asked({ address: '202603160101' })).toEqual([
    '02030000',
    '02020100',
    '02010100',
    '02060000',
  ]);
});

test('a three-phase meter is asked for blocks, and for each phase where it has none', () => {
  expect(asked({ phases: 3, items: ['voltage', 'current', 'thd', 'energy'] })).toEqual([
    '0203FF00',
    '0201FF00',
    '0202FF00',
    '02090100',
    '02090200',
    '02090300',
    '00010000',
  ]);
  expect(asked({ phases: 3, blocks: false, items: ['current'] })).toEqual([
    '02030000',
    '02030100',
    '02030200',
    '02030300',
    '02020100',
    '02020200',
    '02020300',
  ]);
});

test('a meter of the 1997 edition is asked in its own words, and not for what it never had', () => {
  expect(asked({ edition: '1997', items: ['current', 'thd', 'energy'] })).toEqual([
    'B630',
    'B621',
    '9010',
  ]);
});

const steps = (most: number, over: number) =>
  fc.integer({ min: 0, max: most }).map((n) => n / over);
const phase = fc.record({
  voltageV: steps(9999, 10),
  currentA: steps(799_999, 1000),
  powerW: fc.integer({ min: -799_999, max: 799_999 }).map((n) => n / 10 + 0),
  powerFactor: steps(1000, 1000),
  thdPercent: steps(9999, 100),
  reactiveVar: fc.integer({ min: -799_999, max: 799_999 }).map((n) => n / 10 + 0),
});

test('whatever a meter of three phases measures is said and understood, to its digits', () => {
  const reading: fc.Arbitrary<PowerReading> = fc.record({
    kind: fc.constant('power' as const),
    device: fc.constant('m1'),
    atMs: fc.constant(5),
    powerW: fc.integer({ min: -799_999, max: 799_999 }).map((n) => n / 10 + 0),
    phases: fc.array(phase, { minLength: 3, maxLength: 3 }),
    neutralA: steps(799_999, 1000),
    energyWh: fc.nat(99_999_999).map((n) => n * 10),
    frequencyHz: steps(9999, 100),
    temperatureC: fc.integer({ min: -7999, max: 7999 }).map((n) => n / 10 + 0),
  });
  const arrival = { device: 'm1', atMs: 5, lane: 'm1', direction: 'unknown' } as const;
  fc.assert(
    fc.property(reading, fc.boolean(), (one, blocks) => {
      const options = dlt645.options.parse({ phases: 3, blocks });
      const [message, ...others] = dlt645.encode(one, options);
      expect(others).toEqual([]);
      if (message) expect(dlt645.decode(message, options, arrival, {})).toEqual([one]);
    }),
  );
});
