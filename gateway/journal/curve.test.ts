import { expect, test } from 'vitest';
import type { PowerReading } from '../../drivers/reading.ts';
import { columnsOfChannel } from './columns.ts';
import type { CurveChannel } from './contract.ts';
import { createBuckets, figureOf } from './curve.ts';
import { createFigureReader, encodeHour, hourMs } from './hour.ts';
import { dayMaxima, decodeDay, encodeDay, rollUp } from './rollup.ts';
import { walkingMeters } from './trial.ts';

const t0 = Date.UTC(2026, 2, 16);
const read = walkingMeters(1);
/** A meter that leaves out a third of its readings, and of the others now and then a figure or all phases. */
const patchy: readonly PowerReading[] = Array.from({ length: 3600 }, (_, s) =>
  read(0, t0 + s * 1000),
)
  .filter((_, s) => s % 3 !== 1)
  .map((reading, i) => {
    const { phases: _, ...bare } = reading;
    const [phase = {}] = reading.phases ?? [];
    if (i % 50 === 0) return bare;
    return i % 7 === 0 ? { ...reading, phases: [phase, { currentA: i / 10 }] } : reading;
  });
const channels: readonly CurveChannel[] = ['powerW', 'currentA', 'l2A', 'voltageV', 'temperatureC'];

test('an hour read as columns gives the curve that its readings give one by one, to the last bit of lowest and highest', () => {
  const block = encodeHour(patchy);
  for (const channel of channels) {
    for (const [fromMs, toMs, maxPoints] of [
      [t0, t0 + hourMs - 1, 1000],
      [t0 + 1_234_567, t0 + 1_999_999, 7],
      [t0 - hourMs, t0 + 2 * hourMs, 3],
    ] as const) {
      const [fast, slow] = [
        createBuckets(fromMs, toMs, maxPoints),
        createBuckets(fromMs, toMs, maxPoints),
      ];
      fast.addRising(createFigureReader(columnsOfChannel(channel))(block));
      for (const reading of patchy) {
        const value = figureOf(reading, channel);
        if (value !== undefined) slow.add(reading.atMs, value);
      }
      const rounded = (points: ReturnType<typeof fast.points>) =>
        points.map(({ mean, ...point }) => ({ ...point, mean: mean.toFixed(6) }));
      expect(rounded(fast.points()), channel).toEqual(rounded(slow.points()));
    }
  }
});

test('one reader goes through blocks of different lengths and shapes, and none leaves a trace in the next', () => {
  const figuresOf = createFigureReader(columnsOfChannel('currentA'));
  const steady = Array.from({ length: 100 }, (_, s) => read(0, t0 + s * 1000));
  const of = (readings: readonly PowerReading[]) => {
    const { n, times, values, scale } = figuresOf(encodeHour(readings));
    return Array.from({ length: n }, (_, i) => [times[i], (values[i] as number) / scale]);
  };
  const expected = (readings: readonly PowerReading[]) =>
    readings.flatMap((reading) => {
      const value = figureOf(reading, 'currentA');
      return value === undefined ? [] : [[reading.atMs, value]];
    });
  for (const readings of [patchy, steady, patchy.slice(0, 9), steady.slice(0, 1), patchy])
    expect(of(readings)).toEqual(expected(readings));
});

test('the highest values of a day are those of its quarters, for every figure, also where some quarters have none', () => {
  const readings = Array.from({ length: 20 }, (_, hour) =>
    patchy.map((reading) => ({ ...reading, atMs: reading.atMs + hour * hourMs })),
  ).flat();
  const quarters = rollUp(readings).map((quarter, i) => {
    const { voltageV: _, ...figures } = quarter.figures;
    return i % 5 === 0 ? { ...quarter, figures } : quarter;
  });
  const block = encodeDay(quarters);
  for (const channel of channels) {
    const { atMs, max } = dayMaxima(block, channel);
    const expected = decodeDay(block).flatMap((quarter) => {
      const figure = quarter.figures[channel];
      return figure ? [[quarter.atMs, figure.max]] : [];
    });
    expect(
      [...atMs].map((at, i) => [at, max[i]]),
      channel,
    ).toEqual(expected);
  }
});
