import { afterEach, expect, test } from 'vitest';
import { firstBreak, readAudit } from '../privacy/audit.ts';
import { personByPhone, phoneOf } from './people.ts';
import {
  addSilence,
  endSilence,
  removePerson,
  rosterOf,
  savePerson,
  setDuty,
  silencesAt,
  swapDuty,
} from './staff.ts';
import { createTrial, noon, overloadAt, type Trial } from './trial.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});
const start = async () => {
  trial = await createTrial();
  return trial;
};
const zone = 'Asia/Shanghai';
const editor = { who: '主任', role: 'chair', nowMs: noon };
const names = async ({ gate }: Trial, day: string, days = 1) =>
  (await rosterOf(gate, day, days, zone)).map(
    ({ member, deputy }) => `${member?.title} ${deputy?.title}`,
  );

test('a swap counts from the next message on, and the audit says who made it', async () => {
  const now = await start();
  expect(await names(now, '2026-05-01')).toEqual(['3号 4号']);
  await setDuty(now.gate, { day: '2026-05-01', slot: 'member', person: 'p4' }, editor);
  await now.apply(overloadAt('b001', 2, noon));
  expect((await now.rows('sms')).map(({ recipient }) => recipient)).toEqual(['p4']);
  await swapDuty(
    now.gate,
    zone,
    { day: '2026-05-02', slot: 'member' },
    { day: '2026-05-03', slot: 'deputy' },
    editor,
  );
  expect(await names(now, '2026-05-02', 2)).toEqual(['4号 3号', '4号 3号']);
  expect((await readAudit(now.gate, {})).map(({ action }) => action)).toEqual([
    'roster.set',
    'roster.swap',
  ]);
  expect(await firstBreak(now.gate)).toBeNull();
});

test('a swap is one step: what cannot be done whole changes nothing, and two at once follow each other', async () => {
  const now = await start();
  const at = (day: string, slot: 'member' | 'deputy') => ({ day, slot });
  const before = await names(now, '2026-05-02', 3);
  const wrong = swapDuty(now.gate, zone, at('2026-05-02', 'member'), at('soon', 'member'), editor);
  await expect(wrong).rejects.toThrow();
  expect(await names(now, '2026-05-02', 3)).toEqual(before);
  expect(await now.gate.all('SELECT * FROM roster')).toEqual([]);
  const swap = () =>
    swapDuty(now.gate, zone, at('2026-05-02', 'member'), at('2026-05-02', 'deputy'), editor);
  await Promise.all([swap(), swap()]);
  expect(await names(now, '2026-05-02', 3), 'there and back').toEqual(before);
});

test('a new number is sealed, a removed person’s number is gone and nothing more goes there', async () => {
  const { gate, keys, apply, rows } = await start();
  const phone = '+8613912345678';
  await savePerson(gate, keys, { id: 'p5', title: '5号', role: 'duty', phone }, editor);
  expect(await phoneOf(gate, 'p5', keys)).toBe(phone);
  expect((await personByPhone(gate, '13912345678', keys))?.title).toBe('5号');
  await apply(overloadAt('b001', 2, noon));
  await removePerson(gate, 'p3', editor);
  expect(await phoneOf(gate, 'p3', keys)).toBeUndefined();
  expect((await rows('sms')).map(({ state }) => state)).toEqual(['cancelled']);
  const text = JSON.stringify(await readAudit(gate, {}));
  expect(text).not.toContain('139123');
});

test('a silence ends by itself, has a reason, and does not cover critical alerts for long', async () => {
  const { gate, apply, desk, clock, pass } = await start();
  const hour = 3_600_000;
  const of = (untilMs: number, reason = '检修') =>
    addSilence(gate, { rule: 'load.overload', untilMs, reason }, editor);
  await expect(of(noon - 1)).rejects.toThrow('ends');
  await expect(of(noon + 8 * 24 * hour)).rejects.toThrow('ends');
  await expect(of(noon + hour, ' ')).rejects.toThrow('reason');
  await of(noon + 2 * hour);
  await apply(overloadAt('b001', 2, noon), overloadAt('b002', 3, noon));
  expect((await desk.openAlerts()).map(({ quiet }) => quiet)).toEqual([undefined, 'silenced']);
  // The silence ends and the overload does not: now it is told.
  await pass(2 * hour + 60_000);
  expect((await desk.openAlerts()).map(({ quiet }) => quiet)).toEqual([undefined, undefined]);
  await apply(overloadAt('b003', 2, clock.nowMs()));
  expect(
    (await desk.openAlerts()).find(({ subject }) => subject === 'b003')?.quiet,
  ).toBeUndefined();
  const untilMs = noon + 10 * hour;
  await addSilence(gate, { key: 'load.overload/b004', untilMs, reason: 'x' }, editor);
  const [silence] = await silencesAt(gate, noon + 3 * hour);
  await endSilence(gate, silence?.id ?? 0, { ...editor, nowMs: noon + 3 * hour });
  expect(await silencesAt(gate, noon + 4 * hour)).toEqual([]);
});
