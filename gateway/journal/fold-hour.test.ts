import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PowerReading } from '../../drivers/reading.ts';
import { sealed, unsealed } from './blob.ts';
import { columnsOfChannel } from './columns.ts';
import type { CurveChannel, CurvePoint } from './contract.ts';
import { createBuckets, figureOf } from './curve.ts';
import { foldHour } from './fold-hour.ts';
import { encodeHour, hourMs } from './hour.ts';
import { walkingMeters } from './trial.ts';

const t0 = Date.UTC(2026, 2, 16);
const channels: readonly CurveChannel[] = ['powerW', 'currentA', 'l1A', 'voltageV', 'temperatureC'];
type Span = readonly [fromMs: number, toMs: number, maxPoints: number];
const spans: readonly Span[] = [
  [t0, t0 + hourMs - 1, 1000],
  [t0 - 23 * hourMs, t0 + hourMs - 1, 1000],
  [t0 + 1_234_567, t0 + 1_999_999, 7],
  [t0 - hourMs, t0 + 2 * hourMs, 3],
  [t0 + 5000, t0 + 5000, 1],
  [t0 + 2 * hourMs, t0 + 3 * hourMs, 10],
];

/** Sums are of other roundings, so means may differ in their last bits; the rest is what it is, to the last one. */
function expectSame(found: readonly CurvePoint[], wanted: readonly CurvePoint[]): void {
  const bare = (points: readonly CurvePoint[]) => points.map(({ mean: _, ...point }) => point);
  expect(bare(found)).toEqual(bare(wanted));
  for (const [i, { mean, min, max }] of wanted.entries()) {
    const most = 1e-12 * Math.max(Math.abs(min), Math.abs(max));
    expect(Math.abs((found[i]?.mean ?? Number.NaN) - mean)).toBeLessThanOrEqual(most);
  }
}

/** The curve that the readings give one by one. */
function slowly(readings: readonly PowerReading[], channel: CurveChannel, span: Span) {
  const buckets = createBuckets(...span);
  for (const reading of readings) {
    const value = figureOf(reading, channel);
    if (value !== undefined) buckets.add(reading.atMs, value);
  }
  return buckets.points();
}

/** The same of their block; null where it is not folded. */
function folded(block: Buffer, channel: CurveChannel, span: Span) {
  const buckets = createBuckets(...span);
  const isFolded = foldHour(block, columnsOfChannel(channel), buckets);
  if (!isFolded) expect(buckets.points()).toEqual([]);
  return isFolded ? buckets.points() : null;
}

const walking = walkingMeters(1);
const everySecond = Array.from({ length: 3600 }, (_, s) => walking(0, t0 + s * 1000));
/** The second of a meter is not ours: it wanders, stops for minutes, and begins with a step of its own. */
const wandering = everySecond
  .filter((_, s) => s % 900 < 700)
  .map((reading, i) => ({ ...reading, atMs: reading.atMs + ((i * 37) % 400) }));
/** It wanders first and keeps step afterwards. */
const settling = everySecond.map((reading, i) =>
  i < 100 ? { ...reading, atMs: reading.atMs + ((i * 7) % 300) } : reading,
);

for (const [what, readings] of [
  ['that speaks every second', everySecond],
  ['whose seconds wander and stop', wandering],
  ['that keeps step after a while', settling],
  ['that said one thing', everySecond.slice(7, 8)],
  ['that said two things', everySecond.slice(7, 9)],
] as const) {
  test(`the hour of a meter ${what} gives the curve that its readings give one by one`, () => {
    const block = encodeHour(readings);
    for (const channel of ['powerW', 'currentA', 'l1A', 'voltageV'] as const) {
      for (const span of spans)
        expectSame(folded(block, channel, span) ?? [], slowly(readings, channel, span));
    }
  });
}

test('whatever a meter says, its hour is folded as its readings say, or left to the other way', () => {
  const step = fc.oneof(fc.constant(1000), fc.integer({ min: 1, max: 90_000 }));
  const figure = fc.oneof(
    fc.integer({ min: -100_000, max: 100_000 }).map((n) => n / 10),
    fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  );
  const phase = fc.record({ currentA: figure, voltageV: figure }, { requiredKeys: [] });
  const readings = fc
    .array(fc.record({ step, powerW: figure, phases: fc.array(phase, { maxLength: 3 }) }), {
      minLength: 1,
      maxLength: 40,
    })
    .map((list) => {
      let atMs = t0;
      return list.map(({ step: ms, powerW, phases }): PowerReading => {
        atMs += ms;
        const some = phases.length > 0 ? { phases } : {};
        return { kind: 'power', device: 'm1', atMs, powerW, ...some };
      });
    });
  let times = 0;
  fc.assert(
    fc.property(
      readings,
      fc.constantFrom(...channels),
      fc.constantFrom(...spans),
      (of, channel, span) => {
        const found = folded(encodeHour(of), channel, span);
        if (found === null) return;
        times += 1;
        expectSame(found, slowly(of, channel, span));
      },
    ),
    { numRuns: 500 },
  );
  expect(times).toBeGreaterThan(30);
});

test('a figure that some readings have not, or several phases, is left to the other way', () => {
  const [first, ...others] = everySecond.slice(0, 50);
  if (!first) throw new Error('no readings');
  const { phases: _, ...bare } = first;
  const some = encodeHour([bare, ...others]);
  expect(foldHour(some, columnsOfChannel('voltageV'), createBuckets(t0, t0 + hourMs, 9))).toBe(
    false,
  );
  const three = others.map((one) => ({ ...one, phases: [{ currentA: 1 }, { currentA: 2 }] }));
  const block = encodeHour(three);
  expect(folded(block, 'currentA', [t0, t0 + hourMs, 9])).toBeNull();
  const span = [t0, t0 + hourMs, 9] as const;
  expectSame(folded(block, 'l2A', span) ?? [], slowly(three, 'l2A', span));
});

test('a block that was cut within is refused, and nothing counts on for ever', () => {
  const block = encodeHour(wandering.slice(0, 60));
  const reader = unsealed(block, 2);
  const inside = Buffer.from(reader.bytes(reader.left()));
  for (let length = 1; length < inside.length - 1; length += 1) {
    const cut = sealed(Buffer.concat([Buffer.from([2]), inside.subarray(0, length)]));
    const buckets = createBuckets(t0, t0 + hourMs, 100);
    try {
      // What lies behind the figure may be missing: then it is the same curve.
      foldHour(cut, columnsOfChannel('powerW'), buckets);
    } catch (error) {
      expect((error as Error).name).toMatch(/RangeError|BlobError|Error/);
    }
  }
});
