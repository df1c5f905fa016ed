import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Arrival, CodecError, type Driver, type Message, type Sample } from './driver.ts';
import { driverById, drivers } from './index.ts';
import { maxReadingsPerMessage, Reading } from './reading.ts';

const momentMs = 1773618130500;

function sampleBytes({ file, text, hex }: Sample): Uint8Array {
  if (file !== undefined) {
    return readFileSync(fileURLToPath(new URL(`samples/${file}`, import.meta.url)));
  }
  return hex === undefined
    ? new TextEncoder().encode(text ?? '')
    : Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
}

const arrivalOf = ({ arrival }: Sample): Arrival => ({
  device: 'sample',
  atMs: momentMs,
  lane: arrival?.device ?? 'sample',
  direction: 'unknown',
  ...arrival,
});

const messageOf = (sample: Sample): Message => ({
  body: sampleBytes(sample),
  ...(sample.topic === undefined ? {} : { topic: sample.topic }),
  ...(sample.contentType === undefined ? {} : { contentType: sample.contentType }),
  ...(sample.start === undefined ? {} : { start: sample.start }),
});

/** The messages of a sample: one, or a list of them. */
function messagesOf(sample: Sample): Message[] {
  if (!sample.list) return [messageOf(sample)];
  const said: { topic: string; payload: string }[] = JSON.parse(
    new TextDecoder().decode(sampleBytes(sample)),
  );
  return said.map(({ topic, payload }) => ({ topic, body: new TextEncoder().encode(payload) }));
}

/** The reading without the fields that the driver says its protocol has no place for. */
const carried = ({ omits = [] }: Driver, reading: Reading): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(reading).filter(([field]) => !omits.includes(`${reading.kind}.${field}`)),
  );

const again = (driver: Driver, reading: Reading, options: unknown, arrival: Arrival): Reading[] => {
  const memory = {};
  return driver
    .encode(reading, options)
    .flatMap((message) => driver.decode(message, options, arrival, memory));
};

test('every driver has an id of its own, samples, titles in Chinese and English, and its sources', () => {
  expect(new Set(drivers.map(({ id }) => id)).size).toBe(drivers.length);
  for (const driver of drivers) {
    expect(driverById(driver.id)).toBe(driver);
    expect(driver.title.zh).toMatch(/\p{Script=Han}/u);
    expect(driver.title.en).not.toMatch(/\p{Script=Han}/u);
    expect(driver.lacks.zh).toMatch(/\p{Script=Han}/u);
    expect(driver.sources.length).toBeGreaterThan(0);
    if (driver.id !== 'native') expect(driver.samples.length).toBeGreaterThan(0);
  }
});

for (const driver of drivers) {
  for (const sample of driver.samples) {
    const options = driver.options.parse(sample.options ?? {});
    const arrival = arrivalOf(sample);
    test(`${driver.id} reads and speaks: ${sample.note}`, () => {
      const decode = () => {
        const memory = {};
        return messagesOf(sample).flatMap((one) => driver.decode(one, options, arrival, memory));
      };
      if (sample.refused !== undefined) {
        expect(decode).toThrow(CodecError);
        expect(decode).toThrow(sample.refused);
        return;
      }
      expect(decode()).toEqual(sample.readings);
      for (const reading of sample.readings ?? []) {
        expect(Reading.parse(reading)).toEqual(reading);
        expect(driver.kinds).toContain(reading.kind);
        expect(again(driver, reading, options, arrival)).toEqual([reading]);
      }
    });
  }
}

/** Whatever was planted among the bytes: a CodecError, or readings that the journal takes. */
function readsOrRefuses(driver: Driver, message: Message, options: unknown): void {
  const arrival: Arrival = { device: 'd-1', atMs: momentMs, lane: 'lane-1', direction: 'in' };
  let readings: readonly Reading[];
  try {
    readings = driver.decode(message, options, arrival, {});
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    return;
  } finally {
    try {
      driver.reply?.(message, options, arrival);
      driver.answer?.(message, options);
    } catch (error) {
      expect(error).toBeInstanceOf(CodecError);
    }
  }
  expect(readings.length).toBeLessThanOrEqual(maxReadingsPerMessage);
  for (const reading of readings) {
    expect(Reading.parse(reading)).toEqual(reading);
    expect(reading.device).toBe('d-1');
  }
}

