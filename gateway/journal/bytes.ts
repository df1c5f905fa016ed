/** Writes variable-length numbers into a buffer that grows. */
export interface ByteWriter {
  /** 0 … 2^53 − 1, seven bits a byte. */
  unsigned(value: number): void;
  /** A whole number of either sign, |value| < 2^52. */
  signed(value: number): void;
  float64(value: number): void;
  byte(value: number): void;
  bytes(value: Uint8Array): void;
  /** Whole numbers as the difference from the one before, |difference| < 2^52: the hot path, in one loop. */
  deltas(values: Float64Array, n: number): void;
  /** What was written; valid until the next `reset`. */
  taken(): Buffer;
  reset(): void;
}

const two7 = 128;
const two28 = 2 ** 28;
/** Bytes of the longest number: 53 bits, seven a byte. */
const longest = 8;

export function createWriter(sizeHint = 64 * 1024): ByteWriter {
  let buffer = Buffer.allocUnsafe(sizeHint);
  let at = 0;
  const room = (bytes = 16) => {
    if (at + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + bytes));
    buffer.copy(larger, 0, 0, at);
    buffer = larger;
  };
  const unsigned = (value: number) => {
    room();
    let rest = value;
    // Above 28 bits the shifts of JavaScript would wrap.
    while (rest >= two28) {
      buffer[at++] = (rest % two7) | 0x80;
      rest = Math.floor(rest / two7);
    }
    while (rest >= two7) {
      buffer[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[at++] = rest;
  };
  return {
    unsigned,
    signed: (value) => unsigned(value >= 0 ? value * 2 : -value * 2 - 1),
    float64(value) {
      room();
      at = buffer.writeDoubleLE(value, at);
    },
    byte(value) {
      room();
      buffer[at++] = value;
    },
    bytes(value) {
      room(value.length);
      buffer.set(value, at);
      at += value.length;
    },
    deltas(values, n) {
      room(n * longest);
      const into = buffer;
      let to = at;
      let before = 0;
      for (let i = 0; i < n; i += 1) {
        const value = values[i] as number;
        const difference = value - before;
        before = value;
        let rest = difference >= 0 ? difference * 2 : -difference * 2 - 1;
        while (rest >= two28) {
          into[to++] = (rest % two7) | 0x80;
          rest = Math.floor(rest / two7);
        }
        while (rest >= two7) {
          into[to++] = (rest & 0x7f) | 0x80;
          rest >>>= 7;
        }
        into[to++] = rest;
      }
      at = to;
    },
    taken: () => buffer.subarray(0, at),
    reset() {
      at = 0;
    },
  };
}

/** Reads what a ByteWriter wrote; throws RangeError past the end. */
export interface ByteReader {
  unsigned(): number;
  signed(): number;
  float64(): number;
  byte(): number;
  /** What ByteWriter.deltas wrote; into the first places of `into`, where that is given and long enough. */
  deltas(n: number, into?: Float64Array): Float64Array;
  /** Passes over what ByteWriter.deltas wrote. */
  skipDeltas(n: number): void;
  /** The next bytes, not copied. */
  bytes(length: number): Buffer;
  skip(length: number): void;
  /** Bytes that are left. */
  left(): number;
}

export function createReader(source: Uint8Array): ByteReader {
  const buffer = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  let at = 0;
  const byte = () => {
    const value = buffer[at];
    if (value === undefined) throw new RangeError('The block is cut short');
    at += 1;
    return value;
  };
  const unsigned = () => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const part = byte();
      value += (part & 0x7f) * scale;
      if (part < 0x80) return value;
      scale *= two7;
    }
  };
  return {
    byte,
    unsigned,
    signed() {
      const value = unsigned();
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    },
    float64() {
      const value = buffer.readDoubleLE(at);
      at += 8;
      return value;
    },
    deltas(n, into) {
      // Each takes a byte at least: a wrong count must not ask for gigabytes.
      if (n > buffer.length - at) throw new RangeError('The block is cut short');
      const values = into && into.length >= n ? into : new Float64Array(n);
      let before = 0;
      let from = at;
      for (let i = 0; i < n; i += 1) {
        const part = buffer[from++] as number;
        // Most differences are small: one byte, or a few within 28 bits. Beyond, bits would wrap.
        if (part < 0x80) before += (part >>> 1) ^ -(part & 1);
        else {
          let more = part;
          let value = part & 0x7f;
          let shift = 7;
          while (more >= 0x80 && shift < 28) {
            more = buffer[from++] as number;
            value |= (more & 0x7f) << shift;
            shift += 7;
          }
          if (more < 0x80) before += (value >>> 1) ^ -(value & 1);
          else {
            let large = value;
            let scale = two28;
            while (more >= 0x80) {
              more = buffer[from++] as number;
              large += (more & 0x7f) * scale;
              scale *= two7;
            }
            before += large % 2 === 0 ? large / 2 : -(large + 1) / 2;
          }
        }
        values[i] = before;
      }
      if (from > buffer.length) throw new RangeError('The block is cut short');
      at = from;
      return values;
    },
    skipDeltas(n) {
      let from = at;
      for (let i = 0; i < n && from < buffer.length; from += 1) {
        // The last byte of a number is less than 128.
        if ((buffer[from] as number) < 0x80) i += 1;
      }
      at = from;
    },
    bytes(length) {
      if (at + length > buffer.length) throw new RangeError('The block is cut short');
      at += length;
      return buffer.subarray(at - length, at);
    },
    skip(length) {
      at += length;
    },
    left: () => buffer.length - at,
  };
}
