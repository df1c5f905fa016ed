import type { PowerReading } from '../../drivers/reading.ts';
import { sealed, unsealed } from './blob.ts';
import { createWriter } from './bytes.ts';
import { readColumn, skipColumn, writeColumn } from './column.ts';
import type { CurveChannel, Maxima, Quarter, Rolled } from './contract.ts';
import { figureOf } from './curve.ts';
import { enterPart, readPart, skipPart, writePart } from './hour.ts';

export const quarterMs = 900_000;
export const dayMs = 86_400_000;
const quartersOfDay = dayMs / quarterMs;
/** A reading counts until the next one, at most this long, ms: silence is not load. */
const coversMs = 300_000;
const version = 3;

const channels = [
  'powerW',
  'currentA',
  'l1A',
  'l2A',
  'l3A',
  'voltageV',
  'residualMa',
  'temperatureC',
] as const satisfies readonly CurveChannel[];

/** Rolls readings of one device, in the order of time, up to quarters of an hour. */
export function rollUp(readings: readonly PowerReading[]): Quarter[] {
  const quarters: Quarter[] = [];
  let from = 0;
  while (from < readings.length) {
    const first = readings[from] as PowerReading;
    const atMs = Math.floor(first.atMs / quarterMs) * quarterMs;
    let to = from + 1;
    while (to < readings.length && (readings[to] as PowerReading).atMs < atMs + quarterMs) to += 1;
    quarters.push(rolled(readings, from, to, atMs));
    from = to;
  }
  return quarters;
}

