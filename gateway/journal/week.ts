import type { Maxima } from './contract.ts';
import { hourMs } from './hour.ts';

export const hoursOfWeek = 168;
/** 1970-01-05 was a Monday, ms. */
const mondayMs = 4 * 24 * hourMs;

/** The highest value of each hour of the week, Monday 00:00 first, by the site's clock; null for hours of which nothing is known. */
export function highestByHour(
  maxima: readonly Maxima[],
  utcOffsetMs: number,
): readonly (number | null)[] {
  const highest = new Array<number | null>(hoursOfWeek).fill(null);
  for (const { atMs, max } of maxima) {
    for (let i = 0; i < atMs.length; i += 1) {
      const hours = Math.floor(((atMs[i] as number) + utcOffsetMs - mondayMs) / hourMs);
      const hour = ((hours % hoursOfWeek) + hoursOfWeek) % hoursOfWeek;
      const value = max[i] as number;
      const before = highest[hour];
      if (before === null || before === undefined || value > before) highest[hour] = value;
    }
  }
  return highest;
}
