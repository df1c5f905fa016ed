import type { Level } from '../finding.ts';
import type { Point } from '../site.ts';

/** What stands behind a channel, and what is measured there. */
export type Behind = 'room' | 'phase' | 'house';
export type Channel = 'P' | 'PF' | 'THD';

/** So many at once that are probable may alert where a single one must be confirmed, and make any alert a major one. */
export const togetherFrom = 3;

/** A meter that speaks less often than this says nothing about single charges: its points go to the watch list, s. */
export const slowestS = 120;

/** Three or four rooms: on a phase of a ten-room house. */
const phaseRooms = 4;

export function behindOf(point: Point, channels: number): Behind {
  if (point.kind === 'room' || point.kind === 'common' || point.rooms === 1) return 'room';
  return (point.rooms ?? 10) / channels <= phaseRooms ? 'phase' : 'house';
}

/**
 * The lowest level that may alert at once, and on how many of the last seven nights; null: never, it goes to the
 * lists of the morning. How many rooms sit behind a meter decides whether a charger can be told at all.
 */
export function mayAlert(
  behind: Behind,
  channel: Channel,
): { readonly level: Level; readonly nights: number } | null {
  if (behind === 'room') {
    // With harmonics what is probable is right in more than nine cases of ten; of those who would be visited for
    // nothing one is too many. So it waits until it is confirmed: hours, and half of the charges are never told.
    return channel === 'P' ? null : { level: 'confirmed', nights: 0 };
  }
  if (behind === 'phase') {
    if (channel === 'THD') return { level: 'confirmed', nights: 0 };
    return channel === 'PF' ? { level: 'confirmed', nights: 3 } : null;
  }
  return null;
}
