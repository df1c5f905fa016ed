import { createKeeper } from './keeper.ts';
import { picture } from './part-filter.ts';

/** One part of an event stream. A picture, or a text over the limit, has no body: it was let go as it came. */
export interface StreamPart {
  readonly contentType: string | undefined;
  readonly body: Buffer | null;
  /** It was a text, and over the limit. */
  readonly tooLong: boolean;
}

export interface PartReader {
  /** Parts that are whole now. Throws where this is no multipart stream. */
  push(chunk: Buffer): StreamPart[];
  held(): number;
}

/** Longest text of one event, bytes: an ANPR event has 4 KB. */
export const maxPartBytes = 256 * 1024;
/** Longest head of a part, and the most that may stand before the first one, bytes. */
export const maxHeadBytes = 4096;

type State = 'mark' | 'head' | 'body';

/**
 * Cuts an endless multipart stream into parts. A length is believed only where a boundary, or nothing yet, follows it:
 * then an event need not wait for the next one to be told. `boundary` is what the content type names; devices write
 * it with and without dashes of its own.
 */
export function createPartReader(boundary: string | undefined, limit = maxPartBytes): PartReader {
  let mark: Buffer | null =
    boundary === undefined ? null : Buffer.from(`--${boundary.replace(/^--/, '')}`);
  let rest: Buffer = Buffer.alloc(0);
  let state: State = 'mark';
  const text = createKeeper(limit);
  let bodyBytes = 0;
  let head = {
    isPicture: false,
    length: null as number | null,
    type: undefined as string | undefined,
  };

  const finish = (): StreamPart => {
    const tooLong = !head.isPicture && bodyBytes > limit;
    const body = head.isPicture || tooLong ? null : withoutEnd(text.bytes());
    state = 'mark';
    return { contentType: head.type, body, tooLong };
  };
  const take = (bytes: Buffer) => {
    bodyBytes += bytes.length;
    if (!head.isPicture) text.keep(bytes);
  };

  /** One step; a part that has become whole, true to go on, false to wait for more. */
  const step = (): StreamPart | boolean => {
    if (state === 'mark') {
      mark ??= firstMark(rest);
      const at = mark === null ? -1 : rest.indexOf(mark);
      const end = at < 0 || mark === null ? -1 : rest.indexOf('\n', at + mark.length);
      if (end >= 0) {
        rest = rest.subarray(end + 1);
        state = 'head';
        return true;
      }
      const keepBytes = mark === null || at >= 0 ? maxHeadBytes : mark.length + 2;
      if (at >= 0) rest = rest.subarray(at);
      else if (mark !== null) rest = rest.subarray(Math.max(0, rest.length - keepBytes));
      if (rest.length > keepBytes) throw new Error('No boundary in the stream');
      return false;
    }
    if (state === 'head') {
      const end = headEnd(rest);
      if (end === null) {
        if (rest.length > maxHeadBytes) throw new Error('A head that never ends');
        return false;
      }
      const said = rest.toString('latin1', 0, end);
      const length = /^content-length:\s*(\d{1,9})\s*$/im.exec(said)?.[1];
      head = {
        isPicture: picture.test(said),
        length: length === undefined ? null : Number(length),
        type: /^content-type:\s*([^\r\n]+)/im.exec(said)?.[1]?.trim(),
      };
      rest = rest.subarray(end);
      text.clear();
      bodyBytes = 0;
      state = 'body';
      return true;
    }
    if (mark === null) throw new Error('A body before its boundary');
    const next = rest.indexOf(mark);
    if (next >= 0) {
      take(rest.subarray(0, next));
      rest = rest.subarray(next);
      return finish();
    }
    const missing = head.length === null ? null : head.length - bodyBytes;
    if (missing !== null && missing >= 0 && missing <= rest.length) {
      const behind = rest.toString('latin1', missing).replace(/^\r?\n?/, '');
      if (mark.toString('latin1').startsWith(behind)) {
        take(rest.subarray(0, missing));
        rest = rest.subarray(missing);
        return finish();
      }
    }
    // The boundary may begin in the last bytes.
    const safe = Math.max(0, rest.length - mark.length - 2);
    take(rest.subarray(0, safe));
    rest = rest.subarray(safe);
    return false;
  };

  return {
    held: () => rest.length + text.held(),
    push(chunk) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const parts: StreamPart[] = [];
      for (;;) {
        const done = step();
        if (done === false) break;
        if (done !== true) parts.push(done);
      }
      // A view would hold the whole chunk that it was cut from.
      rest = Buffer.from(rest);
      return parts;
    },
  };
}

/** The first line that begins with two dashes, where the content type names no boundary. */
function firstMark(bytes: Buffer): Buffer | null {
  const line = /(?:^|\n)(--[^\r\n]{1,100})\r?\n/.exec(
    bytes.toString('latin1', 0, maxHeadBytes),
  )?.[1];
  return line === undefined ? null : Buffer.from(line.trimEnd(), 'latin1');
}

/** Where the head ends, with its empty line; null where it has not come. */
function headEnd(bytes: Buffer): number | null {
  const match = /^\r?\n|\r?\n\r?\n/.exec(bytes.toString('latin1', 0, maxHeadBytes + 4));
  return match ? match.index + match[0].length : null;
}

/** Without the line end, and the dashes of a boundary that has more of them than was said. */
function withoutEnd(body: Buffer): Buffer {
  const end = /\r?\n-*$/.exec(body.toString('latin1', Math.max(0, body.length - 16)));
  return end ? body.subarray(0, body.length - end[0].length) : body;
}
