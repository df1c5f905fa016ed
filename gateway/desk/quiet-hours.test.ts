import { afterEach, expect, test } from 'vitest';
import { addCalendar } from './calendar.ts';
import { createTrial, overloadAt, type Trial } from './trial.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});
const start = async (startMs: number) => {
  trial = await createTrial({ startMs });
  return trial;
};
const minute = 60_000;
const hour = 60 * minute;
const editor = { who: '主任', role: 'chair', nowMs: 0 };
const atSite = (text: string) => Date.parse(`${text}+08:00`);
const told = async ({ rows }: Trial) =>
  (await rows('sms')).map((row) => `${row.recipient} ${row.message_id}`);

test('a box that wakes up in 1970 takes it for night: what is minor waits, what is major wakes one person, what is critical all', async () => {
  // Eight in the morning in Shanghai, by the letter.
  const now = await start(0);
  now.clock.trust(false);
  await now.apply(overloadAt('b001', 1, 0), overloadAt('b002', 2, 0), overloadAt('b003', 3, 0));
  await now.pass(40 * minute);
  const lines = await told(now);
  expect(lines.filter((line) => line.includes('minor'))).toEqual([]);
  expect((await now.desk.openAlerts()).find(({ subject }) => subject === 'b001')?.quiet).toBe(
    'night',
  );
  const of = async (subject: string) => {
    const alert = (await now.desk.openAlerts()).find((one) => one.subject === subject);
    return (await now.rows('sms')).filter(({ alert_id }) => alert_id === alert?.id);
  };
  // 30 minutes, as at night, and the guard room sleeps on.
  expect((await of('b002')).map(({ recipient }) => recipient)).toHaveLength(3);
  expect((await of('b002')).map(({ recipient }) => recipient)).not.toContain('guard');
  expect((await of('b003')).map(({ recipient }) => recipient)).toContain('grid');

  // The network gives the time: 10:00. The summary comes at once, and the chair is not called in the night to come.
  now.clock.set(atSite('2026-05-02T10:00:00'));
  now.clock.trust(true);
  await now.pass(2 * minute);
  expect(await told(now)).toContainEqual(expect.stringMatching(/ notice\.digest$/));
});

test('it is still night when the time arrives: the summary and the chair wait for the morning', async () => {
  const now = await start(0);
  now.clock.trust(false);
  await now.apply(overloadAt('b001', 1, 0), overloadAt('b002', 2, 0));
  await now.pass(minute);
  now.clock.set(atSite('2026-05-02T02:00:00'));
  now.clock.trust(true);
  await now.pass(4 * hour);
  const before = await told(now);
  expect(before.filter((line) => /digest|^chair/.test(line))).toEqual([]);
  await now.pass(hour + minute);
  const after = await told(now);
  expect(after.filter((line) => /digest/.test(line))).toHaveLength(1);
  expect(after).toContain('chair notice.escalated');
});

test('a time that nobody sets is doubted for nine hours, no longer: silence for ever would be worse', async () => {
  const now = await start(0);
  now.clock.trust(false);
  await now.apply(overloadAt('b001', 1, 0));
  await now.pass(8 * hour);
  expect(await told(now)).toEqual([]);
  // 17:00 of the first of January by the letter.
  await now.pass(hour + 2 * minute);
  expect(await told(now)).toEqual([expect.stringMatching(/ notice\.digest$/)]);
  await now.apply(overloadAt('b004', 1, now.clock.nowMs()));
  expect((await told(now)).at(-1)).toMatch(/load\.overload\.minor$/);
});

test('in the days of an examination nobody is woken before eight, and the summary comes then', async () => {
  const now = await start(atSite('2026-06-07T06:30:00'));
  const exam = {
    fromDay: '2026-06-07',
    toDay: '2026-06-09',
    kind: 'quiet',
    title: '高考',
  } as const;
  await addCalendar(
    now.gate,
    { ...exam, quietFromMinute: 21 * 60, quietToMinute: 8 * 60 },
    { ...editor, nowMs: now.clock.nowMs() },
  );
  await now.apply(overloadAt('b001', 1, now.clock.nowMs()));
  await now.pass(hour);
  expect(await told(now)).toEqual([]);
  await now.pass(32 * minute);
  expect(await told(now)).toEqual([expect.stringMatching(/ notice\.digest$/)]);
  now.clock.set(atSite('2026-06-07T21:30:00'));
  await now.apply(overloadAt('b002', 1, now.clock.nowMs()));
  expect((await now.desk.openAlerts()).find(({ subject }) => subject === 'b002')?.quiet).toBe(
    'night',
  );
});

test('in the night of the new year what is minor is told at once, if the calendar says so', async () => {
  const now = await start(atSite('2027-02-05T23:30:00'));
  await addCalendar(
    now.gate,
    {
      fromDay: '2027-02-05',
      toDay: '2027-02-06',
      kind: 'holiday',
      title: '除夕',
      quietFromMinute: 24 * 60,
      quietToMinute: 0,
    },
    { ...editor, nowMs: now.clock.nowMs() },
  );
  await now.apply(overloadAt('b001', 1, now.clock.nowMs()));
  expect(await told(now)).toEqual([expect.stringMatching(/load\.overload\.minor$/)]);
});
