import { afterEach, expect, test } from 'vitest';
import type { Reading } from '../../drivers/reading.ts';
import { type ConsoleTrial, createConsoleTrial } from '../console/trial.ts';
import { boardDraft } from '../desk/boards.ts';
import { advanceCase, openCase } from '../desk/cases.ts';
import { readReport } from '../desk/reports.ts';
import { overloadAt } from '../desk/trial.ts';
import { compact } from '../journal/compact.ts';
import { writeAudit } from '../privacy/audit.ts';
import { boardFigures } from './board-input.ts';
import { createReports, mondayUpTo } from './reports.ts';

const undo: Array<() => unknown> = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

const minuteMs = 60_000;
const atSite = (text: string) => Date.parse(`${text}+08:00`);
const limitA = 40;

/** A village of three houses and a lane; two houses have meters. */
async function village(startMs: number) {
  const trial = await createConsoleTrial({
    site: {
      points: [1, 2, 3].map((n) => ({
        id: `b00${n}`,
        title: `${n}号楼`,
        kind: 'building' as const,
        limits: { contractA: limitA },
      })),
      devices: [1, 2].map((n) => ({
        id: `m00${n}`,
        point: `b00${n}`,
        kinds: ['power' as const],
        intervalS: 60,
      })),
      lanes: [{ id: 'in-1', title: '进口', direction: 'in' }],
    },
  });
  undo.push(trial.close);
  trial.clock.set(startMs);
  const { config, site, journal, dataDir, health } = trial.parts;
  const reports = createReports({
    config,
    site,
    gate: trial.store.gate,
    journal,
    clock: trial.clock,
    dataDir,
    devices: () => [],
    health,
  });
  return { trial, reports };
}

const power = (device: string, atMs: number, currentA: number): Reading => ({
  kind: 'power',
  device,
  atMs,
  powerW: 230 * currentA,
  phases: [{ voltageV: 230, currentA, powerW: 230 * currentA }],
});

/** A day of readings, a minute each; `amperes` by minute of the reporting day. */
async function day(trial: ConsoleTrial, fromMs: number, amperes: (minute: number) => number) {
  for (let hour = 0; hour < 24; hour += 1) {
    const readings: Reading[] = [];
    for (let minute = hour * 60; minute < hour * 60 + 60; minute += 1) {
      trial.clock.set(fromMs + minute * minuteMs);
      readings.push(power('m001', fromMs + minute * minuteMs, amperes(minute)));
    }
    await trial.append(...readings);
  }
}

test('the hand-over tells the load and the gate as they are reckoned by hand', async () => {
  // From 07:00 to 07:00: the last hour before the report is not packed yet.
  const fromMs = atSite('2026-05-01T07:00:00');
  const { trial, reports } = await village(fromMs);
  // 10 A all day; 38 A for one hour that begins on a quarter, 44 A for a single minute.
  const amperes = (minute: number) =>
    minute === 700 ? 44 : minute >= 600 && minute < 660 ? 38 : 10;
  await day(trial, fromMs, amperes);
  const rush = atSite('2026-05-01T07:30:00');
  await trial.append(
    ...[0, 1, 2].map(
      (n): Reading => ({
        kind: 'passage',
        device: 'cam-1',
        atMs: rush + n * minuteMs,
        lane: 'in-1',
        direction: 'in',
        credential: n === 0 ? 'manual' : 'plate',
        result: 'registered',
        ...(n === 0 ? {} : { plate: `沪A1234${n}` }),
      }),
    ),
  );
  await writeAudit(trial.store.gate, {
    atMs: rush,
    who: '物业',
    role: 'property',
    action: 'gate.open',
    object: 'in-1',
    purpose: 'console',
    n: 1,
  });
  trial.clock.set(atSite('2026-05-02T07:30:00'));
  await trial.append(power('m001', trial.clock.nowMs(), 10));
  trial.clock.set(atSite('2026-05-02T08:00:00'));
  const { store } = trial;
  await compact({
    db: store.load,
    nowMs: trial.clock.nowMs(),
    keepFromSeq: Number.MAX_SAFE_INTEGER,
  });
  await reports.daily('2026-05-02');
  const made = await readReport(trial.store.gate, 'daily', '2026-05-02');
  const kWh = Array.from({ length: 1440 }, (_, n) => (230 * amperes(n)) / 60_000).reduce(
    (a, b) => a + b,
  );
  const energy = Number(/全村用电([\d.]+)千瓦时/.exec(made?.text ?? '')?.[1]);
  expect(Math.abs(energy - kWh) / kWh).toBeLessThan(0.01);
  // One of two metered houses has said everything: a half of what was expected.
  expect(made?.text).toMatch(/数据完整率(49\.9|50)%/);
  expect(made?.text).toContain(`1号楼  ${(100 * 44) / limitA}%  60`);
  expect(made?.text).not.toContain('2号楼');
  expect(made?.text).toContain('通行3次；最长排队—，最长等候—；');
  expect(made?.text).toContain('人工放行2次');
  expect(made?.text).toMatch(/存储剩余[\d.]+%/);
  expect(made?.text).not.toMatch(/沪A/);
  await reports.daily('2026-05-02');
  expect((await readReport(trial.store.gate, 'daily', '2026-05-02'))?.text).toBe(made?.text);
}, 60_000);

