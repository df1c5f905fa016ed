import { z } from 'zod';
import { localTextMs } from '../time.ts';

/** Option of devices that write local time without a zone. China has one zone. */
export const utcOffsetMinutes = z
  .int()
  .min(-720)
  .max(840)
  .default(480)
  .describe("The device's local time minus UTC, minutes; 480 in China.");

/** ms of epoch seconds; null where there are none. */
export const secondsMs = (seconds: number | undefined, microseconds = 0): number | null =>
  seconds === undefined ? null : Math.floor(seconds) * 1000 + Math.floor(microseconds / 1000);

/** ms of an ISO text with a zone, or of a local text without one; null if it is neither. */
export function isoMs(text: string | undefined, offsetMinutes: number): number | null {
  if (text === undefined) return null;
  const zoned = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/.test(text);
  if (!zoned) return localTextMs(text, offsetMinutes);
  // Microseconds are cut: not every engine takes more than three digits.
  const short = text.replace(' ', 'T').replace(/(\.\d{3})\d+/, '$1');
  const ms = Date.parse(short.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(ms) ? null : ms;
}

/** ms of `20260316074210`, with milliseconds behind it or not (GA/T 1400, Hikvision pictures). */
export function compactMs(text: string | undefined, offsetMinutes: number): number | null {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})?$/.exec(text ?? '');
  if (!match) return null;
  const [, year, month, day, hour, minute, second, ms = '0'] = match;
  return localTextMs(`${year}-${month}-${day} ${hour}:${minute}:${second}.${ms}`, offsetMinutes);
}

/** Local time as `2026-03-16 07:42:10`, with milliseconds where asked. */
export function localText(atMs: number, offsetMinutes: number, withMs = false): string {
  const text = new Date(atMs + offsetMinutes * 60_000).toISOString().replace('T', ' ');
  return text.slice(0, withMs ? 23 : 19);
}

/** Local time as `2026-03-16T07:42:10+08:00`. */
export function zonedText(atMs: number, offsetMinutes: number): string {
  const minutes = Math.abs(offsetMinutes);
  const two = (value: number) => String(value).padStart(2, '0');
  const zone = `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return `${localText(atMs, offsetMinutes).replace(' ', 'T')}${zone}`;
}
