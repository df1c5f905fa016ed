import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PowerReading } from '../../drivers/reading.ts';
import { BlobError, createBlobEncoder, decodeBlob } from './blob.ts';
import { rowsOf } from './trial.ts';

const numbers = new Map<string, number>();
const numberOf = (device: string) => {
  if (!numbers.has(device)) numbers.set(device, numbers.size + 1);
  return numbers.get(device) ?? 0;
};
const nameOf = (number: number) => [...numbers].find(([, n]) => n === number)?.[0] ?? '?';
const encoder = createBlobEncoder();
const same = (place: number) => place;
const encode = (readings: readonly PowerReading[]) =>
  encoder.encode(rowsOf(readings, numberOf), same);
const back = (readings: PowerReading[]) => decodeBlob(encode(readings), nameOf);

const figure = fc.oneof(
  fc.integer({ min: 0, max: 100_000 }).map((n) => n / 10),
  fc.integer({ min: 0, max: 100_000 }).map((n) => n / 1000),
  fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
);
const signed = fc.oneof(
  figure,
  figure.map((n) => -n),
);
const phase = fc.record(
  {
    voltageV: figure,
    currentA: figure,
    powerW: signed,
    powerFactor: fc.double({ min: 0, max: 1, noNaN: true }),
    thdPercent: figure,
    reactiveVar: signed,
  },
  { requiredKeys: [] },
);
const reading = fc.record(
  {
    kind: fc.constant('power' as const),
    device: fc.constantFrom('m1', 'm2', 'm473'),
    atMs: fc.integer({ min: 0, max: 4e12 }),
    powerW: signed,
    phases: fc.array(phase, { minLength: 1, maxLength: 3 }),
    neutralA: figure,
    energyWh: fc.oneof(figure, fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
    residualMa: figure,
    temperatureC: signed,
    frequencyHz: figure,
  },
  { requiredKeys: ['kind', 'device', 'atMs', 'powerW'] },
);

test('what was packed comes back to the last digit, missing stays missing', () => {
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 40 }), (readings) => {
      // fast-check makes objects without a prototype; what a driver makes are plain ones.
      const plain = structuredClone(readings) as PowerReading[];
      expect(back(plain)).toStrictEqual(plain);
    }),
    { numRuns: 500 },
  );
});

test('473 meters of six figures take less than 34 bytes each', () => {
  const readings = Array.from({ length: 473 }, (_, i): PowerReading => {
    const powerW = Math.round(1200 + 900 * Math.sin(i * 7.3)) + 0.5;
    const phases = [
      {
        voltageV: 228.1 + (i % 9) / 10,
        currentA: 5.71 + (i % 40) / 100,
        powerW,
        powerFactor: 0.95 - (i % 5) / 100,
        thdPercent: 12 + (i % 30) / 10,
      },
    ];
    return { kind: 'power', device: 'm1', atMs: 1_773_618_130_000 + i, powerW, phases };
  });
  // An encoder of its own: what others packed before decides how it begins.
  const bytes =
    createBlobEncoder().encode(
      rowsOf(readings, () => 1),
      same,
    ).length / readings.length;
  expect(bytes).toBeLessThan(34);
});

test('a block that was cut or changed is refused, whatever the byte', () => {
  const block = encode([{ kind: 'power', device: 'm1', atMs: 5, powerW: 1.5 }]);
  for (let i = 0; i < block.length; i += 1) {
    const bent = Buffer.from(block);
    bent[i] = (bent[i] ?? 0) ^ 0x10;
    expect(() => decodeBlob(bent, nameOf)).toThrow(BlobError);
    expect(() => decodeBlob(block.subarray(0, i), nameOf)).toThrow(BlobError);
  }
});

test('an empty block holds nothing', () => expect(back([])).toEqual([]));
