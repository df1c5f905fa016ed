import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CodecError } from './driver.ts';
import { isPowerReading, native, nativeTopic } from './native.ts';
import { Reading } from './reading.ts';

const nowMs = Date.UTC(2026, 2, 16);
const arrival = { device: 'm017', atMs: nowMs, lane: 'm017', direction: 'unknown' } as const;
const decode = (value: unknown, kind = 'power') => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const message = { topic: `gatehouse/v1/m017/${kind}`, body: new TextEncoder().encode(text) };
  return native.decode(message, {}, arrival, {});
};
const refusal = (value: unknown, kind?: string) => {
  try {
    decode(value, kind);
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    return (error as Error).message;
  }
  return 'taken';
};

test('the example of the contract is read as it stands', () => {
  const phases = [
    { voltageV: 228.1, currentA: 5.71, powerW: 1234.5, powerFactor: 0.95, thdPercent: 12.1 },
  ];
  expect(decode({ atMs: 1773618130000, powerW: 1234.5, phases })).toEqual([
    { kind: 'power', device: 'm017', atMs: 1773618130000, powerW: 1234.5, phases },
  ]);
});

test('a reading without time has the time of arrival', () => {
  expect(decode({ powerW: 1 })[0]?.atMs).toBe(nowMs);
});

test('an array of at most a hundred readings is read in its order', () => {
  const many = (n: number) => Array.from({ length: n }, (_, i) => ({ atMs: nowMs - i, powerW: i }));
  expect(decode(many(100))).toHaveLength(100);
  expect(refusal(many(101))).toMatch(/at most 100/);
  expect(refusal([])).toMatch(/without readings/);
});

test('every other kind is read by its topic', () => {
  const passage = { lane: 'in-1', direction: 'in', credential: 'card', result: 'registered' };
  expect(decode(passage, 'passage')).toEqual([
    { kind: 'passage', device: 'm017', atMs: nowMs, ...passage },
  ]);
  expect(decode({ online: true }, 'status')[0]?.kind).toBe('status');
});

for (const [what, value] of [
  ['null instead of a missing field', { powerW: null }],
  ['a number as text', { powerW: '12' }],
  ['an unknown field', { powerW: 1, powerKw: 1 }],
  ['four phases', { powerW: 1, phases: [{}, {}, {}, {}] }],
  ['no phase at all', { powerW: 1, phases: [] }],
  ['a power factor of 1.2', { powerW: 1, phases: [{ powerFactor: 1.2 }] }],
  ['a negative current', { powerW: 1, phases: [{ currentA: -1 }] }],
  ['an infinite number', '{"powerW":1e400}'],
  ['a prototype', '{"powerW":1,"__proto__":{"x":1}}'],
  ['a kind of its own', { kind: 'power', powerW: 1 }],
  ['half a message', '{"powerW":'],
  ['text', '"hello"'],
  ['a fractional time', { atMs: 1.5, powerW: 1 }],
  ['a time beyond all numbers', { atMs: 2 ** 53, powerW: 1 }],
  ['a time eleven minutes ahead', { atMs: nowMs + 11 * 60_000, powerW: 1 }],
  ['a byte order mark', '\uFEFF{"powerW":1}'],
] as const) {
  test(`refused: ${what}`, () => expect(refusal(value)).not.toBe('taken'));
}

test('bytes that are no UTF-8, and a body of 65 KB, are refused', () => {
  const body = (bytes: Uint8Array) => () =>
    native.decode({ topic: 'gatehouse/v1/m/power', body: bytes }, {}, arrival, {});
  expect(body(new Uint8Array([0x7b, 0xff, 0x7d]))).toThrow(CodecError);
  expect(body(new Uint8Array(65 * 1024))).toThrow(/at most/);
});

test('while the clock of the box is not set, the time of the device is taken as it is', () => {
  const message = {
    topic: 'gatehouse/v1/m017/power',
    body: new TextEncoder().encode(`{"atMs":${nowMs},"powerW":1}`),
  };
  expect(native.decode(message, {}, { ...arrival, atMs: 1000 }, {})[0]?.atMs).toBe(nowMs);
});

test('a device whose clock was never set is heard now: 1970, or for how long it has run, is no time', () => {
  for (const atMs of [0, 123_456, Date.UTC(1999, 11, 31)]) {
    expect(decode({ atMs, powerW: 1 })[0]?.atMs).toBe(nowMs);
    // By the other way as well, where members are ones that the fast one does not know.
    expect(decode({ online: true, atMs }, 'status')[0]?.atMs).toBe(nowMs);
    expect(
      decode([
        { atMs, powerW: 1 },
        { atMs, powerW: 2 },
      ]).map((one) => one.atMs),
    ).toEqual([nowMs, nowMs + 1]);
  }
  const early = Date.UTC(2020, 0, 1);
  expect(decode({ atMs: early, powerW: 1 })[0]?.atMs).toBe(early);
});

test('a refusal does not repeat what was said', () => {
  expect(
    refusal(
      {
        lane: 'in-1',
        direction: 'in',
        credential: 'plate',
        result: 'registered',
        plate: '沪A12345678901234567',
      },
      'passage',
    ),
  ).not.toContain('沪');
});

test('topics of other shapes are not ours', () => {
  expect(nativeTopic('gatehouse/v1/m017/power')).toEqual({ device: 'm017', kind: 'power' });
  for (const topic of [
    'gatehouse/v1/m017',
    'gatehouse/v2/m017/power',
    'gatehouse/v1/m017/power/x',
    'gatehouse/v1/m017/face',
  ]) {
    expect(nativeTopic(topic)).toBeNull();
  }
});

const figure = fc.oneof(
  fc.double(),
  fc.integer({ min: -2, max: 400 }),
  fc.constant(null),
  fc.constant('1'),
  fc.constant(1e308),
);
const phase = fc.dictionary(
  fc.constantFrom(
    'voltageV',
    'currentA',
    'powerW',
    'powerFactor',
    'thdPercent',
    'reactiveVar',
    'other',
  ),
  fc.oneof(
    { weight: 5, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
    { weight: 1, arbitrary: figure },
  ),
  { maxKeys: 6 },
);
const nearlyPower = fc.record(
  {
    atMs: fc.oneof(fc.integer({ min: 0, max: nowMs }), figure),
    powerW: fc.oneof(
      { weight: 5, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
      { weight: 1, arbitrary: figure },
    ),
    phases: fc.oneof(fc.array(phase, { maxLength: 4 }), figure),
    neutralA: figure,
    energyWh: figure,
    residualMa: figure,
    temperatureC: figure,
    frequencyHz: figure,
  },
  { requiredKeys: ['powerW'] },
);

test('the check by hand takes exactly what the schema takes', () => {
  fc.assert(
    fc.property(nearlyPower, (source) => {
      const value = JSON.parse(JSON.stringify(source));
      const schema = Reading.safeParse({
        ...value,
        atMs: value.atMs ?? nowMs,
        kind: 'power',
        device: 'm017',
      });
      const whole = { kind: 'power', device: 'm017', ...value };
      expect(isPowerReading(whole)).toBe(Reading.safeParse(whole).success);
      const absent = !('atMs' in value) || value.atMs !== null;
      expect(refusal(value) === 'taken').toBe(schema.success && absent);
    }),
    { numRuns: 3000 },
  );
});

test('no bytes make it throw anything but a CodecError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (body) => {
      try {
        for (const reading of native.decode(
          { topic: 'gatehouse/v1/m017/power', body },
          {},
          arrival,
          {},
        ))
          Reading.parse(reading);
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
      }
    }),
  );
});
