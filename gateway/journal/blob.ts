import { crc32 } from 'node:zlib';
import type { PowerReading } from '../../drivers/reading.ts';
import { type ByteReader, createReader, createWriter } from './bytes.ts';
import { readColumn, writeColumn } from './column.ts';
import {
  columnCount,
  columnsOf,
  countColumns,
  gather,
  type Mutable,
  readShapes,
  writeShapes,
} from './columns.ts';
import type { Rows } from './rows.ts';

/*
 * A block of power readings: version, readings, devices, times, shapes, then each column that occurs, with its
 * length in front so that a curve reads only its own. CRC-32 before all. Nothing is rounded.
 */
const version = 1;

/** Packs readings; the same encoder is used again and again, for its buffers and for what it learned of the scales. */
export interface BlobEncoder {
  /** `numberOf` gives the number in the journal's dictionary for a row's place. The result belongs to the caller. */
  encode(rows: Rows, numberOf: (place: number) => number): Buffer;
}

export function createBlobEncoder(): BlobEncoder {
  const writer = createWriter();
  const part = createWriter(16 * 1024);
  const hints = new Int32Array(columnCount);
  let numbers = new Float64Array(1024);

  return {
    encode({ n, places, times, shapes, columns: { values, counts } }, numberOf) {
      if (n > numbers.length) numbers = new Float64Array(n * 2);
      for (let i = 0; i < n; i += 1) numbers[i] = numberOf(places[i] as number);
      writer.reset();
      writer.byte(version);
      writer.unsigned(n);
      writer.deltas(numbers, n);
      writer.deltas(times, n);
      writeShapes(writer, shapes, n);
      for (let c = 0; c < columnCount; c += 1) {
        const count = counts[c] as number;
        if (count === 0) continue;
        part.reset();
        hints[c] = writeColumn(part, values[c] as Float64Array, count, hints[c] as number);
        const bytes = part.taken();
        writer.unsigned(bytes.length);
        writer.bytes(bytes);
      }
      return sealed(writer.taken());
    },
  };
}

/** A block with its checksum in front. */
export function sealed(body: Buffer): Buffer {
  const block = Buffer.allocUnsafe(body.length + 4);
  block.writeUInt32LE(crc32(body), 0);
  body.copy(block, 4);
  return block;
}

/** Why a block cannot be read: cut short, changed, or of a later version. */
export class BlobError extends Error {
  override readonly name = 'BlobError';
}

/** A later program wrote it. */
export class LaterBlock extends BlobError {}

/** The inside of a block whose checksum is right, behind its version. Throws BlobError. */
export function unsealed(block: Uint8Array, expected: number): ByteReader {
  const buffer = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  if (buffer.length < 5) throw new BlobError('The block is cut short');
  const body = buffer.subarray(4);
  if (crc32(body) !== buffer.readUInt32LE(0))
    throw new BlobError('The checksum of the block is wrong');
  const reader = createReader(body);
  const found = reader.byte();
  if (found !== expected)
    throw new LaterBlock(`The block has version ${found}; this program reads ${expected}`);
  return reader;
}

/** Unpacks a block; `wanted` chooses devices by number, all if absent. Throws BlobError or RangeError. */
export function decodeBlob(
  block: Uint8Array,
  nameOf: (number: number) => string,
  wanted?: (number: number) => boolean,
): PowerReading[] {
  const reader = unsealed(block, version);
  const n = reader.unsigned();
  const numbers = reader.deltas(n);
  const readings: PowerReading[] = [];
  if (wanted && !numbers.some(wanted)) return readings;
  const times = reader.deltas(n);
  const shapes = readShapes(reader, n);
  const values: Float64Array[] = [];
  for (const count of countColumns(shapes)) {
    if (count > 0) reader.unsigned();
    values.push(count > 0 ? readColumn(reader, count) : new Float64Array(0));
  }
  const next = new Int32Array(columnCount);
  for (let i = 0; i < n; i += 1) {
    const number = numbers[i] as number;
    const shape = shapes[i] as number;
    if (wanted && !wanted(number)) {
      for (const column of columnsOf(shape)) next[column] = (next[column] as number) + 1;
      continue;
    }
    const reading: Mutable<PowerReading> = {
      kind: 'power',
      device: nameOf(number),
      atMs: times[i] as number,
      powerW: 0,
    };
    gather(reading, shape, values, next);
    readings.push(reading);
  }
  return readings;
}

