import { toSeptets } from '../../drivers/sms/gsm7.ts';
import { type MessageId, templates } from './templates.ts';

export type Language = 'zh-CN' | 'en';

/** Values of the placeholders. Numbers are rounded here; what is absent or no number is left out with its words. */
export type Variables = Readonly<Record<string, string | number | undefined>>;

/** How much room each figure has, UTF-16 units: a longer one is left out, for half a number is a wrong number. */
const widths: Readonly<Record<string, number>> = {
  a: 6,
  p: 3,
  m: 3,
  t: 5,
  u: 5,
  n: 3,
  c: 2,
  v: 4,
  h: 2,
  e: 6,
  id: 4,
};
/** Names are cut: in Chinese at five units for a place (`473号楼`), in English at more (`Bldg 473`). */
const nameUnits = { b: 5, k: 6, d: 2, s: 4, w: 2 } as const;
const nameSeptets = { b: 8, k: 13, d: 8, s: 10, w: 2 } as const;
/** What stands before an English text; its length is part of the limit. */
const englishPrefix = 'Duxiang: ';
/** Providers refuse these: signature brackets, arrows, decorations, links. */
const forbidden = /[【】→←↑↓※★☆●■◆『』「」\p{Extended_Pictographic}]|https?:|www\./gu;

/** The text of a message, without signature. An unknown language is zh-CN. */
export function messageText(id: MessageId, variables: Variables, language: string): string {
  const template = templates[id];
  const en = language === 'en';
  const most = en ? template.maxEn - englishPrefix.length : template.maxZh;
  const parts = (en ? template.en : template.zh)
    .split(/(\[[^\]]*\])/)
    .map((part) => fill(part, variables, en));
  // All values at their longest may be too much together: facts go one by one, the reference last.
  for (const keep of [/\{id\}/, /^(?!\[)/]) {
    for (const part of parts) {
      if (parts.reduce((sum, { text }) => sum + text.length, 0) <= most) break;
      if (part.source.startsWith('[') && !keep.test(part.source)) part.text = '';
    }
  }
  const text = parts.map((part) => part.text).join('');
  return text.replace(/^[\s:：]+|\s+$/g, '');
}

/** A part in `[…]` is nothing without its values; elsewhere a missing name just goes. */
function fill(source: string, variables: Variables, en: boolean): { source: string; text: string } {
  let whole = true;
  const text = source.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = shown(name, variables[name], en);
    if (value === null) whole = false;
    return value ?? '';
  });
  if (!source.startsWith('[')) return { source, text };
  return { source, text: whole ? text.slice(1, -1) : '' };
}

function shown(name: string, value: string | number | undefined, en: boolean): string | null {
  if (value === undefined || value === '') return null;
  if (name in nameUnits) {
    return typeof value === 'string' ? nameOf(name as keyof typeof nameUnits, value, en) : null;
  }
  const width = widths[name] ?? 0;
  const text = typeof value === 'number' ? figure(value, width) : value;
  if (text === null || text.length > width) return null;
  // Times, dates and references; anything else is a mistake of the caller.
  return (en ? /^[A-Z0-9:.-]+$/ : /^[A-Z0-9:.月日-]+$/).test(text) ? text : null;
}

/** At most one decimal, never in powers of ten; null for what is no number. */
function figure(value: number, width: number): string | null {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e9) return null;
  const exact = String(Number(value.toFixed(1)));
  return exact.length <= width ? exact : String(Math.round(value));
}

function nameOf(name: keyof typeof nameUnits, value: string, en: boolean): string | null {
  const text = clean(value);
  if (!en) return cutUnits(text, nameUnits[name]) || null;
  const english = text.replace(/^(\d+)号楼$/, 'Bldg $1').replace(/^(\d+)号$/, 'No. $1');
  const plain = toSeptets(english) ? english : english.replace(/[^\x20-\x7e]/g, '');
  return plain.slice(0, nameSeptets[name]).trim() || null;
}

const clean = (text: string): string =>
  text
    .replace(forbidden, '')
    .replace(/[\r\n\t{}[\]]/g, ' ')
    .trim();

/** Cuts to UTF-16 units, never inside a surrogate pair. */
export function cutUnits(text: string, units: number): string {
  let short = '';
  for (const sign of text) {
    if (short.length + sign.length > units) break;
    short += sign;
  }
  return short;
}

/** Name and value of each placeholder, in the order in which the Chinese text has them. */
export type TemplateValues = readonly (readonly [name: string, value: string])[];

/** A provider's template cannot lose its words: what is missing is told as such. */
const missing = { 'zh-CN': '不详', en: '?' } as const;

/** What a provider is sent for its template of this message. */
export function templateValues(
  id: MessageId,
  variables: Variables,
  language: string,
): TemplateValues {
  const en = language === 'en';
  const names = [...templates[id].zh.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return [...new Set(names)].map((name) => [
    name,
    shown(name, variables[name], en) ?? missing[en ? 'en' : 'zh-CN'],
  ]);
}

const segment = 70;
const askReply = { 'zh-CN': ' 回1收到', en: ' Reply 1' } as const;

/** How the modem sends it: signature in front, the request for a reply where it still fits into one SMS. */
export function smsText(
  body: string,
  options: {
    readonly signature: string;
    readonly language: string;
    readonly wantsReply: boolean;
  },
): string {
  const en = options.language === 'en';
  const room = en ? 160 : segment;
  // The English signature must not turn the whole text into UCS2.
  const front = en ? englishPrefix : `【${options.signature}】`;
  const text = `${front}${body}`;
  const more = `${text}${askReply[en ? 'en' : 'zh-CN']}`;
  return options.wantsReply && more.length <= room ? more : text;
}

/** Marks a message whose first try nobody knows the end of; the signature goes where the mark has no room. */
export function markedAgain(text: string): string {
  const marked = text.startsWith('【')
    ? text.replace('】', '】(重发)')
    : toSeptets(text)
      ? `(again) ${text}`
      : `(重发)${text}`;
  if (toSeptets(text) || marked.length <= segment) return marked;
  const short = marked.replace(/ 回1收到$/, '');
  return short.length <= segment ? short : short.replace(/^【[^】]*】/, '');
}
