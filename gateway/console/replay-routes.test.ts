import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PowerReading } from '../../drivers/reading.ts';
import { overloadAt } from '../desk/trial.ts';
import { readAudit } from '../privacy/audit.ts';
import { type ConsoleTrial, chairOf, createConsoleTrial, type Visitor } from './trial.ts';

let trial: ConsoleTrial;
let chair: Visitor;
const minuteMs = 60_000;

beforeAll(async () => {
  trial = await createConsoleTrial({
    site: {
      points: [17, 18].map((n) => ({
        id: `b0${n}`,
        title: `${n}号楼`,
        kind: 'building' as const,
        rooms: 10,
        limits: { contractA: 40 },
      })),
      devices: [{ id: 'm017', point: 'b017', kinds: ['power'], intervalS: 10 }],
    },
  });
  chair = await chairOf(trial);
  const nowMs = trial.clock.nowMs();
  // b017 draws 48 A of 40 A for an hour, yesterday.
  const readings = Array.from({ length: 720 }, (_, n): PowerReading => {
    const currentA = n > 180 && n < 540 ? 48 : 10;
    return {
      kind: 'power',
      device: 'm017',
      atMs: nowMs - 26 * 60 * minuteMs + n * 10_000,
      powerW: currentA * 220 + (n % 3),
      phases: [{ currentA }],
    };
  });
  await trial.append(...readings);
});
afterAll(() => trial.close());

async function ended(): Promise<ReturnType<Awaited<ReturnType<Visitor['get']>>['json']>> {
  for (;;) {
    const now = (await chair.get('/replay')).json();
    if (now.state !== 'running') return now;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('the chair asks what a rule would have done, sees it beside what was told, and the audit knows', async () => {
  expect((await chair.get('/replay')).json().state).toBe('idle');
  const asked = await chair.post('/rules/load.overload/replay', { days: 3 });
  expect([asked.status, asked.json()]).toEqual([202, { rule: 'load.overload', days: 3 }]);
  const { state, result, told } = await ended();
  expect(state).toBe('done');
  expect(result).toMatchObject({ alerts: 1, readings: 720 });
  expect(result.found).toMatchObject([{ title: '17号楼', severity: 'critical' }]);
  expect(result.found[0].was).toBeUndefined();
  expect(told).toMatchObject({ alerts: 0, told: 0, gone: 0 });
  const entries = (await readAudit(trial.store.gate, {})).map(({ action }) => action);
  expect(entries).toContain('rule.replay');
});

test('what was really told in those days stands beside it', async () => {
  const { desk, clock } = trial;
  const sinceMs = clock.nowMs() - 60 * minuteMs;
  await desk.apply([overloadAt('b018', 2, clock.nowMs(), { sinceMs })], 1, clock.nowMs());
  await chair.post('/rules/load.overload/replay', { days: 3 });
  const { told } = await ended();
  expect(told).toMatchObject({ alerts: 1, gone: 1 });
});

test('limits can be tried without being changed', async () => {
  const settings = {
    warnShare: 5,
    alarmShare: 5,
    criticalShare: 5,
    rushShare: 5,
    alarmHeat: 5,
    criticalHeat: 5,
  };
  await chair.post('/rules/load.overload/replay', { days: 3, settings });
  const { result, settings: tried } = await ended();
  expect([result.alerts, tried.warnShare]).toEqual([0, 5]);
  const { rules } = (await chair.get('/rules')).json();
  const overload = rules.find(({ id }: { id: string }) => id === 'load.overload');
  expect(overload.limits).toContainEqual(expect.objectContaining({ key: 'warnShare', value: 0.9 }));
});

test('a limit that cannot be is refused with its name, and so are a strange rule and too many days', async () => {
  const wrong = await chair.post('/rules/load.overload/replay', {
    days: 1,
    settings: { warnShare: -1 },
  });
  expect([wrong.status, wrong.json().code]).toEqual([400, 'SETTINGS']);
  expect(wrong.json().zh).toContain('warnShare');
  expect((await chair.post('/rules/load.nothing/replay', { days: 1 })).status).toBe(404);
  expect((await chair.post('/rules/load.overload/replay', { days: 32 })).status).toBe(400);
});

test('one replay runs at a time', async () => {
  const both = await Promise.all(
    [1, 2].map((days) => chair.post('/rules/load.ebike/replay', { days })),
  );
  expect(both.map(({ status }) => status).sort()).toEqual([202, 409]);
  expect(both.map((one) => one.json().code)).toContain('BUSY');
  expect((await chair.ask('DELETE', '/replay')).status).toBe(200);
  expect((await chair.get('/replay')).json()).toMatchObject({ rule: 'load.ebike' });
});
