import type { Memory } from '../driver.ts';
import { type Json, object } from './json.ts';

/** Members that may be looked at: `true` for a plain value, or the members of the objects below it. */
export interface Allowed {
  readonly [member: string]: true | Allowed;
}

/** Longest plain value, characters: nothing on a list is longer than an id, and a picture always is. */
const maxValue = 128;
/** Most objects of one array. */
const maxItems = 100;

/**
 * A copy of the members of `source` that are on the list, and of nothing else (PR-01). What is let go is counted in
 * `memory.dropped`, one for each member, whatever hangs below it; neither its name nor its value is kept.
 */
export function pick(source: Json, allowed: Allowed, memory: Memory): Json {
  const picked: Record<string, unknown> = Object.create(null);
  for (const member of Object.keys(source)) {
    const rule = Object.hasOwn(allowed, member) ? allowed[member] : undefined;
    const value = rule === undefined ? undefined : copied(source[member], rule, memory);
    if (value === undefined) countDropped(memory, 1);
    else picked[member] = value;
  }
  return picked;
}

function copied(value: unknown, rule: true | Allowed, memory: Memory): unknown {
  if (rule === true) {
    if (typeof value === 'string') return value.length <= maxValue ? value : undefined;
    return typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
  }
  if (Array.isArray(value)) {
    return value.slice(0, maxItems).flatMap((item) => {
      const inner = object(item);
      return inner ? [pick(inner, rule, memory)] : [];
    });
  }
  const inner = object(value);
  return inner ? pick(inner, rule, memory) : undefined;
}

/** Counts members of a person that were let go. */
export function countDropped(memory: Memory, members: number): void {
  memory.dropped = (typeof memory.dropped === 'number' ? memory.dropped : 0) + members;
}

const flag = /^(?:is|bis)?[_-]?(?:minor|juvenile|child|underage)(?:[_-]?(?:suspected|flag))?$/i;
const ageGroup = /^(?:age[_-]?(?:group|segment|stage)|person[_-]?age)$/i;
const young =
  /^(?:infant|baby|kid|child|children|juvenile|minor|underage|婴儿|幼儿|儿童|未成年人?)$/i;

/**
 * PR-06: the device says or guesses that this is a child under 14. Then nothing of the message is kept but a count
 * (`memory.minors`). Looked for before the allow-list, at every depth that devices use.
 */
export function isMinor(source: unknown, depth = 0): boolean {
  if (depth > 4 || typeof source !== 'object' || source === null) return false;
  if (Array.isArray(source)) {
    return source.slice(0, maxItems).some((item) => isMinor(item, depth + 1));
  }
  return Object.entries(source).some(([member, value]) => {
    if (flag.test(member)) return value === true || /^(?:1|true|yes)$/i.test(String(value));
    if (ageGroup.test(member)) return young.test(String(value));
    // 0 is how devices write "not measured".
    if (/^age$/i.test(member)) return Number(value) > 0 && Number(value) < 14;
    return isMinor(value, depth + 1);
  });
}

/** Counts a message of which nothing was kept. */
export function countMinor(memory: Memory): void {
  memory.minors = (typeof memory.minors === 'number' ? memory.minors : 0) + 1;
}
