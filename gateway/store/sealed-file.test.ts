import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createSealed, isSealed, pieceBytes, readSealed } from './sealed-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-sealed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'box');
const key = randomBytes(32);

async function sealed(...pieces: readonly Buffer[]) {
  const out = await createSealed(file, key);
  for (const piece of pieces) await out.write(piece);
  await out.end();
}

/** The whole content, in reads of `step` bytes. */
async function content(step = 100_000, with_: Buffer | undefined = key): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    expect(await isSealed(handle)).toBe(true);
    const reader = await readSealed(handle, with_);
    const bytes = Buffer.alloc(reader.size);
    for (let at = 0; at < reader.size; ) {
      const { bytesRead } = await reader.read(bytes, at, Math.min(step, reader.size - at), at);
      expect(bytesRead).toBeGreaterThan(0);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}

test('what was sealed comes out as it went in, whatever its length and however it was written and read', async () => {
  const lengths = fc.oneof(
    fc.integer({ min: 0, max: 300_000 }),
    fc.constantFrom(0, 1, pieceBytes - 1, pieceBytes, pieceBytes + 1, 2 * pieceBytes),
  );
  await fc.assert(
    fc.asyncProperty(
      lengths,
      fc.integer({ min: 1, max: 200_000 }),
      fc.integer({ min: 997, max: 200_000 }),
      async (length, cut, step) => {
        const bytes = randomBytes(length);
        await sealed(bytes.subarray(0, cut), bytes.subarray(cut));
        expect((await content(step)).equals(bytes)).toBe(true);
      },
    ),
    { numRuns: 40 },
  );
});

test('nothing of it can be read in the file, and the same content is never sealed alike', async () => {
  const canary = Buffer.from('沪A12345 +8613800138003');
  await sealed(Buffer.concat([canary, Buffer.alloc(100_000), canary]));
  const one = readFileSync(file);
  expect(one.includes(canary) || one.includes('沪A12345')).toBe(false);
  await sealed(Buffer.concat([canary, Buffer.alloc(100_000), canary]));
  expect(readFileSync(file).subarray(64).equals(one.subarray(64))).toBe(false);
});

test('a changed bit anywhere, a piece moved, a cut at any place: refused, never read as something else', async () => {
  const bytes = randomBytes(3 * pieceBytes);
  await sealed(bytes);
  const whole = readFileSync(file);
  const piece = pieceBytes + 16;
  const spoilt: Buffer[] = [];
  for (const at of [20, 30, 57, 70, 64 + piece + 5, whole.length - 1]) {
    const bent = Buffer.from(whole);
    bent[at] = (bent[at] ?? 0) ^ 1;
    spoilt.push(bent);
  }
  for (const length of [64, 70, 64 + piece, 64 + 2 * piece, whole.length - 1])
    spoilt.push(whole.subarray(0, length));
  spoilt.push(
    Buffer.concat([
      whole.subarray(0, 64),
      whole.subarray(64 + piece, 64 + 2 * piece),
      whole.subarray(64, 64 + piece),
      whole.subarray(64 + 2 * piece),
    ]),
  );
  for (const one of spoilt) {
    writeFileSync(file, one);
    await expect(content()).rejects.toThrow();
  }
});

test('with another key, or none, it says which key it wants', async () => {
  await sealed(Buffer.from('x'));
  await expect(content(1, randomBytes(32))).rejects.toMatchObject({ code: 'KEYS_MISSING' });
  const handle = await open(file, 'r');
  await expect(readSealed(handle, undefined)).rejects.toThrow('give it with --key');
  await handle.close();
});
