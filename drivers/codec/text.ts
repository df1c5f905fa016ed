import { isUtf8 } from 'node:buffer';
import iconv from 'iconv-lite';
import { CodecError } from '../driver.ts';

/** UTF-8 where the bytes are UTF-8, else GB18030, which contains GBK and GB2312: devices do not say which. */
export function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? buffer.toString('utf8') : iconv.decode(buffer, 'gb18030');
}

/** The bytes of a GBK text, for devices that are set to it. */
export const gbkBytes = (text: string): Uint8Array => iconv.encode(text, 'gbk');

/** Without what some firmware puts around a text: NUL, other control characters, a byte order mark, spaces. */
export const trimmed = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL bytes around a text are the trap that this is for
  text.replace(/^[\u0000-\u0020\ufeff]+|[\u0000-\u0020\ufeff]+$/g, '');

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The text behind base64, without NULs at its end; null where it is not base64 of a text. */
export function base64Text(source: string): string | null {
  if (source.length === 0 || !base64.test(source)) return null;
  const bytes = Buffer.from(source, 'base64');
  if (!isUtf8(bytes)) return null;
  const text = trimmed(bytes.toString('utf8'));
  return /\p{Cc}/u.test(text) ? null : text;
}

/** Base64 of the UTF-8 of `text`. */
export const toBase64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** The bytes of a text. */
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Refuses a message that is longer than its kind can be, before anything is made of it. */
export function atMost(body: Uint8Array, bytes: number): void {
  if (body.length > bytes) throw new CodecError(`${body.length} bytes; at most ${bytes}`);
}
