import type { BodyFilter } from './filter.ts';
import { createKeeper } from './keeper.ts';

/** Parts of these kinds are pictures. */
export const picture =
  /content-type:\s*(?:image\/|application\/octet-stream)|filename="[^"]*\.(?:jpe?g|png|bmp)"/i;
const headEnd = Buffer.from('\r\n\r\n');
/** A head longer than this is none, bytes. */
const maxHeadBytes = 4096;

/** Of a multipart body the pictures' bytes are dropped part by part; heads and texts are kept. `mark` is `--boundary`. */
export function createPartFilter(mark: Buffer, maxBytes: number): BodyFilter {
  const keeper = createKeeper(maxBytes);
  const { keep } = keeper;
  /** Bytes that cannot be judged yet: a boundary or a head may be cut between two chunks. */
  let rest: Buffer = Buffer.alloc(0);
  let state: 'head' | 'keep' | 'drop' = 'head';
  /**
   * What was left, and the chunk behind it. Within a part only a boundary is worth the copy of the chunk: where none
   * begins in what was left, that is settled by itself.
   */
  const joined = (chunk: Buffer): Buffer => {
    if (rest.length === 0) return chunk;
    if (state !== 'head' && chunk.length >= mark.length) {
      const seam = Buffer.concat([rest, chunk.subarray(0, mark.length - 1)]);
      if (seam.indexOf(mark) < 0) {
        if (state === 'keep') keep(rest);
        return chunk;
      }
    }
    return Buffer.concat([rest, chunk]);
  };
  return {
    held: () => keeper.held() + rest.length,
    push(chunk) {
      let buffer = joined(chunk);
      for (;;) {
        if (state === 'head') {
          const end = buffer.indexOf(headEnd);
          if (end < 0) {
            // It is kept as text, and the driver refuses it.
            if (buffer.length <= maxHeadBytes) {
              rest = Buffer.from(buffer);
              return;
            }
            state = 'keep';
            continue;
          }
          const head = buffer.subarray(0, end + headEnd.length);
          keep(head);
          state = picture.test(head.toString('latin1')) ? 'drop' : 'keep';
          buffer = buffer.subarray(end + headEnd.length);
          continue;
        }
        const next = buffer.indexOf(mark);
        if (next < 0) {
          // The boundary may begin in the last bytes.
          const safe = Math.max(0, buffer.length - mark.length - 2);
          if (state === 'keep') keep(buffer.subarray(0, safe));
          rest = Buffer.from(buffer.subarray(safe));
          return;
        }
        if (state === 'keep') keep(buffer.subarray(0, next));
        else keep(Buffer.from('\r\n'));
        buffer = buffer.subarray(next);
        state = 'head';
        if (buffer.subarray(mark.length, mark.length + 2).toString('latin1') === '--') {
          keep(buffer);
          rest = Buffer.alloc(0);
          return;
        }
      }
    },
    body() {
      if (state !== 'drop') keep(rest);
      rest = Buffer.alloc(0);
      return keeper.bytes();
    },
  };
}
