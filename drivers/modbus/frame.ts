import { CodecError } from '../driver.ts';

/** Functions that only read: holding and input registers (Modbus application protocol V1.1b3, 6.3 and 6.4). */
export type ReadCode = 3 | 4;

/** A question for registers. Nothing here can write to a meter. */
export interface Question {
  /** 1 to 247; 248 is the general address of some makers. */
  readonly unitId: number;
  readonly code: ReadCode;
  /** The first register as it goes over the line, zero-based. */
  readonly start: number;
  readonly count: number;
}

/** What a unit answers: registers, or an exception. */
export type Answer =
  | { readonly unitId: number; readonly code: ReadCode; readonly registers: readonly number[] }
  | { readonly unitId: number; readonly code: ReadCode; readonly exception: number };

/** Most registers in one answer (V1.1b3, 6.3: 7DH). */
export const maxRegisters = 125;
/** Unit, function, byte count, 125 registers, checksum. */
export const maxFrameBytes = 5 + 2 * maxRegisters;
const crcBytes = 2;
const refused = 0x80;
const isReadCode = (code: number | undefined): code is ReadCode => code === 3 || code === 4;

/** CRC-16 of the RTU frame: polynomial A001H, begun at FFFFH (Modbus over serial line V1.02, 6.2.2). */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

const withCrc = (body: readonly number[]): Uint8Array => {
  const crc = crc16(Uint8Array.from(body));
  return Uint8Array.from([...body, crc & 0xff, crc >> 8]);
};
const words = (values: readonly number[]): number[] =>
  values.flatMap((value) => [(value >> 8) & 0xff, value & 0xff]);

/** The question as an RTU frame. */
export function encodeQuestion({ unitId, code, start, count }: Question): Uint8Array {
  if (!(count >= 1 && count <= maxRegisters))
    throw new CodecError(`A question reaches 1 to ${maxRegisters} registers`);
  return withCrc([unitId, code, ...words([start, count])]);
}

/** The answer as an RTU frame. */
export function encodeAnswer(answer: Answer): Uint8Array {
  const { unitId, code } = answer;
  if ('exception' in answer) return withCrc([unitId, code | refused, answer.exception]);
  const { registers } = answer;
  if (registers.length > maxRegisters) throw new CodecError(`At most ${maxRegisters} registers`);
  return withCrc([unitId, code, 2 * registers.length, ...words(registers)]);
}

/** Reads one whole RTU answer, with nothing before or behind it. */
export function decodeAnswer(bytes: Uint8Array): Answer {
  const found = answerAt(bytes, 0);
  if (typeof found === 'string') throw new CodecError(`Not a Modbus answer: ${found}`);
  if (found.bytes !== bytes.length) throw new CodecError('Bytes behind the Modbus answer');
  return found.answer;
}

/** What was found among bytes from a line. */
export interface Scan {
  readonly frames: readonly Answer[];
  /** What the rest came nearest to; null where there is no rest. */
  readonly trouble: string | null;
  /** Where the last whole frame ends. */
  readonly end: number;
}

/** Every whole answer among `bytes`, with noise and echoes of the question before, between and behind. */
export function scanAnswers(bytes: Uint8Array): Scan {
  const frames: Answer[] = [];
  let trouble: string | null = null;
  let end = 0;
  for (let at = 0; at < bytes.length; ) {
    const found = answerAt(bytes, at);
    if (typeof found === 'string') {
      trouble = worse(trouble, found);
      at += 1;
    } else {
      frames.push(found.answer);
      at += found.bytes;
      end = at;
    }
  }
  return { frames, trouble, end };
}

/** The question that an RTU frame is; null where it is none. For simulators, which are asked. */
export function questionOf(bytes: Uint8Array): Question | null {
  const [unitId, code] = bytes;
  if (bytes.length !== 8 || unitId === undefined || !isReadCode(code)) return null;
  if (crc16(bytes.subarray(0, -crcBytes)) !== littleEndian(bytes, 6)) return null;
  return { unitId, code, start: word(bytes, 2), count: word(bytes, 4) };
}

const troubles = ['no frame', 'cut short', 'wrong checksum'];
/** Whichever came nearer to being a frame says more about what is wrong. */
const worse = (one: string | null, other: string): string =>
  one !== null && troubles.indexOf(one) > troubles.indexOf(other) ? one : other;

const word = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
const littleEndian = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);

function answerAt(
  bytes: Uint8Array,
  at: number,
): { readonly answer: Answer; readonly bytes: number } | string {
  const [unitId, function_, third] = bytes.subarray(at, at + 3);
  if (unitId === undefined || function_ === undefined || third === undefined) return 'cut short';
  const code = function_ & ~refused;
  if (!isReadCode(code)) return 'no frame';
  const isException = function_ !== code;
  const dataBytes = isException ? 0 : third;
  if (dataBytes % 2 === 1 || dataBytes > 2 * maxRegisters || (!isException && dataBytes === 0))
    return 'no frame';
  const length = 3 + dataBytes + crcBytes;
  const frame = bytes.subarray(at, at + length);
  if (frame.length < length) return 'cut short';
  if (crc16(frame.subarray(0, -crcBytes)) !== littleEndian(frame, length - crcBytes))
    return 'wrong checksum';
  if (isException) return { answer: { unitId, code, exception: third }, bytes: length };
  const registers = Array.from({ length: dataBytes / 2 }, (_, n) => word(frame, 3 + 2 * n));
  return { answer: { unitId, code, registers }, bytes: length };
}

/** What an exception says (V1.1b3, 7). */
export const exceptionText = (exception: number): string =>
  ({
    1: 'it does not know the function',
    2: 'it has no such register',
    3: 'it does not take so many registers at once',
    4: 'it has failed',
    5: 'it needs longer',
    6: 'it is busy',
    8: 'its memory has a fault',
    10: 'the converter has no way to it',
    11: 'the converter heard nothing from it',
  })[exception] ?? `exception ${exception}`;
