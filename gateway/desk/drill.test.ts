import { afterEach, expect, test } from 'vitest';
import { createLog } from '../log.ts';
import { deskFigures } from './daily-figures.ts';
import { drillMissing, drillsBetween } from './drill.ts';
import { kpisOf } from './kpi.ts';
import { createReplies } from './replies.ts';
import { createTrial, noon, overloadAt, type Trial } from './trial.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});
const minute = 60_000;
const day = 24 * 60 * minute;
const zone = 'Asia/Shanghai';
const phones = { p3: '+8613800138003', guard: '+8613800138010', grid: '+8613800138012' } as const;

const start = async (startMs = noon) => {
  const now = await createTrial({ startMs });
  trial = now;
  const { gate, desk, keys, clock } = now;
  const replies = createReplies({
    gate,
    desk,
    keys,
    clock,
    log: createLog('silent'),
    signature: '杜巷自治',
    dailyPerPerson: 30,
  });
  /** The modem has sent what waits. */
  const sent = () =>
    gate.run(
      "UPDATE outbox SET state = 'delivered', sent_ms = ? WHERE channel = 'sms' AND state = 'waiting'",
      [clock.nowMs()],
    );
  const pass = async (minutes: number) => {
    await sent();
    for (let n = 0; n < minutes; n += 1) {
      await now.pass(minute);
      await sent();
    }
  };
  const answer = (who: keyof typeof phones, text = '1') =>
    replies.take({ from: phones[who], text, atMs: clock.nowMs() });
  return { ...now, pass, answer, sent };
};
const report = async ({ gate }: Pick<Trial, 'gate'>) => (await drillsBetween(gate, 0, noon * 2))[0];

test('a drill goes down the whole ladder, and says who answered after how many minutes', async () => {
  const now = await start();
  await now.desk.drill('chair');
  await now.pass(1);
  await now.answer('p3');
  await now.pass(3);
  await now.answer('guard', '收到');
  // Answered twice is answered once.
  await now.answer('guard', '2');
  await now.pass(40);
  const drill = await report(now);
  expect(drill).toMatchObject({ reference: 'A10', running: false, by: 'chair' });
  expect(drill?.endedBy).toBeUndefined();
  expect(
    drill?.lines.map(({ title, calledAtMs, answeredMin }) => [
      title,
      (calledAtMs - noon) / minute,
      answeredMin,
    ]),
  ).toEqual([
    ['3号', 0, 1],
    ['4号', 3, undefined],
    ['物业值班', 3, 1],
    ['主任', 8, undefined],
    ['网格员', 15, undefined],
  ]);
  // The answer of one ends it for nobody: each is to be heard of.
  await now.answer('grid');
  expect((await report(now))?.lines.at(-1)?.answeredMin, 'too late').toBeUndefined();
});

test('every message of a drill begins with the word, none goes to the platform or a chat group, and nobody hears of an acknowledgement', async () => {
  const now = await start();
  await now.desk.drill('chair');
  await now.pass(1);
  await now.answer('p3');
  await now.pass(40);
  const rows = await now.rows();
  expect(new Set(rows.map(({ channel }) => channel))).toEqual(new Set(['sms']));
  for (const { text } of rows) expect(text).toMatch(/^【杜巷自治】演练/);
  expect(rows.map(({ text }) => text)).toContain('【杜巷自治】演练A10：已记录您的回复。');
  expect(rows[0]?.text).toBe(
    '【杜巷自治】演练：每月短信测试，请在30分钟内确认收到。编号A10 回1收到',
  );
});

test('a drill is on no board and in no figure', async () => {
  const now = await start();
  const figures = async () => [
    await deskFigures(now.gate, '2026-05-02', zone),
    await kpisOf(now.gate, 0, noon * 2, zone),
  ];
  const before = await figures();
  await now.desk.drill('chair');
  expect(await now.desk.openAlerts()).toEqual([]);
  await now.pass(40);
  expect(await figures()).toEqual(before);
});

test('something real ends a drill at once, and an answer is for the real thing', async () => {
  const now = await start();
  await now.desk.drill('chair');
  await now.pass(1);
  await now.apply(overloadAt('b012', 3, now.clock.nowMs()));
  await now.pass(1);
  await now.answer('p3');
  expect((await now.desk.openAlerts())[0]).toMatchObject({
    work: 'acknowledged',
    acknowledgedBy: '3号',
  });
  expect(await report(now)).toMatchObject({ running: false, endedBy: 'A11' });
  await now.pass(30);
  expect(
    (await now.rows('sms')).filter(({ message_id }) => message_id === 'notice.drill'),
  ).toHaveLength(1);
});

test('a late answer to a drill is not taken for one to an older alert', async () => {
  const now = await start();
  await now.apply(overloadAt('b012', 1, noon));
  await now.pass(5);
  await now.desk.drill('chair');
  await now.pass(40);
  await now.answer('p3');
  expect((await now.desk.openAlerts())[0]?.work).toBe('open');
  expect((await now.rows('sms')).at(-1)?.text).toContain('已结束');
});

test('no drill at night, none while somebody is needed, not two at a time; one can be ended', async () => {
  const night = await start(noon + 11 * 60 * minute);
  await expect(night.desk.drill('chair')).rejects.toThrow('quiet hours');
  await night.close();
  // Begun at 21:50 its last levels would be called at night.
  const late = await start(noon + (9 * 60 + 50) * minute);
  await expect(late.desk.drill('chair')).rejects.toThrow('quiet hours');
  await late.close();
  const now = await start();
  await now.apply(overloadAt('b012', 2, noon));
  await expect(now.desk.drill('chair')).rejects.toThrow('waits for somebody');
  await now.desk.act(1, 'acknowledge', { who: '3号', via: 'console' });
  await now.desk.drill('chair');
  await expect(now.desk.drill('chair')).rejects.toThrow('running');
  await now.desk.endDrill('主任');
  await now.pass(40);
  expect(await report(now)).toMatchObject({ running: false, endedBy: '主任' });
  expect((await report(now))?.lines).toHaveLength(1);
});

test('a drill goes on over a restart', async () => {
  const now = await start();
  await now.desk.drill('chair');
  const again = await now.restart();
  await again.pass(40 * minute);
  expect((await report(now))?.lines).toHaveLength(5);
});

test('late in a month without a drill somebody is reminded, and not after one', async () => {
  const now = await start(Date.parse('2026-05-24T12:00:00+08:00'));
  const missing = () => drillMissing(now.gate, now.clock.nowMs(), zone);
  expect(await missing()).toBeNull();
  await now.pass(24 * 60);
  expect(await missing()).toBe('2026-05');
  await now.desk.drill('chair');
  expect(await missing()).toBeNull();
  now.clock.pass(31 * day);
  expect(await missing(), 'of the next month').toBe('2026-06');
});
