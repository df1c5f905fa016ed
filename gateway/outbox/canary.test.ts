import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, expect, test } from 'vitest';
import { startModem } from '../../simulators/modem/modem.ts';
import { advanceCase, openCase } from '../desk/cases.ts';
import { deskFigures } from '../desk/daily-figures.ts';
import { dailyReport } from '../desk/daily-report.ts';
import { createDesk } from '../desk/desk.ts';
import { deskMigrations } from '../desk/migrations.ts';
import { createReplies } from '../desk/replies.ts';
import { savePerson } from '../desk/staff.ts';
import { overloadAt, trialParts } from '../desk/trial.ts';
import { periodFigures, weeklyReport } from '../desk/weekly-report.ts';
import { migrate } from '../store/migrations.ts';
import { openSqlite } from '../store/sqlite.ts';
import type { OutboxChannel, Parcel } from './channel.ts';
import { startOutbox } from './outbox.ts';
import { startSmsChannel } from './sms/sms-channel.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  while (undo.length > 0) await undo.pop()?.();
});

const canaries = {
  phones: ['13912345678', '13800138003', '13700001111'],
  plates: ['沪A12345', '粤BD12345'],
  cards: ['310101199001011234'],
};
const all = Object.values(canaries).flat();

test('planted numbers, plates and cards are in no file, log, message, report or record for the platform', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'canary-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  undo.push(() => rmSync(`${folder}.keys`, { recursive: true, force: true }));
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const parts = { ...trialParts(folder), log };
  const { clock, keys, config } = parts;
  const gate = await openSqlite(join(folder, 'gate.db'));
  await migrate(gate, deskMigrations);
  const desk = await createDesk({ ...parts, gate });
  const left: Parcel[] = [];
  const catching = (name: 'robot' | 'upstream'): OutboxChannel => ({
    name,
    window: 5,
    idempotent: true,
    confirmMs: 60_000,
    ready: () => true,
    send: async (parcel) => {
      left.push(parcel);
      return { outcome: 'done' };
    },
    onReceipt: () => {},
    onReady: () => {},
    stop: async () => {},
  });
  const sim = await startModem({ nowMs: clock.nowMs });
  undo.push(sim.stop);
  const replies = createReplies({
    gate,
    desk,
    keys,
    clock,
    log,
    signature: '杜巷',
    dailyPerPerson: 30,
  });
  const { openSerialLine } = await import('./sms/serial-line.ts');
  const { phoneOf } = await import('../desk/people.ts');
  const sms = startSmsChannel({
    open: () => openSerialLine(sim.path, 115_200),
    clock,
    log,
    numberOf: (person) => phoneOf(gate, person, keys),
    nextReference: async () => 1,
    onInbound: replies.take,
    times: { settleMs: 10, pollMs: 50 },
  });
  const channels = [sms, catching('robot'), catching('upstream')];
  const outbox = await startOutbox({ gate, channels, clock, log });
  await expect.poll(() => sms.modem().state).toBe('ready');

  const person = { id: 'p9', title: '9号', role: 'duty', phone: '+8613912345678' } as const;
  const editor = { who: '主任', role: 'chair', nowMs: clock.nowMs() };
  await savePerson(gate, keys, person, editor);
  await desk.apply([overloadAt('b012', 3, clock.nowMs())], 1, clock.nowMs());
  outbox.kick();
  await expect.poll(() => sim.inbox().length).toBe(1);
  for (const [n, canary] of all.entries()) {
    await desk.act(1, 'note', { who: '3号', via: 'console' }, `住户 ${canary} 说已处理${n}`);
    sim.reply('+8613700001111', `1 ${canary}`);
    sim.reply('+8613800138003', `请联系${canary}`);
  }
  await expect.poll(() => replies.counts().unknownSender).toBe(all.length);
  const { id } = await openCase(gate, 1, clock.nowMs(), 'Asia/Shanghai');
  await advanceCase(gate, id, 'verified', {
    who: '3号',
    role: 'duty',
    nowMs: clock.nowMs(),
    zone: 'Asia/Shanghai',
    note: `车主${all.join('，')}`,
  });
  await desk.act(1, 'acknowledge', { who: '3号', via: 'console' });
  outbox.kick();
  await outbox.settled();
  sim.fail({ kind: 'cms-error', code: 41 });
  await desk.apply([overloadAt('b013', 3, clock.nowMs())], 2, clock.nowMs());
  outbox.kick();
  await outbox.settled();

  const report = dailyReport({
    village: config.site.name,
    zone: 'Asia/Shanghai',
    day: '2026-05-02',
    desk: await deskFigures(gate, '2026-05-02', 'Asia/Shanghai'),
  });
  const week = weeklyReport(
    config.site.name,
    await periodFigures(gate, '2026-05-04', 7, 'Asia/Shanghai'),
  );
  const told = sim.inbox().map(({ text }) => text);
  await outbox.stop();
  await gate.close();
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  const places: Readonly<Record<string, string | readonly Buffer[]>> = {
    log: lines.join(''),
    messages: told.join('\n'),
    others: JSON.stringify(left),
    reports: JSON.stringify([report, week]),
    files,
  };
  expect(lines.length).toBeGreaterThan(3);
  expect(left.length).toBeGreaterThan(2);
  for (const canary of all) {
    for (const [place, content] of Object.entries(places)) {
      const found =
        typeof content === 'string'
          ? content.includes(canary)
          : content.some((file) => file.includes(canary));
      expect(found, `${canary} in ${place}`).toBe(false);
    }
  }
});
