import { localText } from './when.ts';

/**
 * The id of an event that the device only counts. Counters begin again after a factory reset or a restart; with the
 * day of the event behind it, `490805@20260316`, the new 490805 is not taken for the old one. `before` tells counters
 * of one device apart. An id that is no number is left as it is.
 */
export function dailyEvent(id: string, atMs: number, offsetMinutes: number, before = ''): string {
  if (!/^\d+$/.test(id)) return id;
  return `${before}${id}@${localText(atMs, offsetMinutes).slice(0, 10).replaceAll('-', '')}`;
}

/** What the device counted, of an id that `dailyEvent` made; any other id as it is. */
export function counterOf(event: string, before = ''): string {
  const counted = /^(.*?)(\d+)@\d{8}$/.exec(event);
  return counted?.[1] === before ? (counted[2] ?? event) : event;
}
