import { afterEach, expect, test } from 'vitest';
import { gateMigrations } from '../migrations.ts';
import { approveHold, askHold, liftHold } from '../privacy/hold.ts';
import { migrate } from '../store/migrations.ts';
import { createTrial, type Trial } from './trial.ts';

let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});
const hour = 3_600_000;
const atSite = (text: string) => Date.parse(`${text}+08:00`);

async function held(startMs: number) {
  const now = await createTrial({ startMs });
  trial = now;
  await migrate(now.gate, gateMigrations);
  const window = { fromMs: startMs - 5 * hour, toMs: startMs - 3 * hour };
  const by = (role: string) => ({ who: role, role, nowMs: now.clock.nowMs() });
  const { id } = await askHold(
    now.gate,
    { ...window, reason: '失窃', document: '受案字2号', endsMs: startMs + 30 * 24 * hour },
    by('chair'),
  );
  expect(await now.rows('sms'), 'asked for is not held').toEqual([]);
  await approveHold(now.gate, id, by('grid'), now.desk.tellHold);
  return { now, id, by };
}

test('a hold that two roles have made is told to the chair and the guard room, with its end and its purpose, to nobody else', async () => {
  const { now } = await held(atSite('2026-05-01T12:00:00'));
  expect((await now.rows('sms')).map(({ recipient, text }) => `${recipient} ${text}`)).toEqual([
    'guard 【杜巷自治】申请H1：大门记录已保全至5月31日，仅供公安依法调取。',
    'chair 【杜巷自治】申请H1：大门记录已保全至5月31日，仅供公安依法调取。',
  ]);
  expect((await now.rows()).map(({ channel }) => channel)).toEqual(['sms', 'sms']);
});

test('at night it waits for the morning, and it is told once', async () => {
  const startMs = atSite('2026-05-01T23:00:00');
  const { now, id, by } = await held(startMs);
  const rows = await now.rows('sms');
  expect(rows.map(({ next_ms }) => (next_ms - startMs) / hour)).toEqual([8, 8]);
  await expect(approveHold(now.gate, id, by('duty'), now.desk.tellHold)).rejects.toThrow();
  await liftHold(now.gate, id, by('chair'));
  expect(await now.rows('sms')).toHaveLength(2);
});