function rolled(
  readings: readonly PowerReading[],
  from: number,
  to: number,
  atMs: number,
): Quarter {
  let wattMs = 0;
  let coveredMs = 0;
  let lastMs = 0;
  for (let i = from; i < to; i += 1) {
    const reading = readings[i] as PowerReading;
    // What comes after the last one is not known yet: it counts as long as the one before it did.
    const untilMs = readings[i + 1]?.atMs ?? reading.atMs + lastMs;
    lastMs = Math.min(coversMs, untilMs - reading.atMs);
    const inside = Math.min(lastMs, atMs + quarterMs - reading.atMs);
    wattMs += reading.powerW * inside;
    coveredMs += inside;
  }
  const figures: Partial<Record<CurveChannel, Rolled>> = {};
  for (const channel of channels) {
    let [n, sum, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = from; i < to; i += 1) {
      const value = figureOf(readings[i] as PowerReading, channel);
      if (value === undefined) continue;
      n += 1;
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    if (n > 0) figures[channel] = { n, min, mean: round(sum / n), max };
  }
  return {
    atMs,
    energyWh: round(wattMs / 3_600_000),
    completeness: round(Math.min(1, coveredMs / quarterMs)),
    figures,
  };
}

const round = (value: number) => Math.round(value * 1000) / 1000 || 0;
const writer = createWriter();
const part = createWriter();

/**
 * Packs the quarters of one device and day, in the order of time. One part for each channel; not deflated: a day
 * of all meters is asked for at once, and inflating would be most of the time.
 */
export function encodeDay(quarters: readonly Quarter[]): Buffer {
  writer.reset();
  writer.byte(version);
  const put = (values: readonly number[]) => {
    writeColumn(part, Float64Array.from(values), values.length, 0);
  };
  part.reset();
  part.unsigned(quarters.length);
  put(quarters.map(({ atMs }) => Math.floor(atMs / quarterMs)));
  put(quarters.map(({ energyWh }) => energyWh));
  put(quarters.map(({ completeness }) => completeness));
  writePart(writer, part.taken(), false);
  for (const channel of channels) {
    const there = quarters.map(({ figures }) => figures[channel]);
    part.reset();
    put(there.map((one) => one?.n ?? 0));
    const some = there.filter((one) => one !== undefined);
    put(some.map(({ min }) => min));
    put(some.map(({ mean }) => mean));
    put(some.map(({ max }) => max));
    if (some.length === 0) part.reset();
    writePart(writer, part.taken(), false);
  }
  return sealed(writer.taken());
}

/** Unpacks a day; with `only`, one channel and nothing else of the figures. */
export function decodeDay(block: Uint8Array, only?: CurveChannel): Quarter[] {
  const reader = unsealed(block, version);
  const head = readPart(reader);
  const count = head.unsigned();
  if (count > quartersOfDay) throw new RangeError(`A day has no ${count} quarters`);
  const times = readColumn(head, count);
  const energies = readColumn(head, count);
  const completeness = readColumn(head, count);
  const figures = Array.from({ length: count }, (): Partial<Record<CurveChannel, Rolled>> => ({}));
  for (const channel of channels) {
    if (only !== undefined && channel !== only) {
      skipPart(reader);
      continue;
    }
    const body = readPart(reader);
    if (body.left() === 0) continue;
    const ns = readColumn(body, count);
    const some = ns.reduce((sum, n) => sum + (n > 0 ? 1 : 0), 0);
    const [mins, means, maxs] = [
      readColumn(body, some),
      readColumn(body, some),
      readColumn(body, some),
    ];
    let at = 0;
    for (let i = 0; i < count; i += 1) {
      const n = ns[i] as number;
      if (n === 0) continue;
      const figure = figures[i];
      if (figure) {
        figure[channel] = {
          n,
          min: mins[at] as number,
          mean: means[at] as number,
          max: maxs[at] as number,
        };
      }
      at += 1;
    }
  }
  return figures.map((figure, i) => ({
    atMs: (times[i] as number) * quarterMs,
    energyWh: energies[i] as number,
    completeness: completeness[i] as number,
    figures: figure,
  }));
}

/** One figure of a day, in columns; index by index they belong together. */
export interface DayFigures {
  readonly atMs: Float64Array;
  readonly n: Float64Array;
  readonly min: Float64Array;
  readonly mean: Float64Array;
  readonly max: Float64Array;
}

const none = new Float64Array(0);
export const noFigures: DayFigures = { atMs: none, n: none, min: none, mean: none, max: none };

/** Unpacks one figure without making an object for each quarter: for a year at once. */
export function dayFigures(block: Uint8Array, wanted: CurveChannel): DayFigures {
  const { atMs, n, body } = openFigure(block, wanted);
  const column = () => (atMs.length === 0 ? none : readColumn(body, atMs.length));
  return { atMs, n: n.filter((one) => one > 0), min: column(), mean: column(), max: column() };
}

/** Unpacks the highest values of one figure and nothing else: for all meters at once. */
export function dayMaxima(block: Uint8Array, wanted: CurveChannel): Maxima {
  const { atMs, body } = openFigure(block, wanted);
  if (atMs.length === 0) return noFigures;
  skipColumn(body, atMs.length);
  skipColumn(body, atMs.length);
  return { atMs, max: readColumn(body, atMs.length) };
}

const timesOfDay = new Float64Array(quartersOfDay);
const countsOfDay = new Float64Array(quartersOfDay);

/** When quarters with the figure began, readings of every quarter (valid until the next call), and where lowest, mean and highest follow. */
function openFigure(block: Uint8Array, wanted: CurveChannel) {
  const body = unsealed(block, version);
  const behindHead = enterPart(body);
  const count = body.unsigned();
  if (count > quartersOfDay) throw new RangeError(`A day has no ${count} quarters`);
  const times = readColumn(body, count, timesOfDay);
  body.skip(body.left() - behindHead);
  for (let skipped = channels.indexOf(wanted); skipped > 0; skipped -= 1) skipPart(body);
  const isThere = enterPart(body) < body.left();
  const n = countsOfDay.subarray(0, count);
  if (isThere) readColumn(body, count, countsOfDay);
  else n.fill(0);
  let some = 0;
  for (let i = 0; i < count; i += 1) if ((n[i] as number) > 0) some += 1;
  const atMs = new Float64Array(some);
  let at = 0;
  for (let i = 0; i < count; i += 1) {
    if ((n[i] as number) > 0) atMs[at++] = (times[i] as number) * quarterMs;
  }
  return { atMs, n, body };
}
