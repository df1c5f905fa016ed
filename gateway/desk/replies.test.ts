import { afterEach, expect, test } from 'vitest';
import { createLog } from '../log.ts';
import { createReplies, parseReply } from './replies.ts';
import { createTrial, noon, overloadAt, type Trial } from './trial.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});

async function start() {
  trial = await createTrial();
  const { gate, desk, keys, clock } = trial;
  const log = createLog('silent');
  const replies = createReplies({
    gate,
    desk,
    keys,
    clock,
    log,
    signature: '杜巷自治',
    dailyPerPerson: 30,
  });
  const from = (number: string, text: string) =>
    replies.take({ from: number, text, atMs: clock.nowMs() });
  const answers = async () =>
    (
      await gate.all<{ text: string }>(
        "SELECT text FROM outbox WHERE message_id = 'notice.reply' ORDER BY id",
      )
    ).map(({ text }) => text);
  /** The modem has sent everything that waits. */
  const send = () =>
    gate.run(
      "UPDATE outbox SET state = 'sent', sent_ms = created_ms WHERE channel = 'sms' AND state = 'waiting'",
    );
  return { ...trial, replies, from, answers, send };
}

const duty = '+8613800138003';
const guard = '13800138010';

test('numbers, Chinese words, full-width signs and references are understood', () => {
  expect(parseReply('1')).toEqual({ verb: 'acknowledge' });
  expect(parseReply(' １　a17 ')).toEqual({ verb: 'acknowledge', reference: 'A17' });
  expect(parseReply('收到A17。')).toEqual({ verb: 'acknowledge', reference: 'A17' });
  expect(parseReply('已处理')).toEqual({ verb: 'handled' });
  expect(['2', '3', '4', '0', '误报'].map((text) => parseReply(text)?.verb)).toEqual([
    'on_site',
    'false_alarm',
    'handled',
    'silence',
    'false_alarm',
  ]);
  for (const text of ['', '11', '1 A17 B18', '收到了吗', '5', 'DROP TABLE', '1A', '9 A17']) {
    expect(parseReply(text)).toBeNull();
  }
});

test('1 acknowledges the latest alert that was sent to this number', async () => {
  const { apply, desk, from, send, answers, clock } = await start();
  await apply(overloadAt('b001', 3, noon));
  clock.pass(1000);
  await apply(overloadAt('b002', 3, noon));
  await send();
  await from(duty, '1');
  const open = await desk.openAlerts();
  expect(open.map(({ subject, work, acknowledgedBy }) => [subject, work, acknowledgedBy])).toEqual([
    ['b002', 'acknowledged', '3号'],
    ['b001', 'open', undefined],
  ]);
  expect(await answers()).toEqual(['【杜巷自治】B10 2号楼已确认。'.replace('B10', 'A11')]);
});

test('a reference names the alert; a national number is the same telephone', async () => {
  const { apply, desk, from, send } = await start();
  await apply(overloadAt('b001', 3, noon), overloadAt('b002', 3, noon));
  await send();
  await from(guard, '2 A10');
  const open = await desk.openAlerts();
  expect(open.find(({ subject }) => subject === 'b001')).toMatchObject({
    work: 'on_site',
    acknowledgedBy: '物业值班',
  });
});

test('unknown senders are counted, change nothing and get no answer', async () => {
  const { apply, desk, from, replies, rows } = await start();
  await apply(overloadAt('b001', 3, noon));
  const before = (await rows()).length;
  await from('+8613912345678', '1 A10');
  await from('10086', '您的话费余额不足');
  expect(replies.counts()).toMatchObject({ unknownSender: 2, understood: 0 });
  expect((await desk.openAlerts())[0]?.work).toBe('open');
  expect(await rows()).toHaveLength(before);
});

test('unknown text gets one line of help an hour', async () => {
  const { from, answers, clock } = await start();
  for (let n = 0; n < 5; n += 1) await from(duty, '你好');
  expect(await answers()).toHaveLength(1);
  clock.pass(3_600_000);
  await from(duty, '什么');
  const all = await answers();
  expect(all).toHaveLength(2);
  expect(all[0]?.length).toBeLessThanOrEqual(70);
});

test('a flood from one number is cut off, and answers stay within the budget', async () => {
  const { apply, from, replies, send, rows } = await start();
  await apply(overloadAt('b001', 1, noon));
  await send();
  for (let n = 0; n < 100; n += 1) await from(duty, n % 2 ? '1' : '2');
  expect(replies.counts()).toMatchObject({ understood: 20, flood: 80 });
  expect((await rows('sms')).length).toBeLessThanOrEqual(20);
});

test('0 silences for an hour and no longer; a critical alert is not silenced', async () => {
  const { apply, desk, from, send, rows, pass, clock, answers } = await start();
  await apply(overloadAt('b001', 2, noon), overloadAt('b002', 3, noon));
  await send();
  await from(duty, '0 A10');
  await from(duty, '0 A11');
  expect(await answers()).toEqual([
    '【杜巷自治】A10 1号楼静音60分钟。',
    '【杜巷自治】A11 2号楼不能静音60分钟。',
  ]);
  await pass(40 * 60_000);
  const first = (await rows('sms')).filter(({ alert_id }) => alert_id === 1);
  expect(first).toHaveLength(1);
  clock.pass(21 * 60_000);
  await apply(overloadAt('b001', 0, clock.nowMs(), { sinceMs: noon - 600_000 }));
  clock.pass(31 * 60_000);
  await apply(overloadAt('b001', 2, clock.nowMs()));
  expect((await desk.openAlerts()).find(({ id }) => id > 2)?.quiet).toBeUndefined();
});

test('a reply that the network held for half a day does nothing', async () => {
  const { apply, desk, replies, send, clock } = await start();
  await apply(overloadAt('b001', 3, noon));
  await send();
  await replies.take({ from: duty, text: '1', atMs: clock.nowMs() - 13 * 3_600_000 });
  expect((await desk.openAlerts())[0]?.work).toBe('open');
});