const mutated = (bytes: Uint8Array) =>
  fc
    .array(
      fc.record({
        at: fc.nat(Math.max(0, bytes.length - 1)),
        what: fc.constantFrom('flip', 'cut', 'insert', 'double', 'digit'),
        byte: fc.nat(255),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map((changes) => {
      let result = Buffer.from(bytes);
      for (const { at, what, byte } of changes) {
        if (what === 'flip') result[at % Math.max(1, result.length)] = byte;
        else if (what === 'digit') result[at % Math.max(1, result.length)] = 0x30 + (byte % 10);
        else if (what === 'cut') result = result.subarray(0, at);
        else if (what === 'insert') {
          result = Buffer.concat([
            result.subarray(0, at),
            Buffer.from([byte]),
            result.subarray(at),
          ]);
        } else result = Buffer.concat([result.subarray(0, at), result]);
      }
      return result;
    });

for (const driver of drivers) {
  test(`no bytes at all make ${driver.id} throw anything but a CodecError, or return half a reading`, () => {
    const plain = driver.options.safeParse({});
    const samples = driver.samples.flatMap((sample) =>
      messagesOf(sample).map((message) => ({
        message,
        options: driver.options.parse(sample.options ?? {}),
      })),
    );
    if (plain.success) {
      const some = fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.json({ maxDepth: 4 }).map((text) => new TextEncoder().encode(text)),
        fc.string({ maxLength: 100 }).map((text) => new TextEncoder().encode(text)),
      );
      fc.assert(
        fc.property(some, (body) => readsOrRefuses(driver, { body }, plain.data)),
        { numRuns: 200 },
      );
    }
    for (const { message, options } of samples) {
      fc.assert(
        fc.property(mutated(message.body), (body) =>
          readsOrRefuses(driver, { ...message, body }, options),
        ),
        { numRuns: 60 },
      );
    }
  });
}

const second = fc
  .integer({ min: Date.UTC(2026, 0, 1) / 1000, max: Date.UTC(2026, 11, 31) / 1000 })
  .map((s) => s * 1000);
const plate = fc
  .tuple(
    fc.constantFrom('沪', '浙', '粤', '黑', '苏'),
    fc.constantFrom('A', 'B', 'F', 'O'),
    fc.string({
      unit: fc.constantFrom(...'0123456789ABCDEFGHJKLMNPQRSTUVWXYZ'),
      minLength: 5,
      maxLength: 6,
    }),
  )
  .map((parts) => parts.join(''));
const heard = { device: fc.constantFrom('cam-1', 'd7'), atMs: second };
const lane = fc.constant('lane-1');
/** A face at a door has no plate and no vehicle; among passages of all sorts it would hardly be drawn. */
const facePassage = fc.record(
  {
    ...heard,
    kind: fc.constant('passage' as const),
    lane,
    direction: fc.constantFrom('in' as const, 'out' as const),
    credential: fc.constant('face' as const),
    result: fc.constantFrom('registered', 'visitor', 'unknown', 'rejected' as const),
    replayed: fc.constant(true),
  },
  { requiredKeys: ['device', 'atMs', 'kind', 'lane', 'direction', 'credential', 'result'] },
);
const gateReading: fc.Arbitrary<Reading> = fc.oneof(
  facePassage,
  fc
    .record(
      {
        ...heard,
        kind: fc.constant('passage' as const),
        lane,
        direction: fc.constantFrom('in' as const, 'out' as const),
        credential: fc.constantFrom('plate', 'none', 'card', 'face', 'qr', 'manual' as const),
        result: fc.constantFrom('registered', 'visitor', 'unknown', 'rejected' as const),
        plate,
        vehicle: fc.constantFrom('car', 'truck', 'bus', 'motorcycle', 'ebike' as const),
        event: fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,30}[A-Za-z0-9]$/),
        replayed: fc.constant(true),
      },
      { requiredKeys: ['device', 'atMs', 'kind', 'lane', 'direction', 'credential', 'result'] },
    )
    .map(({ plate: read = '沪A12345', ...passage }) =>
      passage.credential === 'plate' ? { ...passage, plate: read } : passage,
    ),
  fc.record({
    ...heard,
    kind: fc.constant('barrier' as const),
    lane,
    state: fc.constantFrom('closed', 'open', 'moving', 'fault', 'unknown' as const),
  }),
  fc.record({
    ...heard,
    kind: fc.constant('presence' as const),
    lane,
    input: fc.constantFrom('loop', 'queue', 'in2', 'in3'),
    occupied: fc.boolean(),
  }),
);

const ofGates = drivers.filter(
  ({ kinds }) => !kinds.includes('power') && kinds.some((kind) => kind !== 'status'),
);
for (const driver of ofGates) {
  test(`what ${driver.id} can say at all it also understands`, () => {
    const options = driver.options.parse({});
    let spoken = 0;
    fc.assert(
      fc.property(gateReading, (reading) => {
        const direction = reading.kind === 'passage' ? reading.direction : 'unknown';
        const arrival = { device: reading.device, atMs: reading.atMs, lane: 'lane-1', direction };
        let heardAgain: Reading[];
        try {
          heardAgain = again(driver, reading, options, arrival);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
          return;
        }
        spoken += 1;
        expect(heardAgain.map((one) => carried(driver, one))).toEqual([carried(driver, reading)]);
      }),
      { numRuns: 400 },
    );
    expect(spoken).toBeGreaterThan(0);
  });
}

test('the samples are counted', () => {
  const files = new Set(
    drivers.flatMap(({ samples }) => samples.flatMap(({ file }) => file ?? [])),
  );
  const all = drivers.reduce((sum, { samples }) => sum + samples.length, 0);
  console.info(`${drivers.length} drivers, ${all} samples, ${files.size} files of them`);
  expect(all).toBeGreaterThan(0);
});
