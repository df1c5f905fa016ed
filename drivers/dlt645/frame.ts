import { CodecError } from '../driver.ts';

/** One frame of DL/T 645, either direction, either edition. */
export interface Frame {
  /** Twelve digits, high first, as printed on the meter; `A` stands for any digit in a question. */
  readonly address: string;
  /** C: bit 7 the meter speaks, bit 6 it refuses, bit 5 more follows, bits 0 to 4 the function (2007, 5.2.4). */
  readonly control: number;
  /** The data field without the 33H that is added to every byte on the line. */
  readonly data: Uint8Array;
}

/** Addresses whoever is there; only with one meter on the line (2007, 5.2.2). */
export const anyAddress = 'AAAAAAAAAAAA';
/** Functions of the two editions that only read. Nothing here can write to a meter. */
export const reads = {
  data: 0x11,
  more: 0x12,
  address: 0x13,
  data1997: 0x01,
  more1997: 0x02,
} as const;
export const isAnswer = ({ control }: Frame): boolean => (control & 0x80) !== 0;
export const isRefusal = ({ control }: Frame): boolean => (control & 0x40) !== 0;
export const moreFollows = ({ control }: Frame): boolean => (control & 0x20) !== 0;
export const functionOf = ({ control }: Frame): number => control & 0x1f;

const start = 0x68;
const end = 0x16;
const wakeUpByte = 0xfe;
/** L is at most 200 when reading (2007, 5.2.5): a larger one is noise, and the search goes on. */
export const maxDataBytes = 200;
/** Two start marks, six address bytes, control, length, checksum, end mark. */
const frameBytes = 12;
/** Wake-up bytes before a frame (2007, 5.2.1: one to four; 1997: as many as the meter needs). */
export const maxWakeUpBytes = 4;

const sum = (bytes: Uint8Array): number => bytes.reduce((total, byte) => (total + byte) & 0xff, 0);

/** The frame as it goes over the line, behind `wakeUp` bytes of FEH. */
export function encodeFrame({ address, control, data }: Frame, wakeUp = 0): Uint8Array {
  if (!/^[0-9A]{12}$/.test(address)) throw new CodecError('An address has twelve digits');
  if (data.length > maxDataBytes) throw new CodecError(`At most ${maxDataBytes} bytes of data`);
  const bytes = new Uint8Array(wakeUp + frameBytes + data.length).fill(wakeUpByte, 0, wakeUp);
  const frame = bytes.subarray(wakeUp);
  frame[0] = start;
  for (let n = 0; n < 6; n += 1) {
    frame[1 + n] = Number.parseInt(address.slice(10 - 2 * n, 12 - 2 * n), 16);
  }
  frame[7] = start;
  frame[8] = control;
  frame[9] = data.length;
  for (const [n, byte] of data.entries()) frame[10 + n] = (byte + 0x33) & 0xff;
  frame[10 + data.length] = sum(frame.subarray(0, 10 + data.length));
  frame[11 + data.length] = end;
  return bytes;
}

/** What was found among bytes from a line. */
export interface Scan {
  readonly frames: readonly Frame[];
  /** Why the rest is no frame: what stood nearest to one. Null where only frames and wake-up bytes were there. */
  readonly trouble: string | null;
  /** Where the last whole frame ends; 0 where there is none. What stands before it is done with. */
  readonly end: number;
}

/** Every whole frame among `bytes`, with noise, echoes and stray start marks before, between and behind them. */
export function scanFrames(bytes: Uint8Array): Scan {
  const frames: Frame[] = [];
  let trouble: string | null = null;
  let done = 0;
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === wakeUpByte) {
      at += 1;
      continue;
    }
    const found = frameAt(bytes, at);
    if (typeof found === 'string') {
      trouble = worse(trouble, found);
      at += 1;
    } else {
      frames.push(found);
      at += frameBytes + found.data.length;
      done = at;
    }
  }
  return { frames, trouble, end: done };
}

const troubles = ['no frame', 'cut short', 'no end mark', 'wrong checksum'];
/** Whichever came nearer to being a frame says more about what is wrong. */
const worse = (one: string | null, other: string): string =>
  one !== null && troubles.indexOf(one) > troubles.indexOf(other) ? one : other;

function frameAt(bytes: Uint8Array, at: number): Frame | string {
  if (bytes[at] !== start) return 'no frame';
  const second = bytes[at + 7];
  const length = bytes[at + 9];
  if (second === undefined || length === undefined) return 'cut short';
  if (second !== start || length > maxDataBytes) return 'no frame';
  const whole = bytes.subarray(at, at + frameBytes + length);
  if (whole.length < frameBytes + length) return 'cut short';
  if (whole[10 + length] !== sum(whole.subarray(0, 10 + length))) return 'wrong checksum';
  if (whole[11 + length] !== end) return 'no end mark';
  const address = [...whole.subarray(1, 7)].reverse().map(hexByte).join('');
  const data = whole.slice(10, 10 + length).map((byte) => (byte - 0x33) & 0xff);
  return { address, control: whole[8] ?? 0, data };
}

const hexByte = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');

/** Whether `address` of an answer is one that a question to `asked` may get. */
export const answersTo = (asked: string, address: string): boolean =>
  [...asked].every((digit, n) => digit === 'A' || digit === address[n]);

/** A data identifier as written, DI3 first: eight hex digits (2007) or four (1997). On the line low byte first. */
export const identifierOf = (bytes: Uint8Array): string =>
  [...bytes].reverse().map(hexByte).join('');

export const identifierBytes = (identifier: string): Uint8Array =>
  Uint8Array.from({ length: identifier.length / 2 }, (_, n) =>
    Number.parseInt(identifier.slice(-2 * n - 2, identifier.length - 2 * n), 16),
  );

/** The question for one data identifier: control 11H, in the 1997 edition 01H. */
export const question = (address: string, identifier: string): Frame => ({
  address,
  control: identifier.length === 4 ? reads.data1997 : reads.data,
  data: identifierBytes(identifier),
});

/** The question for the part that follows: 12H with the number of the part from 1 (2007, 7.2.3), 02H without (1997). */
export const questionForMore = (address: string, identifier: string, part: number): Frame => {
  const data = identifierBytes(identifier);
  return identifier.length === 4
    ? { address, control: reads.more1997, data }
    : { address, control: reads.more, data: Uint8Array.from([...data, part & 0xff]) };
};

/** Asks for the address of whoever is there: 13H (2007, 7.5). */
export const questionForAddress = (address = anyAddress): Frame => ({
  address,
  control: reads.address,
  data: new Uint8Array(),
});

/** The bits of the error byte of an answer with bit 6, lowest first (2007, annex C; the 1997 edition has the first three). */
const refusals = [
  'another error',
  'no such data',
  'wrong password or not allowed',
  'the rate cannot be changed',
  'too many time zones',
  'too many periods',
  'too many tariffs',
];

/** What a meter says when it refuses. Bits that no edition knows are told as a number. */
export function refusalText({ data: [error = 0] }: Frame): string {
  const said = refusals.filter((_, bit) => (error & (1 << bit)) !== 0);
  if (said.length === 0 || said.length > 2 || error > 0x7f) {
    return `refused, error ${hexByte(error)}H`;
  }
  return `refused: ${said.join(', ')}`;
}
