import { afterEach, expect, test } from 'vitest';
import { readAudit } from '../privacy/audit.ts';
import {
  addCalendar,
  type CalendarEntry,
  calendarBetween,
  dayKind,
  maxEntries,
  removeCalendar,
} from './calendar.ts';
import { createTrial, noon, type Trial } from './trial.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});
const editor = { who: '主任', role: 'chair', nowMs: noon };
const none = { quietFromMinute: null, quietToMinute: null };

test('a holiday is no working day, and the Saturday that makes up for it is one', () => {
  const entry = (id: number, kind: 'holiday' | 'workday', fromDay: string, toDay: string) =>
    ({ id, kind, fromDay, toDay, title: '春节', author: '主任', ...none }) satisfies CalendarEntry;
  const entries = [
    entry(1, 'holiday', '2026-02-16', '2026-02-20'),
    entry(2, 'workday', '2026-02-14', '2026-02-14'),
  ];
  const working = (day: string) => dayKind(day, entries).working;
  expect(
    ['2026-02-13', '2026-02-14', '2026-02-15', '2026-02-16', '2026-02-20', '2026-02-23'].map(
      working,
    ),
  ).toEqual([true, true, false, false, false, true]);
});

test('an entry is kept with who made it, shown, taken back, and both stand in the audit', async () => {
  trial = await createTrial();
  const { gate } = trial;
  const days = { fromDay: '2026-05-01', toDay: '2026-05-05', kind: 'holiday' } as const;
  await addCalendar(gate, { ...days, title: '劳动节', ...none }, editor);
  const [entry] = await calendarBetween(gate, '2026-05-05', '2026-05-09');
  expect(entry).toMatchObject({ title: '劳动节', author: '主任' });
  await removeCalendar(gate, entry?.id ?? 0, editor);
  expect(await calendarBetween(gate, '2026-05-01', '2026-05-05')).toEqual([]);
  await expect(removeCalendar(gate, 99, editor)).rejects.toThrow('no such entry');
  expect((await readAudit(gate, {})).map(({ action }) => action)).toEqual([
    'calendar.add',
    'calendar.remove',
  ]);
});

test('an entry without end, without title or with quiet hours at noon is refused, and the calendar has an end', async () => {
  trial = await createTrial();
  const { gate } = trial;
  const good = {
    fromDay: '2026-05-01',
    toDay: '2026-05-05',
    kind: 'quiet',
    title: '考试',
  } as const;
  const hours = { quietFromMinute: 21 * 60, quietToMinute: 8 * 60 };
  for (const wrong of [
    { ...hours, toDay: '2026-04-30' },
    { ...hours, toDay: '2026-07-30' },
    { ...hours, title: ' ' },
    none,
    { ...hours, quietToMinute: null },
    { ...hours, quietFromMinute: 9 * 60 },
    { ...hours, quietToMinute: 15 * 60 },
  ])
    await expect(addCalendar(gate, { ...good, ...wrong }, editor)).rejects.toThrow();
  await gate.exec(`
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${maxEntries})
    INSERT INTO calendar (from_day, to_day, kind, title, author) SELECT '2020-01-01', '2020-01-01', 'holiday', 'x', 'x' FROM n`);
  await expect(addCalendar(gate, { ...good, ...hours }, editor)).rejects.toThrow('full');
});
