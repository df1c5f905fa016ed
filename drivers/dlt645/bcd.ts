import { CodecError } from '../driver.ts';

/** How a number stands in the data field: packed BCD, low byte first. */
export interface Format {
  readonly bytes: number;
  /** The highest bit of the highest byte is a sign: set means negative. */
  readonly signed: boolean;
}

/** A number in steps of its last digit; null where every byte is FFH: the meter does not have it. */
export function readBcd(bytes: Uint8Array, { signed }: Pick<Format, 'signed'>): number | null {
  if (bytes.every((byte) => byte === 0xff)) return null;
  const high = bytes[bytes.length - 1] ?? 0;
  const negative = signed && high >= 0x80;
  let steps = 0;
  for (let n = bytes.length - 1; n >= 0; n -= 1) {
    const byte = n === bytes.length - 1 && negative ? high & 0x7f : (bytes[n] ?? 0);
    if (byte >> 4 > 9 || (byte & 15) > 9) throw new CodecError('A digit is none');
    steps = steps * 100 + (byte >> 4) * 10 + (byte & 15);
  }
  // No negative zero: it would not be equal to what was said.
  return negative && steps !== 0 ? -steps : steps;
}

/** Largest number of steps that the format can hold. */
export const mostSteps = ({ bytes, signed }: Format): number =>
  (signed ? 8 * 10 ** (2 * bytes - 1) : 10 ** (2 * bytes)) - 1;

/** The inverse; null becomes FFH. Throws where the number does not fit. */
export function writeBcd(steps: number | null, format: Format): Uint8Array {
  const bytes = new Uint8Array(format.bytes);
  if (steps === null) return bytes.fill(0xff);
  const most = mostSteps(format);
  if (!Number.isInteger(steps) || steps > most || steps < (format.signed ? -most : 0)) {
    throw new CodecError('The number does not fit its digits');
  }
  let left = Math.abs(steps);
  for (let n = 0; n < format.bytes; n += 1) {
    bytes[n] = (Math.floor((left % 100) / 10) << 4) | (left % 10);
    left = Math.floor(left / 100);
  }
  if (steps < 0) bytes[format.bytes - 1] = (bytes[format.bytes - 1] ?? 0) | 0x80;
  return bytes;
}
