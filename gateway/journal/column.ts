import type { ByteReader, ByteWriter } from './bytes.ts';

/*
 * One column of figures: whole numbers of 10^-k as differences, k being the fewest digits at which every value
 * comes back exactly as it was; where none is, raw 64-bit floats. Nothing is rounded.
 */
const raw = 255;
const scales = [1, 10, 100, 1000, 1e4, 1e5, 1e6] as const;
/** Beyond this a scaled number and its difference are no longer exact. */
const largest = 2 ** 50;

let scratch = new Float64Array(8192);

/** Writes a column, trying `hint` digits first. Returns the digits to try next time. */
export function writeColumn(
  writer: ByteWriter,
  values: Float64Array,
  n: number,
  hint: number,
): number {
  if (scratch.length < n) scratch = new Float64Array(n * 2);
  for (let k = hint; k < scales.length; k += 1) {
    if (!scaled(values, n, scales[k] as number)) continue;
    writer.byte(k);
    writer.deltas(scratch, n);
    return k;
  }
  writer.byte(raw);
  for (let i = 0; i < n; i += 1) writer.float64(values[i] as number);
  return 0;
}

/** Fills the scratch with whole numbers; false where one would not come back as it was. */
function scaled(values: Float64Array, n: number, scale: number): boolean {
  for (let i = 0; i < n; i += 1) {
    const value = values[i] as number;
    const whole = Math.round(value * scale);
    if (whole / scale !== value || whole > largest || whole < -largest) return false;
    // −0 would come back as 0; it says something about the direction of flow.
    if (value === 0 && Object.is(value, -0)) return false;
    scratch[i] = whole;
  }
  return true;
}

/** Reads a column of `n` values, into `into` where that is long enough. Throws RangeError where it is none. */
export function readColumn(reader: ByteReader, n: number, into?: Float64Array): Float64Array {
  const { column, scale } = readScaled(reader, n, into);
  if (scale !== 1) for (let i = 0; i < n; i += 1) column[i] = (column[i] as number) / scale;
  return column;
}

/** A column whose values are still to be divided by `scale`. */
export interface Scaled {
  readonly column: Float64Array;
  readonly scale: number;
}

/** As readColumn, for whoever divides what comes of many values rather than each. */
export function readScaled(reader: ByteReader, n: number, into?: Float64Array): Scaled {
  const scale = readScale(reader);
  if (scale === null) {
    const column = into && into.length >= n ? into : new Float64Array(n);
    for (let i = 0; i < n; i += 1) column[i] = reader.float64();
    return { column, scale: 1 };
  }
  return { column: reader.deltas(n, into), scale };
}

/** Reads what stands before a column: its scale, with whole numbers as differences behind it; null: raw floats. */
export function readScale(reader: ByteReader): number | null {
  const k = reader.byte();
  if (k === raw) return null;
  const scale = scales[k];
  if (scale === undefined) throw new RangeError(`The block has a column of scale ${k}`);
  return scale;
}

/** Passes over a column of `n` values. Throws RangeError where it is none. */
export function skipColumn(reader: ByteReader, n: number): void {
  if (readScale(reader) === null) reader.skip(8 * n);
  else reader.skipDeltas(n);
}
