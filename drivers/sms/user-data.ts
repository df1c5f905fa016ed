import { CodecError } from '../driver.ts';
import { fromSeptets, pack, toSeptets, unpack } from './gsm7.ts';

export type Coding = 'gsm7' | 'ucs2';

/** A message has at most so many parts: the header counts in one octet. */
export const maxParts = 255;
/** Units of one message, and of each part of a longer one: 140 octets, 6 of them a header. */
export const room = { gsm7: { single: 160, part: 153 }, ucs2: { single: 70, part: 67 } } as const;

/** How a text is cut: `parts` hold whole characters, septets or UTF-16 units. */
export interface Cut {
  readonly coding: Coding;
  readonly parts: readonly (readonly number[])[];
}

/** Cuts between characters: never inside a surrogate pair or an escaped character. */
export function cut(text: string): Cut {
  const septets = toSeptets(text);
  const coding: Coding = septets ? 'gsm7' : 'ucs2';
  const signs = septets ?? [...text].map((sign) => units(sign));
  const total = signs.reduce((sum, sign) => sum + sign.length, 0);
  const { single, part: size } = room[coding];
  if (total <= single) return { coding, parts: [signs.flat()] };
  const parts: number[][] = [[]];
  for (const sign of signs) {
    let last = parts.at(-1) ?? [];
    if (last.length + sign.length > size) {
      last = [];
      parts.push(last);
    }
    last.push(...sign);
  }
  if (parts.length > maxParts) throw new CodecError(`SMS text needs more than ${maxParts} parts`);
  return { coding, parts };
}

/** How many SMS a text costs. */
export const segmentCount = (text: string): number => cut(text).parts.length;

const units = (sign: string): number[] =>
  Array.from({ length: sign.length }, (_, i) => sign.charCodeAt(i));

/** The place of a part in a longer message. `part` counts from 1; `reference` 0 to 255. */
export interface Place {
  readonly reference: number;
  readonly parts: number;
  readonly part: number;
}

/** User data length and user data, with the 8-bit concatenation header where there is a place. */
export function encodeUserData(coding: Coding, part: readonly number[], place?: Place): number[] {
  const header = place ? [5, 0, 3, place.reference & 0xff, place.parts, place.part] : [];
  if (coding === 'ucs2') {
    const octets = part.flatMap((unit) => [unit >> 8, unit & 0xff]);
    return [header.length + octets.length, ...header, ...octets];
  }
  // Text starts on a septet boundary: one zero bit after a header of 48.
  const fillBits = header.length === 0 ? 0 : 1;
  const headerSeptets = Math.ceil((header.length * 8) / 7);
  return [headerSeptets + part.length, ...header, ...pack(part, fillBits)];
}

/** Reads length and user data at `at`. Binary text (8-bit) is refused: nobody writes to the box so. */
export function decodeUserData(
  octets: Uint8Array,
  at: number,
  dcs: number,
  hasHeader: boolean,
): { readonly text: string; readonly coding: Coding; readonly place?: Place } {
  const coding = codingOf(dcs);
  const length = octets[at];
  if (length === undefined) throw new CodecError('SMS has no text field');
  const size = coding === 'ucs2' ? length : Math.ceil((length * 7) / 8);
  const field = octets.subarray(at + 1, at + 1 + size);
  if (field.length < size) throw new CodecError('SMS text is cut short');
  const headerSize = hasHeader ? (field[0] ?? 0) + 1 : 0;
  if (headerSize > field.length) throw new CodecError('SMS header is longer than the text');
  const place = hasHeader ? placeOf(field.subarray(1, headerSize)) : undefined;
  const text =
    coding === 'ucs2'
      ? fromUnits(field.subarray(headerSize))
      : septetText(field.subarray(headerSize), length, headerSize);
  return { text, coding, ...(place ? { place } : {}) };
}

function septetText(body: Uint8Array, length: number, headerSize: number): string {
  const headerSeptets = Math.ceil((headerSize * 8) / 7);
  const fillBits = headerSeptets * 7 - headerSize * 8;
  return fromSeptets(unpack(body, length - headerSeptets, fillBits));
}

function fromUnits(octets: Uint8Array): string {
  if (octets.length % 2 !== 0) throw new CodecError('SMS text has half a character');
  let text = '';
  for (let i = 0; i < octets.length; i += 2) {
    text += String.fromCharCode(((octets[i] ?? 0) << 8) | (octets[i + 1] ?? 0));
  }
  return text;
}

/** Data coding scheme, 3GPP TS 23.038, section 4. */
function codingOf(dcs: number): Coding {
  const group = dcs >> 4;
  const bits = (dcs >> 2) & 3;
  if (group < 8 && !(dcs & 0x20)) {
    if (bits === 0 || bits === 3) return 'gsm7';
    if (bits === 2) return 'ucs2';
  }
  if (group === 0xc || group === 0xd) return 'gsm7';
  if (group === 0xe) return 'ucs2';
  if (group === 0xf && !(dcs & 4)) return 'gsm7';
  throw new CodecError(`SMS coding 0x${dcs.toString(16)} is not text`);
}

/** Information elements 00 (8-bit reference) and 08 (16-bit); others are passed over. */
function placeOf(header: Uint8Array): Place | undefined {
  for (let i = 0; i + 1 < header.length; ) {
    const kind = header[i];
    const body = header.subarray(i + 2, i + 2 + (header[i + 1] ?? 0));
    if (kind === 0 && body.length === 3) {
      return { reference: body[0] ?? 0, parts: body[1] ?? 0, part: body[2] ?? 0 };
    }
    if (kind === 8 && body.length === 4) {
      const reference = ((body[0] ?? 0) << 8) | (body[1] ?? 0);
      return { reference, parts: body[2] ?? 0, part: body[3] ?? 0 };
    }
    i += 2 + (header[i + 1] ?? 0);
  }
  return undefined;
}
