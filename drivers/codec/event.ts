import { localText } from './when.ts';

/**
 * The id of an event that the device only counts. Counters begin again after a factory reset or a restart; with the
 * day of the event behind it, `490805@20260316`, the new 490805 is not taken for the old one.
 */
export function dailyEvent(counter: string, atMs: number, offsetMinutes: number): string {
  return `${counter}@${localText(atMs, offsetMinutes).slice(0, 10).replaceAll('-', '')}`;
}

/** What the device counted, of an id that `dailyEvent` made; any other id as it is. */
export const counterOf = (event: string): string => event.replace(/@\d{8}$/, '');