test('the month is told twice, for everybody and for the committee, in the same bytes each time', async () => {
  const { trial, reports } = await village(atSite('2026-04-30T08:00:00'));
  await reports.daily('2026-04-30');
  const { desk, clock, store } = trial;
  let seq = desk.appliedSeq();
  // Four overloads in May, on four days; two are acknowledged after five minutes, one is judged false.
  for (const n of [1, 2, 3, 4]) {
    const atMs = atSite(`2026-05-0${n}T12:00:00`);
    clock.set(atMs);
    seq += 1;
    await desk.apply([overloadAt('b001', 2, atMs, { sinceMs: atMs })], seq, atMs);
    const [alert] = await desk.openAlerts();
    clock.set(atMs + 5 * minuteMs);
    if (alert && n <= 2) await desk.act(alert.id, 'acknowledge', { who: '3号', via: 'console' });
    if (alert && n === 3)
      await desk.act(alert.id, 'false_alarm', { who: '3号', via: 'console' }, '电磁炉');
    if (alert && n === 1) await openCase(store.gate, alert.id, clock.nowMs(), 'Asia/Shanghai');
    seq += 1;
    clock.set(atMs + 10 * minuteMs);
    await desk.apply([overloadAt('b001', 0, clock.nowMs(), { sinceMs: atMs })], seq, clock.nowMs());
  }
  clock.set(atSite('2026-05-20T09:00:00'));
  await trial.append({
    kind: 'passage',
    device: 'cam-1',
    atMs: clock.nowMs(),
    lane: 'in-1',
    direction: 'in',
    credential: 'plate',
    result: 'registered',
    plate: '沪A98765',
  });
  clock.set(atSite('2026-06-01T09:00:00'));
  await reports.monthly('2026-06-01');
  const own = await readReport(store.gate, 'monthly', '2026-06-01');
  const open = await readReport(store.gate, 'public', '2026-06-01');
  expect(own?.title).toBe('杜巷 2026-05 月报（内部）'.replace('杜巷', trial.parts.site.name));
  expect(own?.text).toContain('重要确认（白天）  中位5分钟，九成内5分钟');
  expect(own?.text).toMatch(/用电过载误报 {2}100%（1\/1），未判定\d/);
  expect(own?.text).toMatch(/疑似 {2}1 {2}\d+/);
  expect(own?.text).toContain('1号楼  用电过载  ');
  expect(open?.text, 'no house stands in what everybody reads').not.toContain('1号楼');
  expect(open?.text).toMatch(/用电过载 {2}\d {2}0/);
  expect(open?.text).toContain('监测数据完整率0%');
  expect(own?.text).toContain('非人脸通行1/1');
  for (const one of [own, open]) expect(`${one?.text}${one?.html}`).not.toMatch(/98765|1380013/);
  const bytes = [own?.html, open?.html];
  await trial.store.gate.run("DELETE FROM reports WHERE kind <> 'daily'");
  await reports.monthly('2026-06-17');
  const again = [
    (await readReport(store.gate, 'monthly', '2026-06-01'))?.html,
    (await readReport(store.gate, 'public', '2026-06-01'))?.html,
  ];
  expect(again, 'made up for on a later day, it is the same').toEqual(bytes);
}, 60_000);

