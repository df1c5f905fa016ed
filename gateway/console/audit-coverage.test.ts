import { afterAll, beforeAll, expect, test } from 'vitest';
import { keepFigures } from '../desk/boards.ts';
import { overloadAt } from '../desk/trial.ts';
import { readAudit } from '../privacy/audit.ts';
import { stepOf, totp } from './totp.ts';
import {
  type ConsoleTrial,
  chairOf,
  createConsoleTrial,
  memberOf,
  password,
  type Visitor,
  visitor,
} from './trial.ts';

/*
 * PR-30: whatever changes something is in the audit, with who did it. Each line is done for real; a route that writes and
 * is not here fails the last test, so that a new one cannot be forgotten.
 */

let trial: ConsoleTrial;
let chair: Visitor;
let grid: Visitor;
let alert = 0;
let secret = '';
const code = () => totp(bytesOf(secret), stepOf(trial.clock.nowMs()));
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const bytesOf = (base32: string) => {
  const bits = [...base32].map((sign) => alphabet.indexOf(sign).toString(2).padStart(5, '0'));
  return Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
};

beforeAll(async () => {
  trial = await createConsoleTrial({
    config: {
      console: { listen: '127.0.0.1:0', secondFactor: 'offered' },
      faces: {
        enabled: true,
        assessment: 'PIA-1',
        decidedBy: 'chair',
        reviewBy: '2026-12-31',
        notice: '1.0',
      },
    },
    site: {
      lanes: [{ id: 'in-1', direction: 'in' }],
      devices: [{ id: 'cam-1', lane: 'in-1', kinds: ['passage'], intervalS: 60 }],
    },
    parts: {
      commander: {
        canOpen: () => true,
        keepsPlates: () => true,
        plate: async () => [{ id: 'c-1', device: 'cam-1', result: 'accepted' }],
        open: async () => ({ id: 'c-1', device: 'cam-1', result: 'accepted' }),
        setTime: async (device) => ({ id: 'c-1', device, result: 'accepted' }),
      },
    },
  });
  chair = await chairOf(trial);
  grid = await memberOf(trial, chair, 'grid');
  await memberOf(trial, chair, 'duty');
  const { desk, clock } = trial;
  await desk.apply([overloadAt('b017', 2, clock.nowMs())], 1, clock.nowMs());
  alert = (await desk.openAlerts())[0]?.id ?? 0;
  const figures = {
    place: '18号楼',
    confirmedCharging: 0,
    notRectified: 0,
    confirmedOverloads: 0,
    overloadHours: 0,
    rectifiedSameDay: 0,
    openPastRecheck: 0,
    completePercent: 100,
  };
  await keepFigures(trial.store.gate, '2026-04', [figures], clock.nowMs());
});
afterAll(() => trial.close());

