import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { PowerReading } from '../../drivers/reading.ts';
import { sealed, unsealed, visitFigures } from './blob.ts';
import { type ByteReader, type ByteWriter, createReader, createWriter } from './bytes.ts';
import { readColumn, readScaled, writeColumn } from './column.ts';
import {
  columnCount,
  countColumns,
  createColumns,
  gather,
  type Mutable,
  readShapes,
  spread,
  writeShapes,
} from './columns.ts';

/*
 * The readings of one device in one hour: times as differences of differences (a steady meter costs nothing),
 * shapes, columns. Each part is deflated by itself, so that a curve of a day inflates one figure, not six.
 */
export const hourVersion = 2;
export const hourMs = 3_600_000;

/**
 * A column of an hour has 4 KB as a rule. zlib would take 268 KB for the work on it and 16 KB for what comes of it; of these
 * sizes 140 and 4, for the same result: a packing thread does it a hundred thousand times.
 */
const deflating = { level: 9, windowBits: 14, memLevel: 7, chunkSize: 4096 } as const;
const inflating = { chunkSize: 6144 } as const;
/** Smaller parts gain nothing by deflating. */
const deflateLeast = 64;

const whole = createWriter();
const part = createWriter();

/** Writes a part: its length, twice, plus one if it is deflated. */
export function writePart(writer: ByteWriter, bytes: Buffer, deflate = true): void {
  const small = !deflate || bytes.length < deflateLeast;
  const packed = small ? bytes : deflateRawSync(bytes, deflating);
  const deflated = packed.length < bytes.length;
  const kept = deflated ? packed : bytes;
  writer.unsigned(kept.length * 2 + (deflated ? 1 : 0));
  writer.bytes(kept);
}

/** Reads a part that `writePart` wrote, or passes over it. */
export function readPart(reader: ByteReader): ByteReader {
  const head = reader.unsigned();
  const bytes = reader.bytes(Math.floor(head / 2));
  return createReader(head % 2 === 1 ? inflateRawSync(bytes, inflating) : bytes);
}

/** Goes into a part that is not deflated, without a reader of its own. Returns what is left in `reader` behind the part. */
export function enterPart(reader: ByteReader): number {
  const head = reader.unsigned();
  if (head % 2 === 1) throw new RangeError('The part is deflated');
  return reader.left() - head / 2;
}

export function skipPart(reader: ByteReader): void {
  reader.skip(Math.floor(reader.unsigned() / 2));
}

/** Room for the readings of an hour, 0.7 MB for one a second: kept from hour to hour. */
let room = 0;
let columns = createColumns(0);
let shapes = new Int32Array(0);
let steps = new Float64Array(0);

/** Packs readings of one device, in the order of time, each time once. */
export function encodeHour(readings: readonly PowerReading[]): Buffer {
  const n = readings.length;
  if (n > room) {
    room = n;
    columns = createColumns(room);
    shapes = new Int32Array(room);
    steps = new Float64Array(room);
  }
  columns.counts.fill(0);
  let before = 0;
  for (let i = 0; i < n; i += 1) {
    const reading = readings[i] as PowerReading;
    steps[i] = reading.atMs - before;
    before = reading.atMs;
    shapes[i] = spread(reading, columns);
  }
  whole.reset();
  whole.byte(hourVersion);
  whole.unsigned(n);
  part.reset();
  part.deltas(steps, n);
  writePart(whole, part.taken());
  part.reset();
  writeShapes(part, shapes, n);
  writePart(whole, part.taken());
  for (let c = 0; c < columnCount; c += 1) {
    const count = columns.counts[c] as number;
    if (count === 0) continue;
    part.reset();
    writeColumn(part, columns.values[c] as Float64Array, count, 0);
    writePart(whole, part.taken());
  }
  return sealed(whole.taken());
}

function readTimes(reader: ByteReader, n: number, into?: Float64Array): Float64Array {
  const times = readPart(reader).deltas(n, into);
  for (let i = 1; i < n; i += 1) times[i] = (times[i] as number) + (times[i - 1] as number);
  return times;
}

/** When the readings of a block were measured, ms, rising. Throws BlobError or RangeError. */
export function timesOfHour(block: Uint8Array): Float64Array {
  const reader = unsealed(block, hourVersion);
  return readTimes(reader, reader.unsigned());
}

/** Unpacks the readings of `device` between two times. Throws BlobError or RangeError. */
export function decodeHour(
  block: Uint8Array,
  device: string,
  fromMs = 0,
  toMs = Number.MAX_SAFE_INTEGER,
): PowerReading[] {
  const reader = unsealed(block, hourVersion);
  const n = reader.unsigned();
  const times = readTimes(reader, n);
  const readings: PowerReading[] = [];
  if (n === 0 || (times[0] as number) > toMs || (times[n - 1] as number) < fromMs) return readings;
  const shapes = readShapes(readPart(reader), n);
  const values: Float64Array[] = [];
  for (const count of countColumns(shapes)) {
    values.push(count > 0 ? readColumn(readPart(reader), count) : new Float64Array(0));
  }
  const first = firstAtLeast(times, fromMs);
  const next = countColumns(shapes.subarray(0, first));
  for (let i = first; i < n && (times[i] as number) <= toMs; i += 1) {
    const atMs = times[i] as number;
    const reading: Mutable<PowerReading> = { kind: 'power', device, atMs, powerW: 0 };
    gather(reading, shapes[i] as number, values, next);
    readings.push(reading);
  }
  return readings;
}

/** Index of the first of rising times that is at or after `atMs`. */
function firstAtLeast(times: Float64Array, atMs: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * One figure of an hour; index by index times, which rise, and values belong together. Only the first `n` count; each
 * value is `scale` times the figure.
 */
export interface HourFigures {
  readonly n: number;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly scale: number;
}

/**
 * Reads one figure of one block after the other: the highest of `wantedColumns` in each reading that has any. It reads
 * into the same buffers, so what comes back is valid until the next call. Throws BlobError or RangeError.
 */
export function createFigureReader(
  wantedColumns: readonly number[],
): (block: Uint8Array) => HourFigures {
  let times: Float64Array = new Float64Array(hourMs / 1000);
  let values: Float64Array = new Float64Array(hourMs / 1000);
  let shapes: Int32Array = new Int32Array(hourMs / 1000);
  const [only] = wantedColumns;
  return (block) => {
    const reader = unsealed(block, hourVersion);
    const n = reader.unsigned();
    times = readTimes(reader, n, times);
    shapes = readShapes(readPart(reader), n, shapes);
    const counts = countColumns(shapes, n);
    // As a rule one column is asked for, and every reading has it.
    if (wantedColumns.length === 1 && only !== undefined && counts[only] === n) {
      for (let c = 0; c < only; c += 1) if ((counts[c] as number) > 0) skipPart(reader);
      const { column, scale } = readScaled(readPart(reader), n, values);
      values = column;
      return { n, times, values, scale };
    }
    const columns: Float64Array[] = [];
    for (let c = 0; c < columnCount; c += 1) {
      const count = counts[c] as number;
      let column: Float64Array = new Float64Array(0);
      if (count > 0 && wantedColumns.includes(c)) column = readColumn(readPart(reader), count);
      else if (count > 0) skipPart(reader);
      columns.push(column);
    }
    const highest = values.length >= n ? values : new Float64Array(n);
    let found = 0;
    visitFigures(shapes.subarray(0, n), columns, wantedColumns, (i, value) => {
      // Never ahead of what is still to be read.
      times[found] = times[i] as number;
      highest[found] = value;
      found += 1;
    });
    values = highest;
    return { n: found, times, values, scale: 1 };
  };
}
