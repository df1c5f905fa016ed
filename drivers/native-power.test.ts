import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPowerReader } from './native-power.ts';
import { Reading } from './reading.ts';

const arrival = {
  device: 'm017',
  atMs: 1773618131000,
  lane: 'm017',
  direction: 'unknown',
} as const;
const read = createPowerReader();
const readText = (text: string) => read(new TextEncoder().encode(text), arrival);

/** What JSON.parse and the schema make of a text; null where they refuse. */
function slowly(text: string) {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || 'kind' in value || 'device' in value)
      return null;
    const parsed = Reading.safeParse({
      atMs: arrival.atMs,
      ...value,
      kind: 'power',
      device: 'm017',
    });
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

test('a reading of three phases is read from its bytes', () => {
  const phases = [
    { voltageV: 228.1, currentA: 5.71, powerW: 1234.5, powerFactor: 0.95, thdPercent: 12.1 },
    { voltageV: 229, currentA: 0, powerW: -3.25, powerFactor: 1, reactiveVar: -7 },
    {},
  ];
  const said = { atMs: 1773618130000, powerW: 1234.5, phases, energyWh: 1, frequencyHz: 50.02 };
  expect(readText(JSON.stringify(said))).toEqual({ kind: 'power', device: 'm017', ...said });
  expect(readText(JSON.stringify({ powerW: -0.5 }))).toEqual({
    kind: 'power',
    device: 'm017',
    atMs: arrival.atMs,
    powerW: -0.5,
  });
});

test('blanks as Python writes them are read', () => {
  expect(readText(' { "atMs": 5, "phases": [ {"currentA": 1.5} , { } ], "powerW" :1}')).toBeNull();
  expect(readText(' { "atMs": 5, "phases": [ {"currentA": 1.5} , { } ], "powerW": 1 } ')).toEqual({
    kind: 'power',
    device: 'm017',
    atMs: 5,
    powerW: 1,
    phases: [{ currentA: 1.5 }, {}],
  });
});

for (const text of [
  '',
  '{',
  '{}',
  '{"powerW":1',
  '{"powerW":1,}',
  '{"powerW":01}',
  '{"powerW":1.}',
  '{"powerW":.5}',
  '{"powerW":+1}',
  '{"powerW":1e3}',
  '{"powerW":--1}',
  '{"powerW":1.2.3}',
  '{"powerW":}',
  '{"powerW":NaN}',
  '{"powerW":"1"}',
  '{"powerW":1}x',
  '{"powerW":1}{"powerW":1}',
  '{"powerW":1,"powerW":2}',
  '{"powerW":1,"powerw":2}',
  '{"powerW":1,"atMs":1.5}',
  '{"powerW":1,"atMs":-0}',
  '{"powerW":1,"atMs":-1}',
  '{"powerW":1,"energyWh":-1}',
  '{"powerW":1,"phases":[]}',
  '{"powerW":1,"phases":[{},{},{},{}]}',
  '{"powerW":1,"phases":[{"powerFactor":1.1}]}',
  '{"powerW":1,"phases":[{"energyWh":1}]}',
  '{"powerW":1,"phases":[{"currentA":1},]}',
  '{"powerW":1,"phases":{}}',
  '{"powerW":1,"phases":1}',
  '{"energyWh":1}',
  '[{"powerW":1}]',
  '{"powerW":1234567890123456}',
  '{"powerW":0.1234567890123456}',
  '{"powerW":1,"kind":"power"}',
  '{"power\\u0057":1}',
]) {
  test(`left to the slow way: ${text || 'nothing'}`, () => expect(readText(text)).toBeNull());
}

const name = fc.constantFrom(
  'atMs',
  'powerW',
  'phases',
  'neutralA',
  'energyWh',
  'residualMa',
  'temperatureC',
  'frequencyHz',
  'voltageV',
  'currentA',
  'powerFactor',
  'thdPercent',
  'reactiveVar',
  'kind',
);
const decimal = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 17n }), fc.integer({ min: 0, max: 18 }))
  .map(([isNegative, whole, scale]) => {
    const digits = String(whole).padStart(scale + 1, '0');
    const cut = digits.length - scale;
    return `${isNegative ? '-' : ''}${digits.slice(0, cut)}${scale > 0 ? `.${digits.slice(cut)}` : ''}`;
  });
const number = fc.oneof(
  { weight: 4, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String) },
  { weight: 4, arbitrary: decimal },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 2_000_000_000_000 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('null', '"1"', '1e5', '-0', '00', '', '{}', '[]') },
);
const gap = fc.constantFrom('', '', '', ' ', '\n');
const objectOf = (value: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(name, gap, value), { minLength: 0, maxLength: 6 })
    .map(
      (members) => `{${members.map(([key, blank, text]) => `"${key}":${blank}${text}`).join(',')}}`,
    );
const message = objectOf(
  fc.oneof(
    { weight: 3, arbitrary: number },
    { weight: 1, arbitrary: fc.array(objectOf(number), { maxLength: 4 }).map((all) => `[${all}]`) },
  ),
);

test('whatever it reads, JSON.parse and the schema read the same', () => {
  let taken = 0;
  fc.assert(
    fc.property(
      message,
      fc.constantFrom('', '"powerW":1,', '"atMs":7,"powerW":2.5,'),
      (text, before) => {
        const whole = `{${before}${text.slice(1)}`.replace(',}', '}');
        const fast = readText(whole);
        if (fast === null) return;
        taken += 1;
        expect(fast).toEqual(slowly(whole));
      },
    ),
    { numRuns: 5000 },
  );
  expect(taken).toBeGreaterThan(500);
});

test('a message with bytes changed, cut out or doubled is read as JSON.parse reads it, or left to it', () => {
  const text =
    '{"atMs":1773618130000,"powerW":1234.5,"phases":[{"voltageV":228.1,"currentA":2.11},{"powerFactor":0.97}],"energyWh":12}';
  const byte = fc.constantFrom(...'{}[]",:.-0159 eE+\n\\pA'.split(''));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(text.length), fc.nat(2), byte), { minLength: 1, maxLength: 3 }),
      (changes) => {
        let changed = text;
        for (const [at, cut, put] of changes)
          changed = changed.slice(0, at) + put + changed.slice(at + cut);
        const fast = readText(changed);
        if (fast !== null) expect(fast).toEqual(slowly(changed));
      },
    ),
    { numRuns: 20_000 },
  );
});

test('every decimal of at most fifteen digits is the double that JSON.parse makes of it', () => {
  fc.assert(
    fc.property(decimal, (text) => {
      const fast = readText(`{"powerW":${text}}`);
      if (fast !== null)
        expect(Object.is(fast.kind === 'power' && fast.powerW, JSON.parse(text))).toBe(true);
      else expect(text.replace(/\D/g, '').length).toBeGreaterThan(15);
    }),
    { numRuns: 5000 },
  );
});