interface Act {
  readonly route: string;
  readonly as?: () => Visitor;
  readonly path: () => string;
  readonly body?: () => object;
  readonly method?: 'DELETE';
  /** What the audit calls it. */
  readonly action: string;
}
const hold = {
  day: '2026-04-30',
  fromHour: 8,
  toHour: 12,
  reason: '报案',
  document: '沪公17',
  days: 30,
};
const place = (day: string) => ({ day, slot: 'member' });
const acts: readonly Act[] = [
  {
    route: 'POST /alerts/:id/actions',
    path: () => `/alerts/${alert}/actions`,
    body: () => ({ action: 'acknowledge' }),
    action: 'alert.acknowledge',
  },
  {
    route: 'POST /alerts/:id/case',
    path: () => `/alerts/${alert}/case`,
    body: () => ({}),
    action: 'case.open',
  },
  {
    route: 'POST /cases/:id/steps',
    path: () => '/cases/1/steps',
    body: () => ({ to: 'verified', note: '现场核实' }),
    action: 'case.verified',
  },
  { route: 'POST /lanes/:id/open', path: () => '/lanes/in-1/open', action: 'gate.open' },
  {
    route: 'POST /lanes/:id/plates',
    path: () => '/lanes/in-1/plates',
    body: () => ({ plate: '沪A12345', action: 'add' }),
    action: 'gate.plate.add',
  },
  { route: 'POST /devices/:id/time', path: () => '/devices/cam-1/time', action: 'device.time' },
  {
    route: 'POST /strangers/:name',
    path: () => '/strangers/x-1',
    body: () => ({ refused: true }),
    action: 'stranger.refuse',
  },
  {
    route: 'POST /board/:month/marks',
    path: () => '/board/2026-04/marks',
    body: () => ({ place: '18号楼', mark: 'told' }),
    action: 'board.told',
  },
  {
    route: 'POST /board/:month/release',
    path: () => '/board/2026-04/release',
    action: 'board.release',
  },
  {
    route: 'POST /roster',
    path: () => '/roster',
    body: () => ({ ...place('2026-05-02'), person: 'p3' }),
    action: 'roster.set',
  },
  {
    route: 'POST /roster/swap',
    path: () => '/roster/swap',
    body: () => ({ one: place('2026-05-02'), other: place('2026-05-03') }),
    action: 'roster.swap',
  },
  {
    route: 'POST /maintenance',
    path: () => '/maintenance',
    body: () => ({ day: '2026-05-20', time: '09:00', hours: 2, reason: '更换总表' }),
    action: 'maintenance.add',
  },
  {
    route: 'POST /maintenance/:id/end',
    path: () => '/maintenance/1/end',
    action: 'maintenance.end',
  },
  {
    route: 'POST /calendar',
    path: () => '/calendar',
    body: () => ({
      fromDay: '2026-10-01',
      toDay: '2026-10-07',
      kind: 'holiday',
      title: '国庆',
    }),
    action: 'calendar.add',
  },
  {
    route: 'DELETE /calendar/:id',
    method: 'DELETE',
    path: () => '/calendar/1',
    action: 'calendar.remove',
  },
  { route: 'POST /drill', path: () => '/drill', action: 'drill.start' },
  { route: 'POST /drill/end', path: () => '/drill/end', action: 'drill.end' },
  { route: 'POST /holds', path: () => '/holds', body: () => hold, action: 'hold.ask' },
  {
    route: 'POST /holds/:id/approve',
    as: () => grid,
    path: () => '/holds/1/approve',
    action: 'hold.approve',
  },
  { route: 'POST /holds/:id/lift', path: () => '/holds/1/lift', action: 'hold.lift' },
  {
    route: 'POST /requests',
    path: () => '/requests',
    body: () => ({ number: '2026-7', kind: 'delete' }),
    action: 'request.open',
  },
  {
    route: 'POST /requests/:id/close',
    path: () => '/requests/1/close',
    body: () => ({ result: 'done' }),
    action: 'request.close',
  },
  {
    route: 'POST /consents',
    path: () => '/consents',
    body: () => ({ number: '42', step: 'given', channel: 'counter' }),
    action: 'consent.given',
  },
  {
    route: 'POST /rules/:id/replay',
    path: () => '/rules/load.overload/replay',
    body: () => ({ settings: {}, days: 1 }),
    action: 'rule.replay',
  },
  {
    route: 'DELETE /replay',
    method: 'DELETE',
    path: () => '/replay',
    action: 'rule.replay.cancel',
  },
  {
    route: 'POST /accounts',
    path: () => '/accounts',
    body: () => ({ name: 'new', role: 'duty' }),
    action: 'account.create',
  },
  {
    route: 'POST /accounts/:name',
    path: () => '/accounts/new',
    body: () => ({ role: 'grid' }),
    action: 'account.change',
  },
  { route: 'POST /accounts/:name/code', path: () => '/accounts/new/code', action: 'account.reset' },
  {
    route: 'POST /accounts/:name/factor/remove',
    path: () => '/accounts/new/factor/remove',
    action: 'account.factor.remove',
  },
  {
    route: 'POST /password/change',
    path: () => '/password/change',
    body: () => ({ old: password, password: 'another horse 4' }),
    action: 'password.change',
  },
  {
    route: 'POST /factor',
    path: () => '/factor',
    body: () => ({ password: 'another horse 4' }),
    action: 'factor.begin',
  },
  {
    route: 'POST /factor/confirm',
    path: () => '/factor/confirm',
    body: () => ({ code: code() }),
    action: 'factor.enrol',
  },
  {
    route: 'POST /factor/remove',
    path: () => '/factor/remove',
    body: () => ({ code: code() }),
    action: 'factor.remove',
  },
  {
    route: 'POST /session',
    as: () => visitor(trial),
    path: () => '/session',
    body: () => ({ name: 'duty', password }),
    action: 'login',
  },
  { route: 'DELETE /session', method: 'DELETE', path: () => '/session', action: 'logout' },
];
/** Done by the trial itself before: the first account, and the password that a person chooses. */
const before = { 'POST /setup': 'account.first', 'POST /password': 'password.choose' } as const;

for (const { route, as = () => chair, path, body, method = 'POST', action } of acts) {
  test(`${route} stands in the audit as ${action}`, async () => {
    const from = (await readAudit(trial.store.gate, { limit: 100_000 })).length;
    if (route === 'POST /factor/remove') trial.clock.pass(60_000);
    const answer = await as().ask(method, path(), method === 'POST' ? (body?.() ?? {}) : undefined);
    expect(answer.status, answer.body).toBeLessThan(300);
    if (route === 'POST /factor') secret = answer.json().secret;
    const entries = (await readAudit(trial.store.gate, { limit: 100_000 })).slice(from);
    expect(entries.map((entry) => entry.action)).toContain(action);
    expect(entries.every(({ who }) => ['chair', 'grid', 'duty'].includes(who))).toBe(true);
    expect(JSON.stringify(entries)).not.toMatch(/沪A|12345|horse/);
  });
}

test('no route that writes is missing here', async () => {
  const writing = trial.console.routes
    .filter(({ method }) => !['GET', 'HEAD'].includes(method))
    .map(({ method, url }) => `${method} ${url.replace('/api/v1', '')}`);
  const shown = [...acts.map(({ route }) => route), ...Object.keys(before)];
  expect(writing.sort()).toEqual(shown.sort());
  const done = (await readAudit(trial.store.gate, { limit: 100_000 })).map(({ action }) => action);
  for (const action of Object.values(before)) expect(done).toContain(action);
});
