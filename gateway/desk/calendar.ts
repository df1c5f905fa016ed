import type { Sqlite } from '../store/sqlite.ts';
import type { Tx } from './alert-row.ts';
import { changing, type Editor, StaffRefused } from './edit.ts';
import { addDays, atLocal, localTime, quietHours } from './local-time.ts';
import { withoutPersons } from './note.ts';

/** 节假日, 调休上班日, and times with quiet hours of their own (exams, the Spring Festival). */
export const calendarKinds = ['holiday', 'workday', 'quiet'] as const;
export type CalendarKind = (typeof calendarKinds)[number];

/** Some days that are not what the week says; local dates, the last one included. */
export interface CalendarEntry {
  readonly id: number;
  readonly fromDay: string;
  readonly toDay: string;
  readonly kind: CalendarKind;
  readonly title: string;
  /** Quiet hours of these days, minutes of the day; null where the usual ones hold. */
  readonly quietFromMinute: number | null;
  readonly quietToMinute: number | null;
  readonly author: string;
}

/** An entry is at most so many days long, and there are at most so many. */
export const longestEntryDays = 62;
export const maxEntries = 400;
/** Quiet hours begin in the evening and end in the morning: noon lies between. */
const noonMinute = 12 * 60;

const columns = `id, from_day AS fromDay, to_day AS toDay, kind, title, quiet_from AS quietFromMinute,
  quiet_to AS quietToMinute, author`;

/** Enters some days; counts from the next minute on. */
export async function addCalendar(
  gate: Sqlite,
  entry: Omit<CalendarEntry, 'id' | 'author'>,
  editor: Editor,
): Promise<void> {
  const { fromDay, toDay, kind, quietFromMinute: from, quietToMinute: to } = entry;
  const title = withoutPersons(entry.title).trim().slice(0, 20);
  if (title === '') throw new StaffRefused('An entry has a title');
  if (toDay < fromDay || toDay > addDays(fromDay, longestEntryDays - 1))
    throw new StaffRefused('An entry ends, within 62 days');
  if ((from === null) !== (to === null)) throw new StaffRefused('Quiet hours have both ends');
  if (kind === 'quiet' && from === null) throw new StaffRefused('Quiet hours have both ends');
  if (
    from !== null &&
    to !== null &&
    (from < noonMinute || from > 1440 || to < 0 || to > noonMinute)
  )
    throw new StaffRefused('Quiet hours go from the evening to the morning');
  await changing(gate, editor, 'calendar.add', `${kind} ${fromDay} ${toDay}`, async (tx) => {
    const { n } = (await tx.get<{ n: number }>('SELECT COUNT(*) AS n FROM calendar')) ?? { n: 0 };
    if (n >= maxEntries) throw new StaffRefused('The calendar is full');
    await tx.run(
      `INSERT INTO calendar (from_day, to_day, kind, title, quiet_from, quiet_to, author)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      [fromDay, toDay, kind, title, from, to, editor.who],
    );
  });
}

/** Takes an entry back; a day that is over keeps what was reported of it. */
export async function removeCalendar(gate: Sqlite, id: number, editor: Editor): Promise<void> {
  await changing(gate, editor, 'calendar.remove', String(id), async (tx) => {
    const { changes } = await tx.run('DELETE FROM calendar WHERE id = ?', [id]);
    if (changes === 0) throw new StaffRefused('There is no such entry');
  });
}

/** Entries that touch these days, oldest first. */
export const calendarBetween = (
  tx: Tx,
  fromDay: string,
  toDay: string,
): Promise<readonly CalendarEntry[]> =>
  tx.all<CalendarEntry>(
    `SELECT ${columns} FROM calendar WHERE to_day >= ? AND from_day <= ? ORDER BY from_day, id LIMIT 500`,
    [fromDay, toDay],
  );

/** What a local day is. */
export interface DayKind {
  readonly day: string;
  /** True from Monday to Friday but on holidays, and on days that make up for them. */
  readonly working: boolean;
  /** What is entered for it, in its words. */
  readonly titles: readonly string[];
  /** Quiet before `toMinute` and from `fromMinute` on. */
  readonly quiet: { readonly fromMinute: number; readonly toMinute: number };
}

/** A day by the calendar; of several entries the last one entered counts. */
export function dayKind(day: string, entries: readonly CalendarEntry[]): DayKind {
  const own = entries
    .filter(({ fromDay, toDay }) => fromDay <= day && day <= toDay)
    .sort((a, b) => b.id - a.id);
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  const said = own.find(({ kind }) => kind !== 'quiet')?.kind;
  const hours = own.find(({ quietFromMinute }) => quietFromMinute !== null);
  return {
    day,
    working: said === undefined ? weekday !== 0 && weekday !== 6 : said === 'workday',
    titles: own.map(({ title }) => title),
    quiet: {
      fromMinute: hours?.quietFromMinute ?? quietHours.fromMinute,
      toMinute: hours?.quietToMinute ?? quietHours.toMinute,
    },
  };
}

const dayAt = async (tx: Tx, day: string): Promise<DayKind> =>
  dayKind(day, await calendarBetween(tx, day, day));

/** True in the quiet hours of the site, by the calendar. */
export async function quietAt(tx: Tx, atMs: number, zone: string): Promise<boolean> {
  const { day, minute } = localTime(atMs, zone);
  const { quiet } = await dayAt(tx, day);
  return minute >= quiet.fromMinute || minute < quiet.toMinute;
}

/** When the quiet hours after `atMs` end: 07:00 unless the calendar says otherwise. */
export async function quietEndAfter(tx: Tx, atMs: number, zone: string): Promise<number> {
  const { day, minute } = localTime(atMs, zone);
  const today = await dayAt(tx, day);
  if (minute < today.quiet.toMinute) return atLocal(day, today.quiet.toMinute, zone);
  const next = await dayAt(tx, addDays(day, 1));
  return atLocal(next.day, next.quiet.toMinute, zone);
}
