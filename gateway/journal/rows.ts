import type { PowerReading } from '../../drivers/reading.ts';
import {
  type Columns,
  columnCount,
  columnsOf,
  createColumns,
  gather,
  type Mutable,
  type Shape,
  spread,
} from './columns.ts';

/**
 * Power readings that wait for the disk, as bare figures: what waits as objects outlives the young generation and
 * leaves the collector a third of the work at 3,784 in flight. Only the first `n` count.
 */
export interface Rows {
  n: number;
  /** Who said it: a small number for each device that has spoken. */
  places: Int32Array;
  times: Float64Array;
  shapes: Int32Array;
  columns: Columns;
}

const firstCapacity = 256;

export function createRows(capacity = firstCapacity): Rows {
  return {
    n: 0,
    places: new Int32Array(capacity),
    times: new Float64Array(capacity),
    shapes: new Int32Array(capacity),
    columns: createColumns(capacity),
  };
}

export function addRow(rows: Rows, place: number, reading: PowerReading): void {
  if (rows.n === rows.places.length) grow(rows);
  const { n } = rows;
  rows.places[n] = place;
  rows.times[n] = reading.atMs;
  rows.shapes[n] = spread(reading, rows.columns);
  rows.n = n + 1;
}

function grow(rows: Rows): void {
  const larger = createRows(rows.places.length * 2);
  larger.places.set(rows.places);
  larger.times.set(rows.times);
  larger.shapes.set(rows.shapes);
  larger.columns.counts.set(rows.columns.counts);
  for (let c = 0; c < columnCount; c += 1) {
    larger.columns.values[c]?.set(rows.columns.values[c] as Float64Array);
  }
  Object.assign(rows, larger, { n: rows.n });
}

/** Empties it and keeps the room. */
export function clearRows(rows: Rows): void {
  rows.n = 0;
  rows.columns.counts.fill(0);
}

/** Lets go the rows that are not wanted, each asked for once and in order. How many went. */
export function sift(rows: Rows, isWanted: (place: number, atMs: number) => boolean): number {
  const { n, places, times } = rows;
  const unwanted = new Set<number>();
  for (let i = 0; i < n; i += 1) {
    if (!isWanted(places[i] as number, times[i] as number)) unwanted.add(i);
  }
  if (unwanted.size > 0) drop(rows, unwanted);
  return unwanted.size;
}

/** Moves what stays to the front, column by column. */
function drop(rows: Rows, unwanted: ReadonlySet<number>): void {
  const { places, times, shapes } = rows;
  const { counts, values } = rows.columns;
  const next = new Int32Array(columnCount);
  counts.fill(0);
  let to = 0;
  for (let i = 0; i < rows.n; i += 1) {
    const isWanted = !unwanted.has(i);
    const shape = shapes[i] as number;
    for (const column of columnsOf(shape)) {
      const from = next[column] as number;
      next[column] = from + 1;
      if (!isWanted) continue;
      const figures = values[column] as Float64Array;
      const at = counts[column] as number;
      figures[at] = figures[from] as number;
      counts[column] = at + 1;
    }
    if (!isWanted) continue;
    places[to] = places[i] as number;
    times[to] = times[i] as number;
    shapes[to] = shape;
    to += 1;
  }
  rows.n = to;
}

/** The rows as readings, one at a time: each is garbage before the next is made, which costs the collector nothing. */
export function* readingsOf(
  rows: Rows,
  deviceOf: (place: number) => string,
): Generator<PowerReading, void> {
  const { n, places, times, shapes, columns } = rows;
  const next = new Int32Array(columnCount);
  for (let i = 0; i < n; i += 1) {
    const reading: Mutable<PowerReading> = {
      kind: 'power',
      device: deviceOf(places[i] as number),
      atMs: times[i] as number,
      powerW: 0,
    };
    gather(reading, shapes[i] as Shape, columns.values, next);
    yield reading;
  }
}
