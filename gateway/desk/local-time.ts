/** A moment as the site's people read it. */
export interface LocalTime {
  /** `2026-05-01`. */
  readonly day: string;
  /** Minutes since local midnight. */
  readonly minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (zone: string): Intl.DateTimeFormat => {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formats.set(zone, format);
  }
  return format;
};

/** Local day and minute at the site, whatever zone the box or the viewer is in. */
export function localTime(atMs: number, zone: string): LocalTime {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  );
  return {
    day: `${parts.year}-${parts.month}-${parts.day}`,
    minute: Number(parts.hour) * 60 + Number(parts.minute),
  };
}

/** UTC ms of a local day and minute. In the hour that a clock change repeats, the first one. */
export function atLocal(day: string, minute: number, zone: string): number {
  const asUtc = Date.parse(`${day}T00:00:00Z`) + minute * 60_000;
  const offsetAt = (atMs: number) => {
    const local = localTime(atMs, zone);
    const whole = Math.floor(atMs / 60_000) * 60_000;
    return Date.parse(`${local.day}T00:00:00Z`) + local.minute * 60_000 - whole;
  };
  const first = asUtc - offsetAt(asUtc);
  return asUtc - offsetAt(first);
}

/** `02:03`. */
export const clockText = (atMs: number, zone: string): string => {
  const { minute } = localTime(atMs, zone);
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
};

/** The day after or before: `2026-02-28` and 1 give `2026-03-01`. */
export const addDays = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** 22:00 to 07:00, when only what cannot wait may wake somebody. */
export const quietHours = { fromMinute: 22 * 60, toMinute: 7 * 60 } as const;

/** True between 22:00 and 07:00 at the site: night for the figures, whatever the calendar says of waking people. */
export function isNight(atMs: number, zone: string): boolean {
  const { minute } = localTime(atMs, zone);
  return minute >= quietHours.fromMinute || minute < quietHours.toMinute;
}
