import { atLocal, clockText, localTime } from './local-time.ts';

/** What stands on the notice that is served on the spot; names are written in by hand. */
export interface Notice {
  readonly title: string;
  readonly text: string;
}

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** `2026年5月1日`. */
export function dateText(atMs: number, zone: string): string {
  const [year, month, day] = localTime(atMs, zone).day.split('-').map(Number);
  return `${year}年${month}月${day}日`;
}

/** Midday of a local date, ms. */
export const middayOf = (day: string, zone: string): number => atLocal(day, 12 * 60, zone);

/** Date and time as they are printed. */
export const momentText = (atMs: number, zone: string): readonly [date: string, time: string] => [
  dateText(atMs, zone),
  clockText(atMs, zone),
];

/** The notice for the printer: one sheet with lines to sign on, no script. */
export function noticePage({ title, text }: Notice): string {
  const lines = ['户主签收', '承租人签收', '送达人', '日期'];
  const signed = lines.map((line) => `<p class="sign">${line}：</p>`).join('');
  const style =
    'body{font:18px/1.9 "Noto Serif CJK SC",SimSun,serif;max-width:42rem;margin:2rem auto;padding:0 1rem}h1{text-align:center;font-size:1.6rem}.sign{border-bottom:1px solid #000;width:18rem;margin:1.6rem 0 0}@media print{body{margin:0}}';
  return `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(title)}</title><style>${style}</style><h1>告知单</h1><p>${escaped(text)}</p>${signed}</html>\n`;
}
