import { unsealed } from './blob.ts';
import type { ByteReader } from './bytes.ts';
import { readScale } from './column.ts';
import { countColumns, readShapes } from './columns.ts';
import { hourMs, hourVersion, readPart, skipPart } from './hour.ts';

/** What becomes of the figures of an hour: at most one call for each bucket of `widthMs`, in the order of time. */
export interface Folding {
  readonly fromMs: number;
  readonly toMs: number;
  readonly widthMs: number;
  put(atMs: number, n: number, low: number, total: number, high: number): void;
}

/** Room for the shapes of an hour's readings; grows where there are more. */
let shapes: Int32Array = new Int32Array(0);

/**
 * Folds one figure of a block straight into buckets: bytes become sums, and no reading becomes an object or a place in an
 * array. False, and nothing was put, unless every reading has just one of the wanted columns, as whole numbers of 10^-k:
 * then createFigureReader is to read the block. Throws BlobError or RangeError.
 */
export function foldHour(block: Uint8Array, wanted: readonly number[], into: Folding): boolean {
  const reader = unsealed(block, hourVersion);
  const n = reader.unsigned();
  const times = readPart(reader);
  shapes = readShapes(readPart(reader), n, shapes);
  const counts = countColumns(shapes, n);
  const [column, another] = wanted.filter((one) => (counts[one] as number) > 0);
  if (column === undefined || another !== undefined || counts[column] !== n) return false;
  for (let c = 0; c < column; c += 1) if ((counts[c] as number) > 0) skipPart(reader);
  const values = readPart(reader);
  const scale = readScale(values);
  if (scale === null) return false;
  fold(rest(times), rest(values), n, scale, into);
  return true;
}

/** What is left of a part, not copied. */
const rest = (part: ByteReader): Buffer => part.bytes(part.left());

function fold(times: Buffer, values: Buffer, n: number, scale: number, into: Folding): void {
  // Each takes a byte at least: a wrong count must not be counted to.
  if (n > times.length || n > values.length) throw new RangeError('The block is cut short');
  const { fromMs, toMs, widthMs } = into;
  let timeAt = 0;
  const run: Run = { at: 0, value: 0, low: 0, total: 0, high: 0 };
  /** Of the next reading; times are kept as differences of differences. */
  let atMs = 0;
  let stepMs = 0;
  /** All further steps are as long as the last: their bytes need not be looked at. */
  let isSteady = false;
  const nextTime = (): void => {
    const byte = times[timeAt] as number;
    if (byte === 0) timeAt += 1;
    else {
      let [part, sum, unit] = [byte, 0, 1];
      for (;;) {
        timeAt += 1;
        sum += (part & 0x7f) * unit;
        if (!(part >= 0x80)) break;
        unit *= 128;
        part = times[timeAt] as number;
      }
      stepMs += sum % 2 === 0 ? sum / 2 : -(sum + 1) / 2;
    }
    atMs += stepMs;
  };

  for (let i = 0; i < n; ) {
    if (i === 0) nextTime();
    if (atMs > toMs) break;
    const firstMs = atMs;
    // What lies before the span is passed over as one bucket of its own.
    const isBefore = firstMs < fromMs;
    const endMs = isBefore
      ? fromMs
      : Math.min(toMs + 1, fromMs + (Math.floor((firstMs - fromMs) / widthMs) + 1) * widthMs);
    isSteady ||= i > 0 && stepMs > 0 && areZeros(times.subarray(timeAt));
    let count = 0;
    if (isSteady) {
      count = Math.min(n - i, Math.ceil((endMs - atMs) / stepMs));
      atMs += count * stepMs;
      i += count;
    } else {
      while (atMs < endMs && i < n) {
        count += 1;
        i += 1;
        if (i < n) nextTime();
      }
    }
    // Only where the times are cut short.
    if (count === 0) break;
    sum(values, count, run);
    // Dividing keeps the order, so the lowest and the highest are what they were, to the last bit.
    if (!isBefore) {
      into.put(firstMs, count, run.low / scale, run.total / scale, run.high / scale);
    }
  }
  if (timeAt > times.length || run.at > values.length)
    throw new RangeError('The block is cut short');
}

/** Where the values are read on, and what came of the last ones. */
interface Run {
  at: number;
  value: number;
  low: number;
  total: number;
  high: number;
}

/** Sums up the next `count` values. Whole numbers, and no branch by a sign that is chance: three times as fast. */
function sum(values: Buffer, count: number, run: Run): void {
  let { at, value } = run;
  let total = 0;
  let low = 0;
  let high = 0;
  for (let i = 0; i < count; i += 1) {
    const byte = values[at++] as number;
    // Most differences are small: one byte, or a few within 28 bits. Beyond, bits would wrap.
    if (byte < 0x80) value += (byte >>> 1) ^ -(byte & 1);
    else {
      let more = byte;
      let bits = byte & 0x7f;
      let shift = 7;
      while (more >= 0x80 && shift < 28) {
        more = values[at++] as number;
        bits |= (more & 0x7f) << shift;
        shift += 7;
      }
      if (more < 0x80) value += (bits >>> 1) ^ -(bits & 1);
      else {
        let large = bits;
        for (let unit = 2 ** 28; more >= 0x80; unit *= 128) {
          more = values[at++] as number;
          large += (more & 0x7f) * unit;
        }
        value += large % 2 === 0 ? large / 2 : -(large + 1) / 2;
      }
    }
    if (i === 0) {
      low = value;
      high = value;
    } else if (value < low) low = value;
    else if (value > high) high = value;
    total += value;
  }
  run.at = at;
  run.value = value;
  run.low = low;
  run.total = total;
  run.high = high;
}

let zeros = Buffer.alloc(hourMs / 1000);

function areZeros(bytes: Buffer): boolean {
  if (bytes.length > zeros.length) zeros = Buffer.alloc(bytes.length);
  return bytes.equals(zeros.subarray(0, bytes.length));
}
