import { currentLanguage } from './words.ts';

/** The site's time minus UTC, ms. Never the browser's: whoever looks from Berlin sees Shanghai. */
let offsetMs = 8 * 3_600_000;
export const setOffset = (ms: number): void => {
  offsetMs = ms;
};

const two = (value: number): string => String(value).padStart(2, '0');

/** `21:14`. */
export function clock(atMs: number): string {
  const local = new Date(atMs + offsetMs);
  return `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}`;
}

/** `3月16日 21:14`. */
export function dateClock(atMs: number): string {
  const local = new Date(atMs + offsetMs);
  const [month, day] = [local.getUTCMonth() + 1, local.getUTCDate()];
  return currentLanguage() === 'zh'
    ? `${month}月${day}日 ${clock(atMs)}`
    : `${two(day)}/${two(month)} ${clock(atMs)}`;
}

/** `12分钟`, `3小时5分钟`. */
export function spell(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  const zh = currentLanguage() === 'zh';
  if (minutes < 1)
    return zh
      ? `${Math.max(0, Math.round(ms / 1000))}秒`
      : `${Math.max(0, Math.round(ms / 1000))} s`;
  if (minutes < 60) return zh ? `${minutes}分钟` : `${minutes} min`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours < 48) return zh ? `${hours}小时${rest}分钟` : `${hours} h ${rest} min`;
  return zh ? `${Math.floor(hours / 24)}天` : `${Math.floor(hours / 24)} d`;
}

/** Seconds since 1970 in the site's time, as uPlot wants its axis. */
export const axisSeconds = (atMs: number): number => (atMs + offsetMs) / 1000;

/** `12分钟前`, `12 min ago`. */
export const ago = (ms: number): string =>
  currentLanguage() === 'zh' ? `${spell(ms)}前` : `${spell(ms)} ago`;

/** `2026-03-16`: the site's date. */
export const localDay = (atMs: number): string =>
  new Date(atMs + offsetMs).toISOString().slice(0, 10);

/** `3月16日 周一` of a local date. */
export function dayName(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  const zh = currentLanguage() === 'zh';
  return new Intl.DateTimeFormat(zh ? 'zh-CN' : 'en-GB', {
    timeZone: 'UTC',
    month: zh ? 'long' : 'short',
    day: 'numeric',
    weekday: 'short',
  }).format(date);
}
