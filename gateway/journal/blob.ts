import { crc32 } from 'node:zlib';
import type { Phase, PowerReading } from '../../drivers/reading.ts';
import { type ByteReader, type ByteWriter, createReader, createWriter } from './bytes.ts';

/*
 * A block of power readings: version, readings, devices, times, shapes, then one column for each figure that
 * occurs. A column holds whole numbers of 10^-k as differences, k being the fewest digits at which every value
 * comes back exactly as it was; where none is, raw 64-bit floats. CRC-32 in front. Nothing is rounded.
 */
const version = 1;
const raw = 255;
const scales = [1, 10, 100, 1000, 1e4, 1e5, 1e6] as const;
/** Beyond this a scaled number and its difference are no longer exact. */
const largest = 2 ** 50;

const tops = ['neutralA', 'energyWh', 'residualMa', 'temperatureC', 'frequencyHz'] as const;
const figures = [
  'voltageV',
  'currentA',
  'powerW',
  'powerFactor',
  'thdPercent',
  'reactiveVar',
] as const satisfies readonly (keyof Phase)[];
/** powerW, five figures of the whole, six of each phase. */
const columns = 1 + tops.length + 3 * figures.length;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Packs readings; the same encoder is used again and again, for its buffers and for what it learned of the scales. */
export interface BlobEncoder {
  /** `numberOf` gives the number of a device in the journal's dictionary. The result belongs to the caller. */
  encode(readings: readonly PowerReading[], numberOf: (device: string) => number): Buffer;
}

export function createBlobEncoder(): BlobEncoder {
  const writer = createWriter();
  const values: number[][] = Array.from({ length: columns }, () => []);
  const hints = new Array<number>(columns).fill(0);

  return {
    encode(readings, numberOf) {
      writer.reset();
      for (const column of values) column.length = 0;
      writer.byte(version);
      writer.unsigned(readings.length);
      let number = 0;
      for (const { device } of readings) {
        const next = numberOf(device);
        writer.signed(next - number);
        number = next;
      }
      let time = 0;
      for (const { atMs } of readings) {
        writer.signed(atMs - time);
        time = atMs;
      }
      const shapes: number[] = [];
      for (const reading of readings) shapes.push(spread(reading, values));
      writeRuns(writer, shapes);
      for (let c = 0; c < columns; c += 1) {
        const column = values[c];
        if (column && column.length > 0) hints[c] = writeColumn(writer, column, hints[c] ?? 0);
      }
      const body = writer.taken();
      const block = Buffer.allocUnsafe(body.length + 4);
      block.writeUInt32LE(crc32(body), 0);
      body.copy(block, 4);
      return block;
    },
  };
}

/** Puts a reading's figures into the columns and returns which it had: 5 bits of the whole, 2 of phases, 6 a phase. */
function spread(reading: PowerReading, values: number[][]): number {
  values[0]?.push(reading.powerW);
  let shape = 0;
  for (let i = 0; i < tops.length; i += 1) {
    const value = reading[tops[i] as (typeof tops)[number]];
    if (value === undefined) continue;
    shape += 2 ** i;
    values[1 + i]?.push(value);
  }
  const { phases } = reading;
  if (!phases) return shape;
  shape += phases.length * 32;
  for (let p = 0; p < phases.length; p += 1) {
    const phase = phases[p] as Phase;
    for (let f = 0; f < figures.length; f += 1) {
      const value = phase[figures[f] as (typeof figures)[number]];
      if (value === undefined) continue;
      shape += 2 ** (7 + 6 * p + f);
      values[6 + 6 * p + f]?.push(value);
    }
  }
  return shape;
}

/** Meters of one kind follow one another: most shapes are the one before. */
function writeRuns(writer: ByteWriter, shapes: readonly number[]): void {
  let from = 0;
  while (from < shapes.length) {
    let to = from + 1;
    while (to < shapes.length && shapes[to] === shapes[from]) to += 1;
    writer.unsigned(shapes[from] ?? 0);
    writer.unsigned(to - from);
    from = to;
  }
}

/** Writes a column with the fewest digits that keep every value exact, trying `hint` first. Returns the scale used. */
function writeColumn(writer: ByteWriter, column: readonly number[], hint: number): number {
  let k = hint;
  while (k < scales.length && !exact(column, scales[k] ?? 1)) k += 1;
  if (k === scales.length) {
    writer.byte(raw);
    for (const value of column) writer.float64(value);
    return 0;
  }
  const scale = scales[k] ?? 1;
  writer.byte(k);
  let before = 0;
  for (let i = 0; i < column.length; i += 1) {
    const scaled = Math.round((column[i] ?? 0) * scale);
    writer.signed(scaled - before);
    before = scaled;
  }
  return k;
}

