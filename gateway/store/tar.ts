import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

const block = 512;
const chunk = 1 << 20;

/** One file of an archive. */
export interface TarEntry {
  readonly name: string;
  readonly bytes: number;
  /** Where its content begins in the archive. */
  readonly at: number;
}

/** Where an archive is written to, in order; a file, or one that is sealed. */
export interface ArchiveWriter {
  write(bytes: Uint8Array): Promise<unknown>;
}

/** Where an archive is read from; `read` may give less than was asked for, 0 at the end. */
export interface ArchiveReader {
  readonly size: number;
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
}

/** Header of POSIX.1-1988 (ustar): any `tar` reads a backup, ours is not needed for it. */
function header(name: string, bytes: number): Buffer {
  const head = Buffer.alloc(block);
  head.write(name, 0, 100, 'utf8');
  head.write('0000600\0', 100);
  head.write('0000000\0', 108);
  head.write('0000000\0', 116);
  // Eleven octal digits end at 8 GB; beyond, the size is binary (as GNU tar and bsdtar do).
  if (bytes < 8 ** 11) head.write(`${bytes.toString(8).padStart(11, '0')}\0`, 124);
  else {
    head[124] = 0x80;
    head.writeBigUInt64BE(BigInt(bytes), 128);
  }
  head.write('00000000000\0', 136);
  head.write('        ', 148);
  head.write('0', 156);
  head.write('ustar\x0000', 257);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return head;
}

/** Adds a file to an archive that is being written; returns how long it is, and its SHA-256 in hex. */
export async function addFile(
  archive: ArchiveWriter,
  name: string,
  path: string,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const source = await open(path, 'r');
  try {
    const { size } = await source.stat();
    const hash = createHash('sha256');
    await archive.write(header(name, size));
    await copy(source, 0, size, async (bytes) => {
      hash.update(bytes);
      await archive.write(bytes);
    });
    await archive.write(Buffer.alloc((block - (size % block)) % block));
    return { bytes: size, sha256: hash.digest('hex') };
  } finally {
    await source.close();
  }
}

export async function addText(archive: ArchiveWriter, name: string, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  await archive.write(header(name, bytes.length));
  await archive.write(bytes);
  await archive.write(Buffer.alloc((block - (bytes.length % block)) % block));
}

/** The two empty blocks at the end. */
export async function endArchive(archive: ArchiveWriter): Promise<void> {
  await archive.write(Buffer.alloc(2 * block));
}

/** What is in an archive. Throws where it is none or cut short. */
export async function listArchive(archive: ArchiveReader): Promise<TarEntry[]> {
  const { size } = archive;
  const entries: TarEntry[] = [];
  let at = 0;
  for (;;) {
    const head = Buffer.alloc(block);
    let got = 0;
    await copy(archive, at, block, async (piece) => {
      piece.copy(head, got);
      got += piece.length;
    });
    if (head.every((byte) => byte === 0)) return entries;
    if (head.toString('latin1', 257, 262) !== 'ustar') throw new RangeError('It is no archive');
    const name = head.toString('utf8', 0, 100).replace(/\0.*$/s, '');
    const bytes =
      head[124] === 0x80
        ? Number(head.readBigUInt64BE(128))
        : Number.parseInt(head.toString('latin1', 124, 135), 8);
    entries.push({ name, bytes, at: at + block });
    at += block + Math.ceil(bytes / block) * block;
    if (!Number.isFinite(bytes) || at > size) throw new RangeError('The archive is cut short');
  }
}

/** Reads a file of an archive, piece by piece; returns its SHA-256 in hex. */
export async function readEntry(
  archive: ArchiveReader,
  { at, bytes }: TarEntry,
  take: (piece: Buffer) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256');
  await copy(archive, at, bytes, async (piece) => {
    hash.update(piece);
    await take(piece);
  });
  return hash.digest('hex');
}

async function copy(
  source: Pick<ArchiveReader, 'read'>,
  from: number,
  bytes: number,
  take: (piece: Buffer) => Promise<void>,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(chunk);
  for (let at = 0; at < bytes; ) {
    const { bytesRead } = await source.read(buffer, 0, Math.min(chunk, bytes - at), from + at);
    if (bytesRead === 0) throw new RangeError('The archive is cut short');
    await take(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}
