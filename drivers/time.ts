/** No device of ours was built before 2020: an earlier time means that its clock was never set. */
const earliestMs = Date.UTC(2020, 0, 1);
/** How far a device's clock may run ahead of the box (contracts, section 2). */
export const aheadMs = 10 * 60_000;

/** True where the box's own clock has been set; before, a device's time is the better one. */
export const isSet = (boxMs: number): boolean => boxMs >= earliestMs;

/** The device's time where it is plausible, else the time of arrival. Fractions of a ms are cut. */
export function plausibleMs(deviceMs: number | null | undefined, arrivalMs: number): number {
  if (deviceMs == null || !Number.isFinite(deviceMs) || deviceMs < earliestMs) return arrivalMs;
  if (isSet(arrivalMs) && deviceMs > arrivalMs + aheadMs) return arrivalMs;
  return Math.trunc(deviceMs);
}

/** Milliseconds of a local text without zone, `2026-03-16 07:42:10`, at the given offset; null if it is none. */
export function localTextMs(text: string, offsetMinutes = 480): number | null {
  const match =
    /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))?$/.exec(
      text.trim(),
    );
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const millis = Number((match[7] ?? '0').padEnd(3, '0'));
  const utcMs = Date.UTC(year, month - 1, day, hour, minute, second, millis);
  return Number.isNaN(utcMs) ? null : utcMs - offsetMinutes * 60_000;
}