function exact(column: readonly number[], scale: number): boolean {
  for (let i = 0; i < column.length; i += 1) {
    const value = column[i] ?? 0;
    const scaled = Math.round(value * scale);
    if (scaled / scale !== value || scaled > largest || scaled < -largest) return false;
    // −0 would come back as 0; it says something about the direction of flow.
    if (value === 0 && Object.is(value, -0)) return false;
  }
  return true;
}

/** Why a block cannot be read: cut short, changed, or of a later version. */
export class BlobError extends Error {
  override readonly name = 'BlobError';
}

/** Unpacks a block. Throws BlobError. */
export function decodeBlob(block: Uint8Array, nameOf: (number: number) => string): PowerReading[] {
  const buffer = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  if (buffer.length < 5) throw new BlobError('The block is cut short');
  const body = buffer.subarray(4);
  if (crc32(body) !== buffer.readUInt32LE(0))
    throw new BlobError('The checksum of the block is wrong');
  const reader = createReader(body);
  const found = reader.byte();
  if (found !== version)
    throw new BlobError(`The block has version ${found}; this program reads ${version}`);
  const n = reader.unsigned();
  const readings: Mutable<PowerReading>[] = [];
  let number = 0;
  for (let i = 0; i < n; i += 1) {
    number += reader.signed();
    readings.push({ kind: 'power', device: nameOf(number), atMs: 0, powerW: 0 });
  }
  let time = 0;
  for (const reading of readings) {
    time += reader.signed();
    reading.atMs = time;
  }
  const shapes = readRuns(reader, n);
  const counts = countColumns(shapes);
  const values = counts.map((count) => (count > 0 ? readColumn(reader, count) : []));
  const next = new Array<number>(columns).fill(0);
  const take = (c: number) => {
    const value = values[c]?.[next[c] ?? 0] ?? 0;
    next[c] = (next[c] ?? 0) + 1;
    return value;
  };
  for (const [i, reading] of readings.entries()) gather(reading, shapes[i] ?? 0, take);
  return readings;
}

function gather(
  reading: Mutable<PowerReading>,
  shape: number,
  take: (column: number) => number,
): void {
  reading.powerW = take(0);
  const phases = Math.floor(shape / 32) % 4;
  if (phases > 0) {
    reading.phases = Array.from({ length: phases }, (_, p) => {
      const phase: Mutable<Phase> = {};
      for (const [f, figure] of figures.entries()) {
        if (has(shape, 7 + 6 * p + f)) phase[figure] = take(6 + 6 * p + f);
      }
      return phase;
    });
  }
  for (const [i, top] of tops.entries()) if (has(shape, i)) reading[top] = take(1 + i);
}

const has = (shape: number, bit: number): boolean => Math.floor(shape / 2 ** bit) % 2 === 1;

function readRuns(reader: ByteReader, n: number): number[] {
  const shapes: number[] = [];
  while (shapes.length < n) {
    const shape = reader.unsigned();
    const length = reader.unsigned();
    for (let i = 0; i < length; i += 1) shapes.push(shape);
  }
  return shapes;
}

function countColumns(shapes: readonly number[]): number[] {
  const counts = new Array<number>(columns).fill(0);
  counts[0] = shapes.length;
  const perShape = new Map<number, number>();
  for (const shape of shapes) perShape.set(shape, (perShape.get(shape) ?? 0) + 1);
  for (const [shape, count] of perShape) {
    for (let i = 0; i < tops.length; i += 1)
      if (has(shape, i)) counts[1 + i] = (counts[1 + i] ?? 0) + count;
    for (let b = 0; b < 18; b += 1)
      if (has(shape, 7 + b)) counts[6 + b] = (counts[6 + b] ?? 0) + count;
  }
  return counts;
}

function readColumn(reader: ByteReader, count: number): number[] {
  const column: number[] = [];
  const k = reader.byte();
  if (k === raw) {
    for (let i = 0; i < count; i += 1) column.push(reader.float64());
    return column;
  }
  const scale = scales[k];
  if (scale === undefined) throw new BlobError(`The block has a column of scale ${k}`);
  let scaled = 0;
  for (let i = 0; i < count; i += 1) {
    scaled += reader.signed();
    column.push(scaled / scale);
  }
  return column;
}
