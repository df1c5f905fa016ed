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
): Gathered[] {
  const over: Gathered[] = [];
  let now = memory.gathering as Gathering | undefined;
  if (now && (name in now.values || Math.abs(atMs - now.lastMs) > togetherMs)) {
    if (counts(now.values)) {
      memory.saidLast = Object.keys(now.values);
      over.push({ atMs: now.atMs, values: now.values });
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
