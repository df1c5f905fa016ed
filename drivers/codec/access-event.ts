import type { Memory } from '../driver.ts';
import { CodecError } from '../driver.ts';
import type { PassageReading } from '../reading.ts';
import { type Allowed, countMinor, isMinor, pick } from './allow-list.ts';
import type { Json } from './json.ts';

/** What may be kept of a person at a door: by which means, with what result. */
export type AccessOutcome = Pick<PassageReading, 'credential' | 'result'>;

/** The listed members of an access event; null where it is a child's, of which only the count is kept (PR-06). */
export function accessEvent(source: Json, allowed: Allowed, memory: Memory): Json | null {
  if (isMinor(source)) {
    countMinor(memory);
    return null;
  }
  return pick(source, allowed, memory);
}

/** A refusal of a message that speaks of a person: its bytes go nowhere, not even into the quarantine. */
export const personalError = (message: string): CodecError =>
  new CodecError(message, { personal: true });

/** Runs `read`; what it refuses of a message about a door is refused as personal, also where nothing could be read. */
export function guarded<T>(body: Uint8Array, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const aboutDoor =
      error instanceof CodecError &&
      !error.personal &&
      Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes('AccessControl');
    throw aboutDoor ? personalError(error.message) : error;
  }
}
