import { CodecError } from '../driver.ts';
import { fromSeptets, unpack } from './gsm7.ts';

/** Digits as swapped nibbles, F where one is missing (3GPP TS 23.040, 9.1.2.3). */
export function swapped(digits: string): number[] {
  const octets: number[] = [];
  for (let i = 0; i < digits.length; i += 2) {
    octets.push(Number.parseInt(`${digits[i + 1] ?? 'F'}${digits[i]}`, 16));
  }
  return octets;
}

const hexDigits = '0123456789*#abc';
const unswapped = (octets: Uint8Array): string => {
  let digits = '';
  for (const octet of octets) {
    digits += hexDigits[octet & 15] ?? '';
    digits += hexDigits[octet >> 4] ?? '';
  }
  return digits;
};

/** An address field: length in digits, type, digits. `+` makes it international (0x91), else unknown (0x81). */
export function encodeAddress(number: string): number[] {
  const digits = number.replace(/[\s-]/g, '').replace(/^\+/, '');
  // The number itself never enters a message: it is personal.
  if (!/^\d{3,20}$/.test(digits)) throw new CodecError('Not a telephone number: 3 to 20 digits');
  return [digits.length, number.trim().startsWith('+') ? 0x91 : 0x81, ...swapped(digits)];
}

/** An address field at `at`; `next` is the octet behind it. Letters (type 0xD0) come as text. */
export function decodeAddress(
  octets: Uint8Array,
  at: number,
): { readonly number: string; readonly next: number } {
  const length = octets[at];
  const type = octets[at + 1];
  if (length === undefined || type === undefined || length > 20) {
    throw new CodecError('SMS address is cut short');
  }
  const next = at + 2 + Math.ceil(length / 2);
  const field = octets.subarray(at + 2, next);
  if (field.length * 2 < length) throw new CodecError('SMS address is cut short');
  if ((type & 0x70) === 0x50) {
    return { number: fromSeptets(unpack(field, Math.floor((length * 4) / 7))), next };
  }
  const digits = unswapped(field).slice(0, length);
  return { number: (type & 0x70) === 0x10 ? `+${digits}` : digits, next };
}

/** Seven octets of a service centre's time; China's +8 h is 32 quarter hours, written 23. */
export function encodeTime(atMs: number, offsetMinutes = 480): number[] {
  const local = new Date(atMs + offsetMinutes * 60_000).toISOString();
  const parts = [2, 5, 8, 11, 14, 17].map((start) => local.slice(start, start + 2));
  const quarters = Math.abs(Math.round(offsetMinutes / 15));
  const zone = swapped(String(quarters).padStart(2, '0'))[0] ?? 0;
  return [...swapped(parts.join('')), offsetMinutes < 0 ? zone | 8 : zone];
}

/** UTC ms of a service centre's time. Throws CodecError for what is no date. */
export function decodeTime(octets: Uint8Array, at: number): number {
  const field = octets.subarray(at, at + 7);
  if (field.length < 7) throw new CodecError('SMS time stamp is cut short');
  const [year, month, day, hour, minute, second] = [...field]
    .slice(0, 6)
    .map((octet) => (octet & 15) * 10 + (octet >> 4)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const zone = field[6] ?? 0;
  const quarters = ((zone & 7) * 10 + (zone >> 4)) * (zone & 8 ? -1 : 1);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) {
    throw new CodecError('SMS time stamp is no date');
  }
  return Date.UTC(2000 + year, month - 1, day, hour, minute, second) - quarters * 15 * 60_000;
}
