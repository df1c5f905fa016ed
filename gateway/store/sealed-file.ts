import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { GatewayError } from '../errors.ts';
import type { ArchiveReader, ArchiveWriter } from './tar.ts';

/**
 * A file that nobody reads or changes without its key, of any size, in little memory: 64 bytes of head, then pieces of
 * AES-256-GCM. The key of the file is made from the key at hand and a salt of its own (HKDF), so numbers of pieces are
 * nonces that never come twice; the last piece says that it is the last (the STREAM construction of Hoang, Reyhanitabar,
 * Rogaway and Vizár, 2015): no piece can be changed, moved, or left out, at the end neither.
 */
const magic = 'gatehouse-seal-1';
const headBytes = 64;
const fingerprintBytes = 8;
const saltBytes = 32;
const tagBytes = 16;
/** What one piece holds, bytes. */
export const pieceBytes = 64 * 1024;

/** Tells keys apart without telling anything of them. */
const fingerprintOf = (key: Buffer): Buffer =>
  createHmac('sha256', key).update(magic).digest().subarray(0, fingerprintBytes);

interface Piece {
  readonly head: Buffer;
  readonly fileKey: Buffer;
}

const pieceKey = (key: Buffer, head: Buffer): Piece => {
  const salt = head.subarray(24, 24 + saltBytes);
  return { head, fileKey: Buffer.from(hkdfSync('sha256', key, salt, magic, 32)) };
};

const nonceOf = (n: number, last: boolean): Buffer => {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(n, 7);
  nonce[11] = last ? 1 : 0;
  return nonce;
};

/** A new sealed file; `end` flushes and closes it. Without `end` nobody can open it. */
export async function createSealed(
  file: string,
  key: Buffer,
): Promise<ArchiveWriter & { end(): Promise<void>; abort(): Promise<void> }> {
  const handle = await open(file, 'w', 0o600);
  const head = Buffer.alloc(headBytes);
  head.write(magic, 0, 'latin1');
  fingerprintOf(key).copy(head, 16);
  randomBytes(saltBytes).copy(head, 24);
  head.writeUInt32BE(pieceBytes, 56);
  await handle.write(head);
  const { fileKey } = pieceKey(key, head);
  let waiting = Buffer.alloc(0);
  let n = 0;
  const seal = async (piece: Buffer, last: boolean) => {
    const cipher = createCipheriv('aes-256-gcm', fileKey, nonceOf(n, last));
    cipher.setAAD(head);
    n += 1;
    const body = Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()]);
    await handle.write(body);
  };
  return {
    async write(bytes) {
      waiting = Buffer.concat([waiting, bytes]);
      let at = 0;
      // One byte at least stays back: only the end knows which piece is the last.
      for (; waiting.length - at > pieceBytes; at += pieceBytes)
        await seal(waiting.subarray(at, at + pieceBytes), false);
      waiting = Buffer.from(waiting.subarray(at));
    },
    async end() {
      await seal(waiting, true);
      await handle.sync();
      await handle.close();
    },
    abort: () => handle.close().catch(() => {}),
  };
}

/** True for a file that begins as sealed ones do. */
export async function isSealed(handle: FileHandle): Promise<boolean> {
  const head = Buffer.alloc(magic.length);
  await handle.read(head, 0, head.length, 0);
  return head.toString('latin1') === magic;
}

/** Reads a sealed file at any place. Throws RangeError where a byte was changed or the end is missing. */
export async function readSealed(
  handle: FileHandle,
  key: Buffer | undefined,
): Promise<ArchiveReader> {
  const head = Buffer.alloc(headBytes);
  const { size } = await handle.stat();
  await handle.read(head, 0, headBytes, 0);
  if (!key || !fingerprintOf(key).equals(head.subarray(16, 16 + fingerprintBytes))) {
    throw new GatewayError(
      'KEYS_MISSING',
      key
        ? 'It was sealed with another key: give that file with --key'
        : 'It is sealed, and there is no backup.key beside the other keys: give it with --key',
    );
  }
  const piece = head.readUInt32BE(56);
  const body = size - headBytes;
  const count = Math.ceil(body / (piece + tagBytes));
  const { fileKey } = pieceKey(key, head);
  const broken = (cause?: unknown) =>
    new RangeError('It was changed, or its end is missing', { cause });
  if (piece < 1 || body < tagBytes || body - (count - 1) * (piece + tagBytes) < tagBytes)
    throw broken();

  let held = { n: -1, bytes: Buffer.alloc(0) };
  const openPiece = async (n: number): Promise<Buffer> => {
    if (held.n === n) return held.bytes;
    const sealed = Buffer.alloc(Math.min(piece + tagBytes, body - n * (piece + tagBytes)));
    const at = headBytes + n * (piece + tagBytes);
    const { bytesRead } = await handle.read(sealed, 0, sealed.length, at);
    if (bytesRead < sealed.length) throw broken();
    const decipher = createDecipheriv('aes-256-gcm', fileKey, nonceOf(n, n === count - 1));
    decipher.setAAD(head);
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    try {
      const bytes = Buffer.concat([
        decipher.update(sealed.subarray(0, -tagBytes)),
        decipher.final(),
      ]);
      held = { n, bytes };
      return bytes;
    } catch (cause) {
      throw broken(cause);
    }
  };
  await openPiece(count - 1);
  return {
    size: body - count * tagBytes,
    async read(buffer, offset, length, position) {
      const n = Math.floor(position / piece);
      if (n >= count) return { bytesRead: 0 };
      const from = position - n * piece;
      const bytes = (await openPiece(n)).subarray(from, from + length);
      bytes.copy(buffer, offset);
      return { bytesRead: bytes.length };
    },
  };
}
