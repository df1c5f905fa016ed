/** Writes variable-length numbers into a buffer that grows. */
export interface ByteWriter {
  /** 0 … 2^53 − 1, seven bits a byte. */
  unsigned(value: number): void;
  /** A whole number of either sign, |value| < 2^52. */
  signed(value: number): void;
  float64(value: number): void;
  byte(value: number): void;
  /** What was written; valid until the next `reset`. */
  taken(): Buffer;
  reset(): void;
}

const two7 = 128;
const two28 = 2 ** 28;

export function createWriter(sizeHint = 64 * 1024): ByteWriter {
  let buffer = Buffer.allocUnsafe(sizeHint);
  let at = 0;
  const room = () => {
    if (at + 16 <= buffer.length) return;
    const larger = Buffer.allocUnsafe(buffer.length * 2);
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
    left: () => buffer.length - at,
  };
}
