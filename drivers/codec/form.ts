import { CodecError } from '../driver.ts';
import { atMost, textOf, utf8 } from './text.ts';

/** Longest form, bytes: two pictures in base64. */
const maxFormBytes = 8 * 1024 * 1024;
const maxFields = 100;

/** The fields of a posted form. Percent-encoded bytes are UTF-8 or else GBK; a bad escape stands for itself. */
export function formFields(body: Uint8Array): ReadonlyMap<string, string> {
  atMost(body, maxFormBytes);
  const fields = new Map<string, string>();
  for (const pair of textOf(body).split('&').slice(0, maxFields)) {
    const equals = pair.indexOf('=');
    if (equals > 0) fields.set(unescaped(pair.slice(0, equals)), unescaped(pair.slice(equals + 1)));
  }
  if (fields.size === 0) throw new CodecError('Not a form');
  return fields;
}

function unescaped(source: string): string {
  const spaced = source.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  const bytes: number[] = [];
  const raw = utf8(spaced);
  for (let i = 0; i < raw.length; i += 1) {
    const byte = raw[i] ?? 0;
    const hex = byte === 0x25 ? String.fromCharCode(raw[i + 1] ?? 0, raw[i + 2] ?? 0) : '';
    if (/^[\da-f]{2}$/i.test(hex)) {
      bytes.push(Number.parseInt(hex, 16));
      i += 2;
    } else bytes.push(byte);
  }
  return textOf(Uint8Array.from(bytes));
}

/** A form body of `fields`; undefined ones are left out. */
export function formBytes(fields: Readonly<Record<string, string | undefined>>): Uint8Array {
  const pairs = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`],
  );
  return utf8(pairs.join('&'));
}

/** The content type of a form. */
export const formType = 'application/x-www-form-urlencoded';
