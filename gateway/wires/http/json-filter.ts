import { type BodyFilter, maxFieldBytes } from './filter.ts';
import { createKeeper } from './keeper.ts';

const quote = 0x22;
const backslash = 0x5c;

/** Of a JSON body the texts longer than `maxFieldBytes` are emptied: pictures in base64. What is left is JSON as before. */
export function createJsonFilter(maxBytes: number): BodyFilter {
  const keeper = createKeeper(maxBytes);
  /** The text that is being read, without its quotes. */
  const text = createKeeper(maxFieldBytes);
  let textBytes = 0;
  let inText = false;
  /** The last byte was a backslash: the next one belongs to it. */
  let escaped = false;

  const gather = (bytes: Buffer) => {
    textBytes += bytes.length;
    if (textBytes > maxFieldBytes) text.clear();
    else text.keep(bytes);
  };

  return {
    held: () => keeper.held() + text.held(),
    push(chunk) {
      const closing = closingIn(chunk);
      let at = 0;
      while (at < chunk.length) {
        if (!inText) {
          const open = chunk.indexOf(quote, at);
          keeper.keep(chunk.subarray(at, open < 0 ? chunk.length : open + 1));
          if (open < 0) return;
          inText = true;
          at = open + 1;
          continue;
        }
        const close = closing(at);
        if (close < 0) {
          gather(chunk.subarray(at));
          return;
        }
        gather(chunk.subarray(at, close));
        keeper.keep(text.bytes());
        keeper.keep(chunk.subarray(close, close + 1));
        text.clear();
        textBytes = 0;
        inText = false;
        at = close + 1;
      }
    },
    body() {
      // A text that never ended: whatever is left of it shows the driver that the body is cut.
      keeper.keep(text.bytes());
      text.clear();
      return keeper.bytes();
    },
  };

  /** Finds where a text ends, at or after `from`; -1 where it goes on. What was found ahead is not looked for again. */
  function closingIn(chunk: Buffer): (from: number) => number {
    let end = 0;
    let slash = 0;
    // -1 is known too: there is none in the rest of the chunk.
    const next = (byte: number, known: number, from: number) =>
      known === -1 || (known >= from && chunk[known] === byte) ? known : chunk.indexOf(byte, from);
    return (from) => {
      let at = from;
      if (escaped) {
        escaped = false;
        at += 1;
      }
      for (;;) {
        end = next(quote, end, at);
        slash = next(backslash, slash, at);
        if (slash < 0 || (end >= 0 && slash > end)) return end;
        at = slash + 2;
        if (at > chunk.length) {
          escaped = true;
          return -1;
        }
      }
    };
  }
}
