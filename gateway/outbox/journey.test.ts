import { afterEach, expect, test } from 'vitest';
import { type SimulatedModem, startModem } from '../../simulators/modem/modem.ts';
import { createTrial, overloadAt, type Trial } from '../desk/trial.ts';
import { createLog } from '../log.ts';
import { type Outbound, startOutbound } from './outbound.ts';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  while (undo.length > 0) await undo.pop()?.();
});

const minute = 60_000;
const member = '+8613800138003';
const deputy = '+8613800138004';
const guard = '+8613800138010';
/** 02:00 in Shanghai on 2 May 2026. */
const two = Date.UTC(2026, 4, 1, 18);

async function outboundOf(trial: Trial, sim: SimulatedModem): Promise<Outbound> {
  return startOutbound({
    gate: trial.gate,
    desk: trial.desk,
    config: trial.config,
    baseDir: '.',
    keys: trial.keys,
    clock: trial.clock,
    log: createLog('silent'),
    simulatedModem: sim.path,
  });
}

/** Who got which text, in the order of arrival. */
const inbox = (sim: SimulatedModem) => sim.inbox().map(({ to, text }) => `${to} ${text}`);

test('02:00, critical: told, escalated, acknowledged by the guard, a power cut, handled', async () => {
  let trial = await createTrial({ startMs: two, config: { robots: [], upstream: undefined } });
  undo.push(trial.close);
  const sim = await startModem({ nowMs: trial.clock.nowMs });
  undo.push(sim.stop);
  let outbound = await outboundOf(trial, sim);
  await expect.poll(() => outbound.modem()?.state).toBe('ready');
  await trial.pass(3 * minute);

  // 02:03: building 12 is above its limit. One segment to the duty member, delivered.
  const sinceMs = trial.clock.nowMs() - 2 * minute;
  await trial.apply(overloadAt('b012', 3, trial.clock.nowMs(), { sinceMs }));
  await expect.poll(() => sim.inbox().length).toBe(1);
  expect(sim.inbox()[0]).toMatchObject({
    to: member,
    parts: 1,
    validityMin: 60,
    text: '【杜巷自治】紧急：12号楼用电48.2安，达额定121%，有起火危险，请立即到场断开大功率电器，见烟火拨119。编号A10 回1收到',
  });
  await expect.poll(async () => (await trial.rows('sms'))[0]?.state).toBe('delivered');

  // 02:06: no answer, so the deputy and the guard room are called too.
  await trial.pass(3 * minute);
  await expect.poll(() => sim.inbox().length).toBe(4);
  expect(inbox(sim).slice(1)).toEqual(
    [member, deputy, guard].map(
      (to) =>
        `${to} 【杜巷自治】升级：12号楼的用电过载已3分钟无人确认，请立即处理或指派。编号A10 回1收到`,
    ),
  );

  // The guard answers 1: the ladder ends, and all hear it.
  sim.reply(guard, '1');
  await expect.poll(() => sim.inbox().length).toBe(8);
  const acked = '【杜巷自治】A10已由值班物业确认，正在处理，其他人员可待命。';
  expect(inbox(sim).slice(4).sort()).toEqual(
    [
      `${guard} 【杜巷自治】A10 12号楼已确认。`,
      `${member} ${acked}`,
      `${deputy} ${acked}`,
      `${guard} ${acked}`,
    ].sort(),
  );

  // 02:14 on site, 02:19 the load falls: cleared, not closed; those who were told hear it.
  await trial.pass(8 * minute);
  sim.reply(guard, '2');
  await expect.poll(async () => (await trial.desk.openAlerts())[0]?.work).toBe('on_site');
  await trial.pass(5 * minute);
  await expect.poll(() => sim.inbox().length).toBe(9);
  await trial.apply(overloadAt('b012', 0, trial.clock.nowMs(), { sinceMs }));
  await expect.poll(() => sim.inbox().length).toBe(12);

  // 02:21 the power goes, 02:23 the box is back: the alert is as it was, nothing is said twice.
  await outbound.stop();
  trial.clock.pass(2 * minute);
  trial = await trial.restart();
  outbound = await outboundOf(trial, sim);
  undo.push(() => outbound.stop());
  await expect.poll(() => outbound.modem()?.state).toBe('ready');
  await trial.pass(minute);
  await outbound.outbox.settled();
  expect(sim.inbox()).toHaveLength(12);
  expect(await trial.desk.openAlerts()).toMatchObject([
    { reference: 'A10', condition: 'cleared', work: 'on_site', acknowledgedBy: '物业值班' },
  ]);

  // 02:25: handled; closing is left to a person in the console.
  sim.reply(guard, '4');
  await expect.poll(async () => (await trial.desk.openAlerts())[0]?.work).toBe('handled');
  await trial.pass(6 * 60 * minute);
  expect(await trial.desk.openAlerts()).toHaveLength(1);
  expect(sim.inbox().filter(({ to }) => to === member).length).toBeLessThanOrEqual(4);
});

test('the modem is dead: the chat group and the platform have it at once, the SMS goes when it is back', async () => {
  const trial = await createTrial({ startMs: two });
  undo.push(trial.close);
  const sim = await startModem({ sim: false });
  undo.push(sim.stop);
  const outbound = await outboundOf(trial, sim);
  undo.push(outbound.stop);
  await expect.poll(() => outbound.modem()?.state).toBe('down');
  expect(outbound.smsDownSinceMs()).toBe(two);
  await trial.apply(overloadAt('b012', 3, two));
  await outbound.outbox.settled();
  const rows = await trial.rows();
  expect(rows.map(({ channel, attempts }) => `${channel} ${attempts}`)).toEqual([
    'upstream 0',
    'sms 0',
    'robot 1',
  ]);
});