test('the board of the month counts what people verified on site and what the meters say, nothing else', async () => {
  const startMs = atSite('2026-05-01T00:00:00');
  const { trial, reports } = await village(startMs);
  const { store, clock, desk } = trial;
  await day(trial, startMs, (minute) => (minute >= 600 && minute < 720 ? 41 : 10));
  clock.set(startMs + 26 * 3_600_000);
  await trial.append(power('m001', clock.nowMs(), 10));
  await compact({ db: store.load, nowMs: clock.nowMs(), keepFromSeq: Number.MAX_SAFE_INTEGER });
  const raise = async (seq: number) => {
    const atMs = clock.nowMs();
    await desk.apply([overloadAt('b001', 3, atMs, { sinceMs: atMs })], seq, atMs);
    const [alert] = await desk.openAlerts();
    return openCase(store.gate, alert?.id ?? 0, atMs, 'Asia/Shanghai');
  };
  const one = await raise(1);
  const step = (to: 'verified' | 'notified' | 'rechecked_ok', hours: number) => {
    clock.pass(hours * 3_600_000);
    return advanceCase(store.gate, one.id, to, {
      who: '3号',
      role: 'duty',
      nowMs: clock.nowMs(),
      zone: 'Asia/Shanghai',
    });
  };
  await step('verified', 1);
  await step('notified', 0);
  await step('rechecked_ok', 3);
  clock.set(atSite('2026-06-01T09:00:00'));
  const figures = await boardFigures(
    {
      gate: store.gate,
      journal: trial.parts.journal,
      site: trial.parts.site,
      zone: 'Asia/Shanghai',
    },
    '2026-06-01',
  );
  expect(figures).toMatchObject([
    {
      place: '1号楼',
      confirmedCharging: 0,
      confirmedOverloads: 1,
      notRectified: 0,
      rectifiedSameDay: 1,
      openPastRecheck: 0,
      overloadHours: 2,
    },
    { place: '2号楼', confirmedOverloads: 0, overloadHours: 0, completePercent: 0 },
    { place: '3号楼', completePercent: undefined },
  ]);
  expect(figures[0]?.completePercent).toBeCloseTo(100 / 31, 0);
  await reports.daily('2026-05-02');
  await reports.monthly('2026-06-01');
  expect(await boardDraft(store.gate, '2026-05', clock.nowMs())).toMatchObject({
    honour: [],
    notRated: ['1号楼', '2号楼', '3号楼'],
  });
}, 60_000);

test('a box that is younger than the period makes no report of it; a box that was off makes up for one', async () => {
  const { trial, reports } = await village(atSite('2026-05-06T08:00:00'));
  const kinds = async () =>
    (
      await trial.store.gate.all<{ kind: string; day: string }>(
        'SELECT kind, day FROM reports ORDER BY kind',
      )
    ).map(({ kind, day: on }) => `${kind} ${on}`);
  await reports.weekly('2026-05-06');
  await reports.daily('2026-05-06');
  await reports.weekly('2026-05-06');
  await reports.monthly('2026-05-06');
  expect(await kinds()).toEqual(['daily 2026-05-06']);
  // Off on Monday the 11th, back on Thursday.
  trial.clock.set(atSite('2026-05-14T10:00:00'));
  await reports.weekly('2026-05-14');
  await reports.weekly('2026-05-14');
  expect(await kinds()).toEqual(['daily 2026-05-06', 'weekly 2026-05-11']);
});

test('a day without readings says so, and shows no 0 as a figure', async () => {
  const { trial, reports } = await village(atSite('2026-05-02T08:00:00'));
  await reports.daily('2026-05-02');
  const made = await readReport(trial.store.gate, 'daily', '2026-05-02');
  expect(made?.text).toContain('全村用电—；数据完整率0%');
});

test('the Monday up to a day', () => {
  expect(['2026-05-03', '2026-05-04', '2026-05-05', '2026-05-10'].map(mondayUpTo)).toEqual([
    '2026-04-27',
    '2026-05-04',
    '2026-05-04',
    '2026-05-04',
  ]);
});