/** Visits device number and time of each reading, and reads nothing else of the block. Throws BlobError or RangeError. */
export function scanTimes(block: Uint8Array, visit: (number: number, atMs: number) => void): void {
  const reader = unsealed(block, version);
  const n = reader.unsigned();
  const numbers = reader.deltas(n);
  const times = reader.deltas(n);
  for (let i = 0; i < n; i += 1) visit(numbers[i] as number, times[i] as number);
}

/** A block as columns; index by index numbers, times and shapes belong together. Only the first `n` count. */
export interface BlobColumns {
  readonly n: number;
  readonly numbers: Float64Array;
  readonly times: Float64Array;
  readonly shapes: Int32Array;
  /** Of each column the figures that occur, in the order of the readings. */
  readonly values: readonly Float64Array[];
}

/**
 * Reads one block after the other into the same buffers: what comes back is valid until the next call. Whoever
 * goes through an hour leaves no garbage behind, which the collector lets grow to 60 MB. Throws BlobError or RangeError.
 */
export function createBlobReader(): (block: Uint8Array) => BlobColumns {
  let numbers: Float64Array = new Float64Array(1024);
  let times: Float64Array = new Float64Array(1024);
  let shapes: Int32Array = new Int32Array(1024);
  const values = Array.from({ length: columnCount }, (): Float64Array => new Float64Array(0));
  return (block) => {
    const reader = unsealed(block, version);
    const n = reader.unsigned();
    numbers = reader.deltas(n, numbers);
    times = reader.deltas(n, times);
    shapes = readShapes(reader, n, shapes);
    const counts = countColumns(shapes, n);
    for (let c = 0; c < columnCount; c += 1) {
      const count = counts[c] as number;
      if (count === 0) continue;
      reader.unsigned();
      values[c] = readColumn(reader, count, values[c]);
    }
    return { n, numbers, times, shapes, values };
  };
}

/** Visits one figure of the chosen devices: the highest of `wantedColumns` in each reading that has any. */
export function scanBlob(
  block: Uint8Array,
  wanted: (number: number) => boolean,
  wantedColumns: readonly number[],
  visit: (number: number, atMs: number, value: number) => void,
): void {
  const reader = unsealed(block, version);
  const n = reader.unsigned();
  const numbers = reader.deltas(n);
  if (!numbers.some(wanted)) return;
  const times = reader.deltas(n);
  const shapes = readShapes(reader, n);
  const counts = countColumns(shapes);
  const values: Float64Array[] = [];
  for (let c = 0; c < columnCount; c += 1) {
    const count = counts[c] as number;
    let column: Float64Array = new Float64Array(0);
    if (count > 0) {
      const length = reader.unsigned();
      if (wantedColumns.includes(c)) column = readColumn(reader, count);
      else reader.skip(length);
    }
    values.push(column);
  }
  visitFigures(shapes, values, wantedColumns, (i, value) => {
    const number = numbers[i] as number;
    if (wanted(number)) visit(number, times[i] as number, value);
  });
}

/** Visits each reading that has any of the columns, with the highest of them. */
export function visitFigures(
  shapes: Int32Array,
  values: readonly Float64Array[],
  wantedColumns: readonly number[],
  visit: (index: number, value: number) => void,
): void {
  const next = new Int32Array(columnCount);
  let known = -1;
  let present: readonly number[] = [];
  for (let i = 0; i < shapes.length; i += 1) {
    const shape = shapes[i] as number;
    if (shape !== known) {
      known = shape;
      present = columnsOf(shape).filter((column) => wantedColumns.includes(column));
    }
    let highest = Number.NEGATIVE_INFINITY;
    for (const column of present) {
      const at = next[column] as number;
      next[column] = at + 1;
      const value = (values[column] as Float64Array)[at] as number;
      if (value > highest) highest = value;
    }
    if (present.length > 0) visit(i, highest);
  }
}
