import { createHmac, timingSafeEqual } from 'node:crypto';

/** A step lasts so long, s (RFC 6238, 4.1: the default, and the only one that every app knows). */
export const stepS = 30;
const digits = 6;
/** A code of one step before or after is taken too: clocks differ, people type slowly (RFC 6238, 5.2). */
const window = 1;

/** The step of a moment, ms since 1970. */
export const stepOf = (atMs: number): number => Math.floor(atMs / 1000 / stepS);

/** The code of a step: RFC 4226, 5.3, over the counter of RFC 6238. */
export function totp(
  secret: Uint8Array,
  step: number,
  options: { readonly digits?: number; readonly hash?: 'sha1' | 'sha256' | 'sha512' } = {},
): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac(options.hash ?? 'sha1', secret)
    .update(counter)
    .digest();
  const offset = (mac.at(-1) ?? 0) & 0x0f;
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff;
  const length = options.digits ?? digits;
  return String(number % 10 ** length).padStart(length, '0');
}

/** The step whose code this is, among those that are good at `atMs`; undefined where it is none. */
export function stepOfCode(secret: Uint8Array, code: string, atMs: number): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const now = stepOf(atMs);
  let found: number | undefined;
  for (let step = now - window; step <= now + window; step += 1) {
    if (timingSafeEqual(Buffer.from(totp(secret, step)), Buffer.from(code))) found = step;
  }
  return found;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 base32 without padding, as the apps take it. */
export function base32(bytes: Uint8Array): string {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  return (bits.match(/.{1,5}/g) ?? [])
    .map((group) => alphabet[Number.parseInt(group.padEnd(5, '0'), 2)])
    .join('');
}

/** What the QR code says: the key URI that authenticator apps have in common. */
export function keyUri(secret: Uint8Array, issuer: string, account: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?secret=${base32(secret)}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=${digits}&period=${stepS}`;
}
