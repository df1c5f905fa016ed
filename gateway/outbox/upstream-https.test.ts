import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { advanceCase, openCase } from '../desk/cases.ts';
import { applyPlatformCases } from '../desk/platform-cases.ts';
import { createTrial, noon, overloadAt } from '../desk/trial.ts';
import { createLog } from '../log.ts';
import { startOutbox } from './outbox.ts';
import { startHttpsUpstream } from './upstream-https.ts';
import type { CaseResult } from './upstream-words.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  while (undo.length > 0) await undo.pop()?.();
});

interface Got {
  readonly headers: IncomingHttpHeaders;
  readonly body: { readonly id: string; readonly state: string };
}

/** A platform on a real socket that says what the script says, or confirms. */
async function platform(login: { readonly username?: string; readonly password?: string } = {}) {
  const got: Got[] = [];
  const script: ((id: string) => readonly [status: number, answer: string])[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const said = JSON.parse(body);
      got.push({ headers: request.headers, body: said });
      const [status, answer] = script.shift()?.(said.id) ?? [200, JSON.stringify({ id: said.id })];
      if (status === 0) request.socket.destroy();
      else response.writeHead(status).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const cases: CaseResult[] = [];
  const trial = await createTrial();
  undo.push(trial.close);
  const channel = startHttpsUpstream({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`,
    onCases: (results) => cases.push(...results),
    ...login,
  });
  const { gate, clock } = trial;
  const outbox = await startOutbox({ gate, channels: [channel], clock, log: createLog('silent') });
  undo.push(outbox.stop);
  const go = async () => {
    outbox.kick();
    await outbox.settled();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await outbox.settled();
  };
  const states = async () =>
    (await trial.rows('upstream')).map(
      ({ state, reason }) => `${state}${reason ? ` ${reason}` : ''}`,
    );
  return { trial, got, script, cases, go, states, channel };
}

test('a record leaves with the id in the answer, not with the status', async () => {
  const { trial, got, script, go, states } = await platform({ password: 'token-1' });
  script.push(() => [200, '{"ok":true}']);
  await trial.apply(overloadAt('b012', 3, noon));
  await go();
  expect(await states()).toEqual(['sent']);
  expect(got[0]?.headers).toMatchObject({
    authorization: 'Bearer token-1',
    'idempotency-key': got[0]?.body.id,
  });
  trial.clock.pass(60_001);
  await go();
  expect(await states()).toEqual(['delivered']);
  expect(got.map(({ body }) => body.id)).toEqual([got[0]?.body.id, got[0]?.body.id]);
});

test('a platform that is ill, refuses the record or the log-in: each has its outcome, and nothing is lost', async () => {
  const { trial, script, go, states, channel } = await platform({ username: 'box', password: 'x' });
  script.push(
    () => [503, ''],
    () => [0, ''],
    () => [401, ''],
  );
  await trial.apply(overloadAt('b012', 3, noon));
  await go();
  expect(await states()).toEqual(['waiting HTTP 503']);
  trial.clock.pass(15_001);
  await go();
  expect((await states())[0]).toMatch(/^waiting/);
  trial.clock.pass(60_001);
  await go();
  expect(await states()).toEqual(['waiting HTTP 401']);
  expect(channel.ready(), 'a refused log-in is not tried on').toBe(false);
});

test('results of cases come with an answer and take reported cases on, once', async () => {
  const { trial, script, cases, go } = await platform();
  const { gate, clock } = trial;
  await trial.apply(overloadAt('b012', 3, noon));
  const [alert] = await trial.desk.openAlerts();
  const zone = 'Asia/Shanghai';
  const { id } = await openCase(gate, alert?.id ?? 0, clock.nowMs(), zone);
  for (const [to, role] of [
    ['verified', 'duty'],
    ['notified', 'duty'],
    ['rechecked_bad', 'duty'],
    ['reported', 'grid'],
  ] as const) {
    await advanceCase(gate, id, to, {
      who: role,
      role,
      nowMs: clock.nowMs(),
      zone,
      gridNumber: 'G-17',
    });
  }
  script.push((of) => [
    200,
    JSON.stringify({
      ids: [of],
      cases: [{ gridNumber: 'G-17', result: 'closed', note: '电话13800138003已处理' }],
    }),
  ]);
  await go();
  expect(cases).toMatchObject([{ gridNumber: 'G-17', result: 'closed' }]);
  const by = { nowMs: clock.nowMs(), zone };
  expect(await applyPlatformCases(gate, cases, by)).toBe(2);
  expect(await applyPlatformCases(gate, cases, by), 'said twice').toBe(0);
  expect(await applyPlatformCases(gate, [{ gridNumber: 'G-99', result: 'closed' }], by)).toBe(0);
  const steps = await gate.all<{ state: string; who: string; note: string | null }>(
    'SELECT state, who, note FROM case_steps ORDER BY id DESC LIMIT 2',
  );
  expect(steps.map(({ state, who }) => `${state} ${who}`)).toEqual([
    'closed 街道平台',
    'handed_over 街道平台',
  ]);
  expect(JSON.stringify(steps), 'no number of a person').not.toContain('13800138003');
});
