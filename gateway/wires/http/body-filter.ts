import type { BodyFilter } from './filter.ts';
import { createFormFilter } from './form-filter.ts';
import { createJsonFilter } from './json-filter.ts';
import { createKeeper } from './keeper.ts';
import { createPartFilter } from './part-filter.ts';

/** Looks at the content type, and where that says nothing, at the first byte: half of the cameras say text/plain. */
export function createBodyFilter(contentType: string | undefined, maxBytes: number): BodyFilter {
  const boundary = /^multipart\/.*boundary="?([^";]+)"?/i.exec(contentType ?? '')?.[1];
  if (boundary !== undefined) return createPartFilter(Buffer.from(`--${boundary}`), maxBytes);
  let chosen: BodyFilter | null = null;
  return {
    push(chunk) {
      if (chunk.length === 0) return;
      chosen ??= filterFor(contentType ?? '', chunk, maxBytes);
      chosen.push(chunk);
    },
    held: () => chosen?.held() ?? 0,
    body: () => chosen?.body() ?? Buffer.alloc(0),
  };
}

function filterFor(contentType: string, first: Buffer, maxBytes: number): BodyFilter {
  const begin = first.subarray(0, 64).toString('latin1');
  if (/^[\s\0]*[{[]/.test(begin)) return createJsonFilter(maxBytes);
  const mark = /^\s*(--[^\r\n]{1,80})\r?\n/.exec(first.subarray(0, 256).toString('latin1'))?.[1];
  if (mark !== undefined) return createPartFilter(Buffer.from(mark), maxBytes);
  if (/x-www-form-urlencoded/i.test(contentType) || /^\s*[\w.-]+=/.test(begin))
    return createFormFilter(maxBytes);
  const keeper = createKeeper(maxBytes);
  return { push: keeper.keep, held: keeper.held, body: keeper.bytes };
}
