import type { PowerReading } from '../../drivers/reading.ts';
import { createBlobReader } from './blob.ts';
import { columnCount, columnsOf, gather, type Mutable } from './columns.ts';
import { hourMs } from './hour.ts';

/** Readings of one device in one hour that lie in a pile. */
export interface Heap {
  /** The device's number in the journal's dictionary. */
  readonly number: number;
  /** Start of the hour, ms. */
  readonly hour: number;
  readonly n: number;
}

/**
 * Readings of many devices as bare figures in one array: a quarter of the memory that objects take, and nothing
 * for the collector. It is filled from blocks and emptied heap by heap.
 */
export interface Pile {
  /** Adds what a block has of the chosen devices. Throws BlobError or RangeError. */
  add(block: Uint8Array, wanted: (number: number) => boolean): void;
  /** By hour, then by device. */
  heaps(): readonly Heap[];
  /** The readings of a heap, in the order in which they came. */
  readings(heap: Heap, device: string): PowerReading[];
  /** Forgets the readings, keeps the room. */
  clear(): void;
}

interface Chain extends Heap {
  n: number;
  /** Where its last reading lies. */
  last: number;
}

/** A reading lies as: where the one before of its heap lies, time, shape, figures; never across two pieces. */
const headLength = 3;
/** Figures of one piece, half a megabyte: the pile grows by pieces, since an array that doubles is twice in memory while it does. */
const pieceBits = 16;
const pieceLength = 2 ** pieceBits;

export function createPile(): Pile {
  const read = createBlobReader();
  const next = new Int32Array(columnCount);
  const columnsByShape = new Map<number, readonly number[]>();
  const columns = (shape: number) => {
    const known = columnsByShape.get(shape) ?? columnsOf(shape);
    columnsByShape.set(shape, known);
    return known;
  };
  const single = Array.from({ length: columnCount }, () => new Float64Array(1));
  const pieces: Float64Array[] = [];
  /** Where the next reading goes: the number of the piece times its length, and the place in it. */
  let at = 0;
  const pieceAt = (place: number): Float64Array => {
    const number = place >>> pieceBits;
    let piece = pieces[number];
    if (!piece) {
      piece = new Float64Array(pieceLength);
      pieces[number] = piece;
    }
    return piece;
  };
  /** Of each device, the hour that came last in front. */
  const chains = new Map<number, Chain[]>();

  const chainOf = (number: number, atMs: number): Chain => {
    const hour = Math.floor(atMs / hourMs) * hourMs;
    let ofDevice = chains.get(number);
    if (ofDevice?.[0]?.hour === hour) return ofDevice[0];
    ofDevice ??= [];
    chains.set(number, ofDevice);
    const known = ofDevice.findIndex((one) => one.hour === hour);
    const [chain = { number, hour, n: 0, last: -1 }] = known < 0 ? [] : ofDevice.splice(known, 1);
    ofDevice.unshift(chain);
    return chain;
  };

  return {
    add(block, wanted) {
      const { n, numbers, times, shapes, values } = read(block);
      next.fill(0);
      let shape = -1;
      let filled: readonly number[] = [];
      for (let i = 0; i < n; i += 1) {
        if (shapes[i] !== shape) {
          shape = shapes[i] as number;
          filled = columns(shape);
        }
        const number = numbers[i] as number;
        if (!wanted(number)) {
          for (const column of filled) next[column] = (next[column] as number) + 1;
          continue;
        }
        const length = headLength + filled.length;
        if ((at % pieceLength) + length > pieceLength) at += pieceLength - (at % pieceLength);
        const piece = pieceAt(at);
        const atMs = times[i] as number;
        const chain = chainOf(number, atMs);
        let to = at % pieceLength;
        piece[to] = chain.last;
        piece[to + 1] = atMs;
        piece[to + 2] = shape;
        to += headLength;
        for (const column of filled) {
          const from = next[column] as number;
          next[column] = from + 1;
          piece[to++] = (values[column] as Float64Array)[from] as number;
        }
        chain.last = at;
        chain.n += 1;
        at += length;
      }
    },
    heaps() {
      const all = [...chains.values()].flat();
      return all.sort((a, b) => a.hour - b.hour || a.number - b.number);
    },
    readings(heap, device) {
      const chain = chainOf(heap.number, heap.hour);
      const readings = new Array<PowerReading>(chain.n);
      let from = chain.last;
      for (let i = chain.n - 1; i >= 0; i -= 1) {
        const piece = pieceAt(from);
        const place = from % pieceLength;
        const atMs = piece[place + 1] as number;
        const shape = piece[place + 2] as number;
        const reading: Mutable<PowerReading> = { kind: 'power', device, atMs, powerW: 0 };
        let figure = place + headLength;
        for (const column of columns(shape)) {
          (single[column] as Float64Array)[0] = piece[figure++] as number;
          next[column] = 0;
        }
        gather(reading, shape, single, next);
        readings[i] = reading;
        from = piece[place] as number;
      }
      return readings;
    },
    clear() {
      chains.clear();
      at = 0;
    },
  };
}
