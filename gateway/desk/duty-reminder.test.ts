import { afterEach, expect, test } from 'vitest';
import { reminderMinute } from './duty-reminder.ts';
import { setDuty } from './staff.ts';
import { createTrial, type Trial } from './trial.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});
const minute = 60_000;
const atSite = (text: string) => Date.parse(`${text}+08:00`);

async function evening(text: string, sms: Readonly<Record<string, unknown>> = {}) {
  const now = await createTrial({
    startMs: atSite(text),
    config: { sms: { simulated: true, ...sms } },
  });
  trial = now;
  const editor = { who: 'chair', role: 'chair', nowMs: now.clock.nowMs() };
  await setDuty(now.gate, { day: '2026-05-01', slot: 'member', person: 'p4' }, editor);
  await setDuty(now.gate, { day: '2026-05-01', slot: 'deputy', person: 'p3' }, editor);
  return {
    now,
    pass: (minutes: number) => now.pass(minutes * minute),
    told: async () =>
      (await now.rows('sms')).map(({ recipient, text: said }) => `${recipient} ${said}`),
  };
}

const both = [
  'p4 【杜巷自治】今晚值班提醒：18:00至08:00由您值班，不能到岗请提前换班。',
  'p3 【杜巷自治】今晚值班提醒：18:00至08:00由您值班，不能到岗请提前换班。',
];

test('at 18:00 tonight’s member and deputy are reminded, once', async () => {
  const { pass, told } = await evening('2026-05-01T17:50:00');
  await pass(9);
  expect(await told()).toEqual([]);
  await pass(100);
  expect(await told()).toEqual(both);
});

test('a box that was off at 18:00 makes up for it, but wakes nobody at night', async () => {
  const late = await evening('2026-05-01T20:40:00');
  await late.pass(2);
  expect(await late.told()).toEqual(both);
  await late.now.close();
  const night = await evening('2026-05-01T22:10:00');
  await night.pass(90);
  expect(await night.told()).toEqual([]);
});

test('the time can be chosen, or none', async () => {
  const early = await evening('2026-05-01T14:58:00', { dutyReminder: '15:00' });
  await early.pass(3);
  expect(await early.told()).toEqual(both.map((text) => text.replace('18:00', '15:00')));
  await early.now.close();
  const none = await evening('2026-05-01T17:59:00', { dutyReminder: 'off' });
  await none.pass(60);
  expect(await none.told()).toEqual([]);
  expect(reminderMinute('off')).toBeNull();
  expect(reminderMinute('21:05')).toBe(21 * 60 + 5);
});
