import { CodecError } from '../driver.ts';
import { atMost, textOf, trimmed, utf8 } from './text.ts';

/** A JSON object of which nothing is known yet. */
export type Json = Readonly<Record<string, unknown>>;

/** Longest JSON that is parsed, bytes: a camera's message with two pictures. */
const maxJsonBytes = 8 * 1024 * 1024;

/** The object of a message, NULs before it and GBK in it forgiven. */
export function jsonObject(body: Uint8Array): Json {
  atMost(body, maxJsonBytes);
  return jsonObjectOf(textOf(body));
}

/** The object of a text. */
export function jsonObjectOf(text: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(trimmed(text));
  } catch {
    throw new CodecError('Not JSON, or cut short');
  }
  const found = object(value);
  if (!found) throw new CodecError('Not a JSON object');
  return found;
}

/** The value if it is an object, else undefined. */
export const object = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Json)
    : undefined;

/** The objects of an array; a single object is an array of one. */
export function objects(value: unknown): readonly Json[] {
  const list = Array.isArray(value) ? value : [value];
  return list.map(object).filter((item) => item !== undefined);
}

/** A text, or a number written as one; undefined where it is empty or something else. */
export function string(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') return undefined;
  const text = trimmed(value);
  return text.length > 0 ? text : undefined;
}

/** A number, or a text that is one: half of the devices write numbers as texts. */
export function number(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !/^\s*-?\d+(?:\.\d+)?\s*$/.test(value)) return undefined;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed : undefined;
}

/** The JSON bytes of a value; members that are undefined are left out. */
export const jsonBytes = (value: unknown): Uint8Array => utf8(JSON.stringify(value));
