import type { Text } from '../drivers/text.ts';

/** What a rule owes whoever is sent out by it. Parts of sentences, without the full stop. */
export interface Doubt {
  /** What was exceeded, where the rule's own words do not name it. */
  readonly limit?: Text;
  /** What else it could be. */
  readonly could: Text;
  /** What the device that measured cannot see. */
  readonly blind: Text;
}

const dayMs = 86_400_000;

/** The rule's own words, then: since when, against which limit, what else it could be, what nobody measured. */
export function withDoubt(
  { zh, en }: Text,
  { limit, could, blind }: Doubt,
  moment: { readonly sinceMs: number; readonly atMs: number; readonly utcOffsetMs: number },
): Text {
  const since = clockOf(moment);
  return {
    zh: `${zh}始于${since}${limit ? `，限值：${limit.zh}` : ''}。也可能是：${could.zh}。${blind.zh}。`,
    en: `${en} Since ${since}${limit ? `; limit: ${limit.en}` : ''}. It could also be: ${could.en}. ${blind.en}.`,
  };
}

/** Local `21:14`; with the date in front where it is another day's. */
function clockOf({
  sinceMs,
  atMs,
  utcOffsetMs,
}: {
  readonly sinceMs: number;
  readonly atMs: number;
  readonly utcOffsetMs: number;
}): string {
  const local = new Date(sinceMs + utcOffsetMs).toISOString();
  const clock = local.slice(11, 16);
  const sameDay =
    Math.floor((sinceMs + utcOffsetMs) / dayMs) === Math.floor((atMs + utcOffsetMs) / dayMs);
  return sameDay ? clock : `${local.slice(5, 10)} ${clock}`;
}
