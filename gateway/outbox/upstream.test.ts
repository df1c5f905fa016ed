import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { advanceCase, type CaseState, openCase } from '../desk/cases.ts';
import { createTrial, noon, overloadAt } from '../desk/trial.ts';
import { createLog } from '../log.ts';
import { startOutbox } from './outbox.ts';
import { startUpstream } from './upstream.ts';
import type { CaseResult } from './upstream-words.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  while (undo.length > 0) await undo.pop()?.();
});

async function broker(port = 0) {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = async () => {
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  const { clients } = aedes as unknown as {
    readonly clients: Readonly<Record<string, { readonly conn: { destroy(): void } }>>;
  };
  /** The line to the gateway breaks. */
  const cut = () => clients.gatehouse?.conn.destroy();
  return { port: (server.address() as AddressInfo).port, stop, cut };
}

async function scene(confirmMs = 60_000) {
  const { port, stop, cut } = await broker();
  undo.push(stop);
  const url = `mqtt://127.0.0.1:${port}`;
  const trial = await createTrial();
  undo.push(trial.close);
  const cases: CaseResult[] = [];
  const channel = startUpstream({
    url,
    clientId: 'gatehouse',
    topic: 'duxiang/alerts',
    confirmTopic: 'duxiang/confirm',
    onlineTopic: 'duxiang/online',
    resultTopic: 'duxiang/results',
    onCases: (results) => cases.push(...results),
    log: createLog('silent'),
    confirmMs,
  });
  const { gate, clock } = trial;
  const outbox = await startOutbox({ gate, channels: [channel], clock, log: createLog('silent') });
  undo.push(outbox.stop);
  const platform = await mqtt.connectAsync(url);
  undo.push(() => platform.endAsync(true));
  await platform.subscribeAsync('duxiang/alerts', { qos: 1 });
  const got: { readonly id: string; readonly state: string }[] = [];
  platform.on('message', (_topic, payload) => got.push(JSON.parse(payload.toString())));
  const confirm = (payload: string) =>
    platform.publishAsync('duxiang/confirm', payload, { qos: 1 });
  await expect.poll(() => channel.ready()).toBe(true);
  return { trial, outbox, got, confirm, cases, platform, url, cut };
}

test('an alert reaches the platform, and its row leaves when the platform has echoed the id', async () => {
  const { trial, outbox, got, confirm } = await scene();
  await trial.apply(overloadAt('b012', 3, noon), overloadAt('b013', 3, noon));
  outbox.kick();
  await expect.poll(() => got.length).toBe(2);
  expect(Object.keys(got[0] ?? {}).sort()).toEqual([
    'alert',
    'atMs',
    'count',
    'id',
    'kind',
    'place',
    'raisedAtMs',
    'severity',
    'site',
    'state',
    'work',
  ]);
  const pending = async () => (await trial.desk.pending()).upstream;
  await outbox.settled();
  expect(await pending()).toBe(2);
  await confirm('nonsense');
  await confirm(JSON.stringify({ id: got[0]?.id, status: 'ok' }));
  await expect.poll(pending).toBe(1);
  await confirm(got[1]?.id ?? '');
  await confirm(got[1]?.id ?? '');
  await expect.poll(pending).toBe(0);
});

test('a case goes up when it is verified, reported, checked again and closed: no note, no person, and no suspicion', async () => {
  const { trial, outbox, got, confirm } = await scene();
  const { gate, desk, clock } = trial;
  await trial.apply(overloadAt('b017', 2, noon));
  const [alert] = await desk.openAlerts();
  const zone = 'Asia/Shanghai';
  const { id } = await openCase(gate, alert?.id ?? 0, clock.nowMs(), zone);
  const go = (to: CaseState, role: string, more = {}) => {
    const by = { who: '3号', role, nowMs: clock.nowMs(), zone, ...more };
    return advanceCase(gate, id, to, by, desk.tellCase);
  };
  await go('verified', 'duty', { note: '张三家二楼窗外拉线' });
  await expect(go('closed', 'chair')).rejects.toThrow('已核实之后');
  await go('notified', 'chair');
  await go('rechecked_bad', 'duty');
  await go('reported', 'grid', { gridNumber: 'W2026-17' });
  await go('handed_over', 'platform');
  await go('closed', 'grid');
  outbox.kick();
  await expect.poll(() => got.length).toBe(5);
  expect(got[0], 'alerts go first').toHaveProperty('severity');
  const told = got.slice(1);
  expect(told).toMatchObject([
    { case: id, kind: 'load.overload', place: '17号楼', state: 'verified', stage: '发现' },
    { state: 'rechecked_bad', stage: '核查' },
    { state: 'reported', stage: '立案', gridNumber: 'W2026-17' },
    { state: 'closed', stage: '结案' },
  ]);
  expect(JSON.stringify(told)).not.toMatch(/张三|3号/);
  expect(Object.keys(told[0] ?? {}).sort()).toEqual(
    'alert atMs case id kind openedAtMs place site stage state'.split(' '),
  );
  for (const one of got) await confirm(one.id);
  await expect.poll(async () => (await desk.pending()).upstream).toBe(0);
});

test('at most twenty are under way, and a platform that never confirms gets them again', async () => {
  const { trial, outbox, got } = await scene();
  for (let n = 1; n <= 30; n += 1) {
    await trial.apply(overloadAt(`b${String(n).padStart(3, '0')}`, 3, noon));
  }
  outbox.kick();
  await expect.poll(() => got.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(20);
  await outbox.settled();
  const first = got.length;
  trial.clock.pass(60_001);
  outbox.kick();
  await expect.poll(() => got.length, { timeout: 10_000 }).toBeGreaterThan(first);
  expect(new Set(got.map(({ id }) => id)).size).toBeLessThan(got.length);
});

test('results of cases come on their own topic; what is retained, too long or no result is passed over', async () => {
  const { cases, platform } = await scene();
  const say = (text: string, retain = false) =>
    platform.publishAsync('duxiang/results', text, { qos: 1, retain });
  await say(
    '[{"gridNumber":"G-1","result":"closed","note":"已处理"},{"gridNumber":"G-2","result":"?"}]',
  );
  await say('nonsense');
  await say(JSON.stringify({ gridNumber: 'x'.repeat(100_000), result: 'closed' }));
  await say('{"cases":[{"gridNumber":"G-3","result":"handed_over"}]}');
  await expect.poll(() => cases.length).toBe(2);
  expect(cases).toEqual([
    { gridNumber: 'G-1', result: 'closed', note: '已处理' },
    { gridNumber: 'G-3', result: 'handed_over' },
  ]);
});

test('whether the box is there stands at the platform: online, offline when it ends, and when it is gone without a word', async () => {
  const { outbox, url } = await scene();
  const states: string[] = [];
  // Who comes later hears it too.
  const late = await mqtt.connectAsync(url);
  undo.push(() => late.endAsync(true));
  late.on('message', (_topic, payload, { retain }) => states.push(`${payload} ${retain}`));
  await late.subscribeAsync('duxiang/online', { qos: 1 });
  await expect.poll(() => states).toEqual(['{"online":true} true']);
  await outbox.stop();
  await expect.poll(() => states.at(-1)).toBe('{"online":false} false');
});

test('a box that is gone without a word is offline by its last will, and online when it is back', async () => {
  const { url, cut } = await scene();
  const states: string[] = [];
  const other = await mqtt.connectAsync(url);
  undo.push(() => other.endAsync(true));
  other.on('message', (_topic, payload) => states.push(String(payload)));
  await other.subscribeAsync('duxiang/online', { qos: 1 });
  cut();
  await expect
    .poll(() => states, { timeout: 10_000 })
    .toEqual(['{"online":true}', '{"online":false}', '{"online":true}']);
}, 20_000);
