/** Collects the body of a push and lets go of pictures while they arrive: they are never held as a whole. */
export interface BodyFilter {
  push(chunk: Buffer): void;
  /** What is left: the texts. Cut at the limit, which the driver then refuses as cut short. */
  body(): Buffer;
}

/** Parts of these kinds are pictures. */
const picture =
  /content-type:\s*(?:image\/|application\/octet-stream)|filename="[^"]*\.(?:jpe?g|png|bmp)"/i;
const headEnd = Buffer.from('\r\n\r\n');

/** For multipart bodies the pictures' bytes are dropped part by part; anything else is kept up to `maxBytes`. */
export function createBodyFilter(contentType: string | undefined, maxBytes: number): BodyFilter {
  const boundary = /^multipart\/.*boundary="?([^";]+)"?/i.exec(contentType ?? '')?.[1];
  return boundary === undefined
    ? plain(maxBytes)
    : multipart(Buffer.from(`--${boundary}`), maxBytes);
}

function plain(maxBytes: number): BodyFilter {
  const chunks: Buffer[] = [];
  let held = 0;
  return {
    push(chunk) {
      if (held >= maxBytes) return;
      const part = chunk.subarray(0, maxBytes - held);
      chunks.push(part);
      held += part.length;
    },
    body: () => Buffer.concat(chunks),
  };
}

function multipart(mark: Buffer, maxBytes: number): BodyFilter {
  const kept: Buffer[] = [];
  let held = 0;
  /** Bytes that cannot be judged yet: a boundary or a head may be cut between two chunks. */
  let rest: Buffer = Buffer.alloc(0);
  let state: 'head' | 'keep' | 'drop' = 'head';
  const keep = (bytes: Buffer) => {
    if (held >= maxBytes || bytes.length === 0) return;
    const part = Buffer.from(bytes.subarray(0, maxBytes - held));
    kept.push(part);
    held += part.length;
  };
  return {
    push(chunk) {
      let buffer: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (;;) {
        if (state === 'head') {
          const end = buffer.indexOf(headEnd);
          if (end < 0) {
            // A head longer than 4 KB is none: it is kept, and the driver refuses it.
            if (buffer.length > 4096) state = 'keep';
            rest = buffer;
            if (state === 'head') return;
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
      return Buffer.concat(kept);
    },
  };
}
