import type { Phase, PowerReading } from '../../drivers/reading.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import type { CurveChannel } from './contract.ts';

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
export const columnCount = 1 + tops.length + 3 * figures.length;

/**
 * Which figures a reading has, in 25 bits: 5 of the whole, 2 for the number of phases, 6 for each phase.
 * powerW is always there.
 */
export type Shape = number;

const phasesAt = 5;
const firstPhaseAt = 7;
/** The column of the first figure of a phase. */
const phaseColumn = (phase: number) => 1 + tops.length + figures.length * phase;

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The figures of many readings, one array a figure; a reading fills only the columns that it has. */
export interface Columns {
  readonly values: Float64Array[];
  readonly counts: Int32Array;
}

/** Columns for at most `capacity` readings. */
export function createColumns(capacity: number): Columns {
  return {
    values: Array.from({ length: columnCount }, () => new Float64Array(capacity)),
    counts: new Int32Array(columnCount),
  };
}

/** Puts a reading's figures into the columns and returns which it had. */
export function spread(reading: PowerReading, { values, counts }: Columns): Shape {
  let shape = 0;
  const put = (column: number, value: number | undefined, bit: number) => {
    if (value === undefined) return;
    const at = counts[column] as number;
    (values[column] as Float64Array)[at] = value;
    counts[column] = at + 1;
    shape |= bit;
  };
  put(0, reading.powerW, 0);
  put(1, reading.neutralA, 1);
  put(2, reading.energyWh, 2);
  put(3, reading.residualMa, 4);
  put(4, reading.temperatureC, 8);
  put(5, reading.frequencyHz, 16);
  const { phases } = reading;
  if (phases === undefined) return shape;
  shape |= phases.length << phasesAt;
  let bit = 1 << firstPhaseAt;
  let column = phaseColumn(0);
  for (let p = 0; p < phases.length; p += 1) {
    const phase = phases[p] as Phase;
    put(column, phase.voltageV, bit);
    put(column + 1, phase.currentA, bit << 1);
    put(column + 2, phase.powerW, bit << 2);
    put(column + 3, phase.powerFactor, bit << 3);
    put(column + 4, phase.thdPercent, bit << 4);
    put(column + 5, phase.reactiveVar, bit << 5);
    bit <<= figures.length;
    column += figures.length;
  }
  return shape;
}

/** The columns that a shape fills, in their order. */
export function columnsOf(shape: Shape): readonly number[] {
  const filled = [0];
  for (let i = 0; i < tops.length; i += 1) if ((shape >> i) & 1) filled.push(1 + i);
  for (let b = 0; b < 3 * figures.length; b += 1) {
    if ((shape >> (firstPhaseAt + b)) & 1) filled.push(phaseColumn(0) + b);
  }
  return filled;
}

/** Puts the next figures of the columns back into a reading; `next` says how far each column was read. */
export function gather(
  reading: Mutable<PowerReading>,
  shape: Shape,
  values: readonly Float64Array[],
  next: Int32Array,
): void {
  const take = (column: number): number => {
    const at = next[column] as number;
    next[column] = at + 1;
    return (values[column] as Float64Array)[at] as number;
  };
  reading.powerW = take(0);
  const count = (shape >> phasesAt) & 3;
  if (count > 0) {
    const phases: Phase[] = [];
    for (let p = 0; p < count; p += 1) {
      const bits = shape >> (firstPhaseAt + figures.length * p);
      const phase: Mutable<Phase> = {};
      const column = phaseColumn(p);
      if (bits & 1) phase.voltageV = take(column);
      if (bits & 2) phase.currentA = take(column + 1);
      if (bits & 4) phase.powerW = take(column + 2);
      if (bits & 8) phase.powerFactor = take(column + 3);
      if (bits & 16) phase.thdPercent = take(column + 4);
      if (bits & 32) phase.reactiveVar = take(column + 5);
      phases.push(phase);
    }
    reading.phases = phases;
  }
  if (shape & 1) reading.neutralA = take(1);
  if (shape & 2) reading.energyWh = take(2);
  if (shape & 4) reading.residualMa = take(3);
  if (shape & 8) reading.temperatureC = take(4);
  if (shape & 16) reading.frequencyHz = take(5);
}

/** Where a curve's channel lies; the highest of several counts. */
export function columnsOfChannel(channel: CurveChannel): readonly number[] {
  switch (channel) {
    case 'powerW':
      return [0];
    case 'residualMa':
      return [3];
    case 'temperatureC':
      return [4];
    case 'voltageV':
      return [phaseColumn(0)];
    case 'l1A':
      return [phaseColumn(0) + 1];
    case 'l2A':
      return [phaseColumn(1) + 1];
    case 'l3A':
      return [phaseColumn(2) + 1];
    case 'currentA':
      return [phaseColumn(0) + 1, phaseColumn(1) + 1, phaseColumn(2) + 1];
  }
}

/** Meters of one kind follow one another: most shapes are the one before. */
export function writeShapes(writer: ByteWriter, shapes: Int32Array, n: number): void {
  let from = 0;
  while (from < n) {
    let to = from + 1;
    while (to < n && shapes[to] === shapes[from]) to += 1;
    writer.unsigned(shapes[from] as number);
    writer.unsigned(to - from);
    from = to;
  }
}

export function readShapes(reader: ByteReader, n: number, into?: Int32Array): Int32Array {
  const shapes = into && into.length >= n ? into : new Int32Array(n);
  let at = 0;
  while (at < n) {
    const shape = reader.unsigned();
    const to = at + reader.unsigned();
    if (to > n || to === at) throw new RangeError('The shapes do not fit the readings');
    shapes.fill(shape, at, to);
    at = to;
  }
  return shapes;
}

/** How many values each column has in the first `n` shapes. */
export function countColumns(shapes: Int32Array, n = shapes.length): Int32Array {
  const counts = new Int32Array(columnCount);
  let from = 0;
  while (from < n) {
    let to = from + 1;
    while (to < n && shapes[to] === shapes[from]) to += 1;
    for (const column of columnsOf(shapes[from] as number)) {
      counts[column] = (counts[column] as number) + (to - from);
    }
    from = to;
  }
  return counts;
}
