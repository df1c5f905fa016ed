import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Collects what a start leaves: the tree of the configuration, code that runs once; a third of the heap, which V8
 * would keep until a box needs more. The first pass finds what is free, the second moves the rest together; each
 * takes some 30 ms.
 */
export function collectGarbage(): void {
  const collect = collectorOf();
  collect();
  setTimeout(collect, secondPassMs).unref();
}

const secondPassMs = 500;

/** What collects in a thread that nobody waits for: all of its heap, or only what is young, in a tenth of the time. */
export function collectorOf(): (what?: { readonly type: 'minor' }) => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as ReturnType<typeof collectorOf>;
  // Compiled code is kept for a V8 of the same flags as at the start.
  setFlagsFromString('--no-expose-gc');
  return collect;
}
