import { CodecError } from '../driver.ts';

/** How a value lies in registers; `int64` and `float32` as IEEE 754 and two's complement. */
export const wordsOf = {
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  float32: 2,
  int64: 4,
} as const;
export type RegisterType = keyof typeof wordsOf;

/** A float has seven decimal digits worth reading: the rest is the dust of binary fractions. */
const floatDigits = 7;
/** More digits than any meter has. */
const valueDigits = 12;

export const tidy = (value: number, digits = valueDigits): number =>
  Number(value.toPrecision(digits));

/** The number that `words` hold, high word first unless `lowWordFirst`. Null: the meter says that it does not know (NaN). */
export function readNumber(
  words: readonly number[],
  type: RegisterType,
  lowWordFirst = false,
): number | null {
  const view = new DataView(new ArrayBuffer(8));
  const ordered = lowWordFirst ? [...words].reverse() : words;
  for (const [n, word] of ordered.entries()) view.setUint16(2 * n, word);
  switch (type) {
    case 'int16':
      return view.getInt16(0);
    case 'uint16':
      return view.getUint16(0);
    case 'int32':
      return view.getInt32(0);
    case 'uint32':
      return view.getUint32(0);
    case 'float32': {
      const value = view.getFloat32(0);
      return Number.isFinite(value) ? tidy(value, floatDigits) : null;
    }
    case 'int64': {
      const value = view.getBigInt64(0);
      if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER)
        throw new CodecError('A number of 64 bits that no meter counts to');
      return Number(value);
    }
  }
}

/** The inverse. Throws where the type has no place for the value; null is NaN, which only floats can say. */
export function writeNumber(
  value: number | null,
  type: RegisterType,
  lowWordFirst = false,
): number[] {
  if (value === null && type !== 'float32')
    throw new CodecError(`A register of type ${type} cannot say that a value is unknown`);
  const view = new DataView(new ArrayBuffer(8));
  const number = value ?? Number.NaN;
  switch (type) {
    case 'int16':
      view.setInt16(0, inRange(number, -(2 ** 15), 2 ** 15));
      break;
    case 'uint16':
      view.setUint16(0, inRange(number, 0, 2 ** 16));
      break;
    case 'int32':
      view.setInt32(0, inRange(number, -(2 ** 31), 2 ** 31));
      break;
    case 'uint32':
      view.setUint32(0, inRange(number, 0, 2 ** 32));
      break;
    case 'float32':
      view.setFloat32(0, number);
      break;
    case 'int64':
      view.setBigInt64(0, BigInt(inRange(number, Number.MIN_SAFE_INTEGER, 2 ** 53)));
      break;
  }
  const words = Array.from({ length: wordsOf[type] }, (_, n) => view.getUint16(2 * n));
  return lowWordFirst ? words.reverse() : words;
}

function inRange(value: number, from: number, below: number): number {
  const whole = Math.round(value);
  if (!(whole >= from && whole < below))
    throw new CodecError(`${value} has no place in a register`);
  return whole;
}
