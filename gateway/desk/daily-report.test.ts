import { afterEach, expect, test } from 'vitest';
import { deskFigures, reportingDay } from './daily-figures.ts';
import { dailyReport } from './daily-report.ts';
import { createTrial, overloadAt, type Trial } from './trial.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});

const zone = 'Asia/Shanghai';

async function night() {
  const now = await createTrial({ startMs: Date.UTC(2026, 4, 1, 12) }); // 20:00
  trial = now;
  const { apply, pass, clock, desk, gate } = now;
  await apply(overloadAt('b012', 3, clock.nowMs()));
  await pass(60_000);
  const [first] = await desk.openAlerts();
  await desk.act(first?.id ?? 0, 'acknowledge', { who: '3号', via: 'sms' });
  await apply(overloadAt('b013', 2, clock.nowMs()), overloadAt('b014', 1, clock.nowMs()));
  for (let n = 1; n <= 4; n += 1) {
    const id = `load.ebike/b10${n}`;
    const level = n === 4 ? 'possible' : 'probable';
    await apply({ ...overloadAt(`b10${n}`, 1, clock.nowMs()), id, rule: 'load.ebike', level });
  }
  await pass(40 * 60_000);
  const third = (await desk.openAlerts()).find(({ subject }) => subject === 'b014');
  await desk.act(third?.id ?? 0, 'false_alarm', { who: '4号', via: 'console' }, '空调');
  await gate.run(
    "UPDATE outbox SET state = 'delivered', sent_ms = 1 WHERE message_id LIKE 'load.overload.%'",
  );
  return now;
}

const village = { village: '杜巷小区', zone, day: '2026-05-02' };

test('the figures equal what was counted by hand', async () => {
  const { gate } = await night();
  const figures = await deskFigures(gate, '2026-05-02', zone);
  expect(figures).toMatchObject({
    bySeverity: { critical: 1, major: 1, minor: 5 },
    inTime: { n: 1, of: 2 },
    falseAlarms: 1,
    open: 7,
    longest: { reference: 'A11', minutes: 719 },
    sms: { delivered: 3 },
    duty: { member: '3号', deputy: '4号' },
  });
  expect(figures.night.map(({ quiet }) => quiet ?? '')).toEqual(['', '', '', 'charging-budget']);
});

test('the report says what was not told and why, and is the same bytes when made again', async () => {
  const { gate } = await night();
  const make = async () =>
    dailyReport({ ...village, desk: await deskFigures(gate, '2026-05-02', zone) });
  const report = await make();
  expect(report.text).toContain('告警7条：紧急1，重要1，一般5；误报1。');
  expect(report.text).toContain('今日疑似充电提醒已满3条，列入早间清单');
  expect(await make()).toEqual(report);
});

test('a day without data says so and shows no zero as a figure', async () => {
  trial = await createTrial();
  const desk = await deskFigures(trial.gate, '2026-05-02', zone);
  const { text } = dailyReport({ ...village, desk });
  expect(text).toContain('按时确认—');
  expect(text).toContain('最长等待确认：—');
  expect(text.match(/无数据/g)).toHaveLength(3);
});

test('names of places cannot write HTML, and no number of a person is in it', async () => {
  const { gate } = await night();
  await gate.run("UPDATE alerts SET subject_title = '<img src=x>'");
  const desk = await deskFigures(gate, '2026-05-02', zone);
  const report = dailyReport({ ...village, village: '<b>', desk });
  expect(report.html).not.toContain('<img');
  expect(report.html).not.toContain('<b>');
  expect(JSON.stringify(report)).not.toContain('13800138');
});

test('a reporting day runs from 08:00 to 08:00 at the site, across months', () => {
  expect(reportingDay('2026-03-01', zone)).toEqual({
    fromMs: Date.UTC(2026, 1, 28),
    toMs: Date.UTC(2026, 2, 1),
  });
});
