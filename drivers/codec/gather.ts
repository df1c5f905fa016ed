import type { Memory } from '../driver.ts';

/** Values of one moment, by name. Null: the device said that it has none (`nan`). */
export interface Gathered {
  /** When the first of them came. */
  readonly atMs: number;
  readonly values: Readonly<Record<string, number | null>>;
}

/** Values that come this soon behind each other are of one moment, ms. */
export const togetherMs = 1000;
/** Names that one device may say: no message can fill the memory. */
const maxNames = 64;

interface Gathering {
  atMs: number;
  lastMs: number;
  readonly values: Record<string, number | null>;
}

/**
 * For devices that say one number a topic: joins what belongs to one moment. A moment is over when everything has been
 * said that is `wanted`, or that was said the last time; when a name comes again; or when the next comes too late.
 * `counts` tells whether a moment is worth anything: one without power is not, and teaches nothing.
 *
 * `first` is what a device says first that says its numbers in one order. Where a moment breaks off, because the network or
 * the box was held up in the midst of it, the rest that comes later would be joined with the beginning of the next, if that
 * comes at once; so it is passed over until `first` comes, or a pause. Not twice in a row: a device that begins with
 * something else must not be passed over for ever.
 */
export function gather(
  memory: Memory,
  {
    name,
    value,
    atMs,
  }: { readonly name: string; readonly value: number | null; readonly atMs: number },
  wanted: readonly string[],
  counts: (values: Gathered['values']) => boolean,
  first?: string,
): Gathered[] {
  const over: Gathered[] = [];
  const isPause = (sinceMs: number) => Math.abs(atMs - sinceMs) > togetherMs;
  let now = memory.gathering as Gathering | undefined;
  const passedMs = memory.passedMs as number | undefined;
  if (passedMs !== undefined) {
    const isRest = name !== first && !isPause(passedMs);
    memory.passedMs = isRest ? atMs : undefined;
    if (isRest) return over;
  }
  if (now && (name in now.values || isPause(now.lastMs))) {
    if (counts(now.values)) {
      memory.saidLast = Object.keys(now.values);
      over.push({ atMs: now.atMs, values: now.values });
    } else if (first !== undefined && name !== first && memory.hasPassed !== true) {
      memory.hasPassed = true;
      memory.passedMs = atMs;
      memory.gathering = undefined;
      return over;
    }
    now = undefined;
  }
  now ??= { atMs, lastMs: atMs, values: Object.create(null) };
  if (Object.keys(now.values).length < maxNames) now.values[name] = value;
  now.lastMs = atMs;
  const { values } = now;
  const has = (names: readonly string[]) => names.every((one) => one in values);
  const saidLast = memory.saidLast as readonly string[] | undefined;
  if (counts(values) && (has(wanted) || (saidLast && has(saidLast)))) {
    over.push({ atMs: now.atMs, values });
    now = undefined;
    memory.hasPassed = false;
  }
  memory.gathering = now;
  return over;
}

/** The number of a bare payload; null for `nan`, undefined where it is neither. */
export function bareNumber(text: string): number | null | undefined {
  if (/^\s*nan\s*$/i.test(text)) return null;
  if (!/^\s*[-+]?\d{1,15}(?:\.\d{1,9})?(?:e[-+]?\d{1,2})?\s*$/i.test(text)) return undefined;
  return Number(text);
}
