import type { Pace } from './pace.ts';

/**
 * What `work` gives, unless the signal comes first. Leaves nothing behind on the signal: to race against one promise
 * that lives as long as the box would keep a little of every answer for as long.
 */
export const unlessStopped = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const stop = () => reject(new Error('The gateway stops'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });

/** The same, and not for longer than `ms`. */
export async function withPatience<T>(
  work: Promise<T>,
  ms: number,
  { pace, signal }: { readonly pace: Pace; readonly signal: AbortSignal },
): Promise<T> {
  const over = new AbortController();
  const hung = pace.wait(ms, over.signal).then((): never => {
    throw new Error('The wire hangs');
  });
  hung.catch(() => {
    // The answer came first.
  });
  try {
    return await unlessStopped(Promise.race([work, hung]), signal);
  } finally {
    over.abort();
  }
}
