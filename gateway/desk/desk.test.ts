import { afterEach, expect, test } from 'vitest';
import type { Finding } from '../../rules/finding.ts';
import { stormQuietMs } from './storm.ts';
import { createTrial, noon, overloadAt, type Trial, type TrialOptions } from './trial.ts';

const minute = 60_000;
let trial: Trial | undefined;
afterEach(async () => {
  await trial?.close();
  trial = undefined;
});
const start = async (options?: TrialOptions) => {
  trial = await createTrial(options);
  return trial;
};
const told = async (of: Trial) =>
  (await of.rows('sms')).map((row) => `${row.recipient} ${row.message_id}`);

test('an overload opens one alert, tells the duty member, the chat group and the platform at once', async () => {
  const { apply, desk, rows } = await start();
  await apply(overloadAt('b012', 3, noon));
  const [alert] = await desk.openAlerts();
  expect(alert).toMatchObject({
    reference: 'A10',
    key: 'load.overload/b012',
    subjectTitle: '12号楼',
    severity: 'critical',
    condition: 'active',
    work: 'open',
  });
  expect(alert?.quiet).toBeUndefined();
  const all = await rows();
  expect(all.map(({ channel, recipient }) => `${channel} ${recipient}`)).toEqual([
    'upstream platform',
    'sms p3',
    'robot wecom-1',
  ]);
  expect(all[1]?.text).toBe(
    '【杜巷自治】紧急：12号楼用电48.2安，达额定121%，有起火危险，请立即到场断开大功率电器，见烟火拨119。编号A10 回1收到',
  );
  expect(JSON.parse(all[0]?.text ?? '')).toMatchObject({
    alert: 'A10',
    kind: 'load.overload',
    severity: 'critical',
    place: '12号楼',
    state: 'raised',
  });
});

test('a thousand triggers at once make one alert and one message', async () => {
  const { desk, rows, clock } = await start();
  const finding = (n: number): Finding => ({
    ...overloadAt('b001', 2, noon),
    id: `load.overload/b001/${noon + n}`,
  });
  await Promise.all(Array.from({ length: 1000 }, (_, n) => desk.system(finding(n), clock.nowMs())));
  const open = await desk.openAlerts();
  expect(open).toHaveLength(1);
  expect(open[0]).toMatchObject({ count: 1000, quiet: 'no-rise' });
  expect(await rows('sms')).toHaveLength(1);
});

test('a rise in severity is told again, a fall is not, and acknowledging is undone by a rise', async () => {
  const { apply, desk, clock } = await start();
  const sinceMs = noon - 10 * minute;
  const at = (stage: 0 | 1 | 2 | 3) =>
    overloadAt('b001', stage, clock.nowMs(), { sinceMs, ...(stage ? { change: 'changed' } : {}) });
  await apply(at(1));
  const [alert] = await desk.openAlerts();
  await desk.act(alert?.id ?? 0, 'acknowledge', { who: '3号', via: 'console' });
  clock.pass(minute);
  await apply(at(2));
  expect((await desk.openAlerts())[0]).toMatchObject({ severity: 'major', work: 'open' });
  clock.pass(minute);
  await apply(at(1));
  expect((await desk.openAlerts())[0]).toMatchObject({ severity: 'minor' });
  expect(await told(trial as Trial)).toEqual(['p3 load.overload.minor', 'p3 load.overload.major']);
});

test('findings of a group that was applied before are skipped, after a restart too', async () => {
  const first = await start();
  await first.desk.apply([overloadAt('b001', 1, noon)], 7, noon);
  const second = await first.restart();
  expect(second.desk.appliedSeq()).toBe(7);
  await second.desk.apply([overloadAt('b002', 1, noon)], 7, noon);
  expect(await second.desk.openAlerts()).toHaveLength(1);
});

test('nobody answers: the critical ladder calls others after 3, 8 and 15 minutes', async () => {
  const { apply, pass, rows, desk } = await start();
  await apply(overloadAt('b001', 3, noon));
  await pass(20 * minute);
  const steps = (await rows('sms')).map(
    (row) => `${(row.created_ms - noon) / minute} ${row.recipient} ${row.message_id}`,
  );
  expect(steps).toEqual([
    '0 p3 load.overload.critical',
    '3 p3 notice.escalated',
    '3 p4 notice.escalated',
    '3 guard notice.escalated',
    '8 p3 notice.escalated',
    '8 chair notice.escalated',
    '15 p3 notice.escalated',
    '15 grid notice.escalated',
  ]);
  const states = (await rows('upstream')).map(({ text }) => JSON.parse(text).state);
  expect(states).toEqual(['raised', 'unacknowledged']);
  const [alert] = await desk.openAlerts();
  const story = await desk.alert(alert?.id ?? 0);
  expect(story?.events.map(({ what }) => what)).toEqual([
    'raised',
    'told',
    'escalated-L2',
    'escalated-L3',
    'escalated-L4',
  ]);
  expect(story?.deliveries[1]).toMatchObject({ to: '3号', channel: 'sms', state: 'waiting' });
});

test('an answer at level 2 ends the ladder for all, across a restart', async () => {
  let now = await start();
  await now.apply(overloadAt('b001', 3, noon));
  await now.pass(2 * minute);
  now = await now.restart();
  await now.pass(2 * minute);
  // The modem has sent them.
  await now.gate.run("UPDATE outbox SET state = 'delivered' WHERE channel = 'sms'");
  const [alert] = await now.desk.openAlerts();
  await now.desk.act(alert?.id ?? 0, 'acknowledge', { who: '4号', via: 'sms' });
  now = await now.restart();
  await now.pass(60 * minute);
  expect((await told(now)).slice(4)).toEqual([
    'p3 notice.acked',
    'p4 notice.acked',
    'guard notice.acked',
  ]);
  const [row] = (await now.rows('sms')).slice(-1);
  expect(row?.text).toBe('【杜巷自治】A10已由值班4号确认，正在处理，其他人员可待命。');
});

test('two people acknowledge at once: the first one has it, the second reads so', async () => {
  const { apply, desk } = await start();
  await apply(overloadAt('b001', 2, noon));
  const [alert] = await desk.openAlerts();
  const id = alert?.id ?? 0;
  const both = await Promise.all([
    desk.act(id, 'acknowledge', { who: '3号', via: 'sms' }),
    desk.act(id, 'acknowledge', { who: '4号', via: 'console' }),
  ]);
  expect(both.map(({ acknowledgedBy }) => acknowledgedBy)).toEqual(['3号', '3号']);
  const events = (await desk.alert(id))?.events.map(({ what, who }) => `${who} ${what}`);
  expect(events?.slice(-2)).toEqual(['3号 acknowledge', '4号 acknowledged-again']);
});

test('a reply may not close an alert, and a false alarm in the console needs its reason', async () => {
  const { apply, desk } = await start();
  await apply(overloadAt('b001', 2, noon));
  const [alert] = await desk.openAlerts();
  const id = alert?.id ?? 0;
  await expect(desk.act(id, 'close', { who: '3号', via: 'sms' })).rejects.toThrow('may not close');
  await expect(desk.act(id, 'false_alarm', { who: '3号', via: 'console' })).rejects.toThrow(
    'reason',
  );
  await desk.act(id, 'close', { who: '3号', via: 'console' });
  expect(await desk.openAlerts()).toEqual([]);
});

test('at night a minor alert waits for the summary at 07:00, with one line to the duty member', async () => {
  const night = Date.UTC(2026, 4, 1, 15); // 23:00 in Shanghai
  const { apply, pass, rows, desk } = await start({ startMs: night });
  await pass(minute);
  await apply(overloadAt('b001', 1, night), overloadAt('b002', 1, night));
  expect((await desk.openAlerts()).map(({ quiet }) => quiet)).toEqual(['night', 'night']);
  await pass(7 * 60 * minute);
  expect(await rows('sms')).toEqual([]);
  await pass(2 * 60 * minute);
  const [row, ...more] = await rows('sms');
  expect(more).toEqual([]);
  expect(row?.text).toBe('【杜巷自治】早间汇总：夜间和超额未发的告警共2条，请看控制台。');
  expect(new Date((row?.created_ms ?? 0) + 8 * 3_600_000).toISOString().slice(11, 16)).toBe(
    '07:00',
  );
});

test('at night a major alert wakes the duty member alone, the deputy after half an hour', async () => {
  const night = Date.UTC(2026, 4, 1, 18); // 02:00 in Shanghai
  const { apply, pass, rows } = await start({ startMs: night });
  await apply(overloadAt('b001', 2, night));
  await pass(60 * minute);
  const steps = (await rows('sms')).map(
    (row) => `${(row.created_ms - night) / minute} ${row.recipient}`,
  );
  expect(steps).toEqual(['0 p3', '30 p3', '30 p4']);
});

test('an info finding is recorded and tells nobody', async () => {
  const { apply, desk, rows } = await start();
  await apply({ ...overloadAt('b001', 1, noon), rule: 'load.ebike', severity: 'info' });
  expect(await desk.openAlerts()).toEqual([]);
  expect(await desk.alerts({})).toMatchObject([{ severity: 'info', quiet: 'info' }]);
  expect(await rows()).toEqual([]);
});

test('a rule in shadow records what it would have said and sends nothing', async () => {
  const { apply, pass, desk, rows } = await start();
  await apply({ ...overloadAt('b001', 3, noon), shadow: true });
  await pass(20 * minute);
  expect(await rows()).toEqual([]);
  expect(await desk.alerts({})).toMatchObject([{ shadow: true, quiet: 'shadow' }]);
});

test('old readings raise nothing; what is still true five minutes later does', async () => {
  const { apply, pass, desk, rows } = await start();
  const old = noon - 30 * minute;
  await apply(overloadAt('b001', 3, old), overloadAt('b002', 3, old));
  await apply(overloadAt('b002', 0, noon, { sinceMs: old - 10 * minute }));
  await pass(4 * minute);
  expect(await desk.openAlerts()).toEqual([]);
  expect(await rows()).toEqual([]);
  await pass(2 * minute);
  expect((await desk.openAlerts()).map(({ subject }) => subject)).toEqual(['b001']);
});

test('473 silent meters within a minute are one storm: at most two messages to a person', async () => {
  const { desk, clock, pass, rows } = await start();
  for (let n = 1; n <= 473; n += 1) {
    const device = `m${String(n).padStart(3, '0')}`;
    const atMs = clock.nowMs();
    await desk.apply([{ ...offline(device, atMs) }], n, atMs);
    clock.pass(120);
    if (n % 8 === 0) await desk.tick(clock.nowMs());
  }
  await pass(40 * minute);
  const counts = new Map<string, number>();
  for (const { recipient, state } of await rows('sms')) {
    if (state !== 'cancelled') counts.set(recipient, (counts.get(recipient) ?? 0) + 1);
  }
  expect(Math.max(...counts.values())).toBeLessThanOrEqual(2);
  expect((await rows('sms')).find(({ state }) => state !== 'cancelled')?.message_id).toBe(
    'notice.storm',
  );
});

const offline = (device: string, atMs: number): Finding => ({
  id: `device.offline/${device}/${atMs}`,
  rule: 'device.offline',
  device,
  change: 'raised',
  severity: 'minor',
  atMs,
  sinceMs: atMs - 300_000,
  evidence: { minutes: 5 },
  text: { zh: '离线', en: 'offline' },
});

test('a second storm in the moment in which the first ends by the clock loses no finding', async () => {
  const { clock, desk, apply } = await start();
  const houses = (from: number) =>
    Array.from({ length: 11 }, (_, n) => overloadAt(`b${100 + from + n}`, 2, clock.nowMs()));
  await apply(...houses(0));
  // No tick in between: a slow disk, or findings in the very second.
  clock.pass(stormQuietMs);
  await apply(...houses(20));
  const open = await desk.openAlerts();
  expect(open.filter(({ rule }) => rule === 'load.overload')).toHaveLength(22);
  expect(open.filter(({ rule }) => rule === 'notice.storm')).toHaveLength(1);
});

test('no person gets more than the budget in any day, and critical ones keep their reserve', async () => {
  const { apply, clock, rows, pass } = await start();
  for (let n = 1; n <= 40; n += 1) {
    await apply(overloadAt(`b${String(n).padStart(3, '0')}`, 1, clock.nowMs()));
    await pass(2 * minute, 2 * minute);
  }
  for (let n = 41; n <= 60; n += 1) {
    await apply(overloadAt(`b${String(n).padStart(3, '0')}`, 3, clock.nowMs()));
    await pass(11 * minute, minute);
  }
  const sent = (await rows('sms')).filter(
    ({ recipient, state }) => recipient === 'p3' && state !== 'cancelled',
  );
  expect(sent).toHaveLength(30);
  expect(sent.filter(({ priority }) => priority === 0)).toHaveLength(10);
});

test('an alert that comes and goes is told three times, then summed up', async () => {
  const { apply, clock, pass, rows, desk } = await start();
  for (let n = 0; n < 8; n += 1) {
    const sinceMs = clock.nowMs();
    await apply(overloadAt('b001', 2, clock.nowMs(), { sinceMs }));
    await pass(2 * minute);
    await apply(overloadAt('b001', 0, clock.nowMs(), { sinceMs }));
    await pass(minute);
  }
  expect(await desk.openAlerts()).toHaveLength(1);
  const own = (await rows('sms')).filter(({ message_id }) => message_id !== 'notice.resolved');
  expect(own.map(({ message_id }) => message_id)).toEqual([
    'load.overload.major',
    'load.overload.major',
    'load.overload.major',
    'notice.flapping',
  ]);
});

test('when it clears, those who were told hear it; who never heard of it does not', async () => {
  const { apply, clock, gate, rows } = await start();
  await apply(overloadAt('b001', 3, noon), overloadAt('b002', 3, noon));
  await gate.run("UPDATE outbox SET state = 'delivered' WHERE channel = 'sms' AND alert_id = 1");
  clock.pass(5 * minute);
  const sinceMs = noon - 10 * minute;
  const at = clock.nowMs();
  await apply(overloadAt('b001', 0, at, { sinceMs }), overloadAt('b002', 0, at, { sinceMs }));
  const all = (await rows('sms')).map(({ alert_id, message_id, state }) => [
    alert_id,
    message_id,
    state,
  ]);
  expect(all).toEqual([
    [1, 'load.overload.critical', 'delivered'],
    [2, 'load.overload.critical', 'cancelled'],
    [1, 'notice.resolved', 'waiting'],
  ]);
});

test('three chargers in a house are one alert; it clears with the last of them', async () => {
  const { apply, desk, clock } = await start();
  const charger = (n: number, change: Finding['change']): Finding => ({
    ...overloadAt('b001', 1, clock.nowMs()),
    id: `load.ebike/b001/l${n}/${noon}`,
    rule: 'load.ebike',
    change,
    severity: change === 'cleared' ? 'info' : 'minor',
  });
  await apply(charger(1, 'raised'), charger(2, 'raised'), charger(3, 'raised'));
  await apply(charger(1, 'cleared'), charger(2, 'cleared'));
  expect(await desk.openAlerts()).toMatchObject([{ condition: 'active', count: 3 }]);
  await apply(charger(3, 'cleared'));
  expect(await desk.openAlerts()).toMatchObject([{ condition: 'cleared' }]);
});

test('a fourth suspected charging of the day is not sent but stands in the morning list', async () => {
  const { apply, desk, rows, clock, gate } = await start();
  for (let n = 1; n <= 5; n += 1) {
    await apply({
      ...overloadAt(`b00${n}`, 1, clock.nowMs()),
      rule: 'load.ebike',
      id: `load.ebike/b00${n}`,
    });
  }
  expect(await rows('sms')).toHaveLength(3);
  expect((await desk.openAlerts()).map(({ quiet }) => quiet)).toContain('charging-budget');
  expect(await gate.all('SELECT * FROM held_back')).toHaveLength(2);
});

test('the clock jumps ahead and back by hours and years: the ladder keeps its minutes', async () => {
  for (const jumpMs of [8 * 3_600_000, -8 * 3_600_000, 5 * 365 * 86_400_000]) {
    const now = await start();
    // Long after the start: somebody sets a clock that was right.
    await now.pass(31 * minute);
    const raisedMs = now.clock.nowMs();
    await now.apply(overloadAt('b001', 3, raisedMs));
    await now.pass(minute);
    now.clock.set(now.clock.nowMs() + jumpMs);
    await now.pass(minute);
    expect(await now.rows('sms')).toHaveLength(1);
    await now.pass(minute);
    expect(await now.rows('sms')).toHaveLength(4);
    expect((await now.rows('sms')).every(({ state }) => state === 'waiting')).toBe(true);
    await now.close();
    trial = undefined;
  }
});

test('no duty member is entered: the next level is called at once and the roster is an alert', async () => {
  const { apply, pass, rows, desk } = await start({
    config: {
      people: [{ id: 'guard', title: '物业值班', role: 'property', phone: '+8613800138010' }],
    },
  });
  await apply(overloadAt('b001', 3, noon));
  await pass(1000, 1000);
  expect((await rows('sms')).map(({ recipient }) => recipient)).toEqual(['guard']);
  expect((await desk.openAlerts()).map(({ rule }) => rule)).toContain('notice.roster');
});

test('numbers of persons are nowhere in the database', async () => {
  const { apply, gate } = await start();
  await apply(overloadAt('b001', 3, noon));
  for (const table of ['outbox', 'people', 'alerts', 'alert_events']) {
    const rows = await gate.all<Record<string, unknown>>(`SELECT * FROM ${table}`);
    for (const value of rows.flatMap((row) => Object.values(row))) {
      const text = value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : `${value}`;
      expect(text).not.toContain('1380013');
    }
  }
});

test('after a restart what the box said of itself is said again, or cleared after ten minutes', async () => {
  let now = await start();
  const own = (rule: string, change: Finding['change'], sinceMs: number): Finding => ({
    id: `${rule}/site/${sinceMs}`,
    rule,
    change,
    severity: change === 'cleared' ? 'info' : 'major',
    atMs: sinceMs,
    sinceMs,
    evidence: {},
    text: { zh: '试', en: 'test' },
  });
  await now.desk.system(own('system.sms', 'raised', noon), noon);
  await now.desk.system(own('system.storage', 'raised', noon), noon);
  // A lock of log-ins does not outlive the process that counts them.
  await now.desk.system(own('security.login', 'raised', noon), noon);
  const before = (await now.rows('sms')).length;
  now = await now.restart();
  await now.pass(minute);
  const againMs = now.clock.nowMs();
  await now.desk.system(own('system.sms', 'raised', againMs), againMs);
  await now.pass(11 * minute);
  const conditions = async () =>
    Object.fromEntries((await now.desk.openAlerts()).map((one) => [one.rule, one.condition]));
  const ended = { 'system.storage': 'cleared', 'security.login': 'cleared' };
  expect(await conditions()).toEqual({ 'system.sms': 'active', ...ended });
  expect((await now.rows('sms')).length).toBe(before);
  await now.desk.system(own('system.sms', 'cleared', againMs), now.clock.nowMs());
  expect(await conditions()).toEqual({ 'system.sms': 'cleared', ...ended });
});

test('a clock that is set after a start ends nothing that the box said of itself: it still has ten minutes to say it again', async () => {
  let now = await start();
  const bus: Finding = {
    id: `system.bus/b1/${noon}`,
    rule: 'system.bus',
    device: 'b1',
    change: 'raised',
    severity: 'major',
    atMs: noon,
    sinceMs: noon,
    evidence: {},
    text: { zh: '试', en: 'test' },
  };
  await now.desk.system(bus, noon);
  now = await now.restart();
  await now.pass(minute);
  now.clock.set(now.clock.nowMs() + 20 * minute);
  await now.pass(minute);
  expect((await now.desk.openAlerts()).map(({ condition }) => condition)).toEqual(['active']);
  await now.pass(10 * minute);
  expect((await now.desk.openAlerts()).map(({ condition }) => condition)).toEqual(['cleared']);
});

test('a tick that finds another one running waits for that one', async () => {
  const { desk, clock, apply, rows } = await start();
  await apply(overloadAt('b001', 3, noon));
  clock.pass(3 * minute);
  await Promise.all(Array.from({ length: 50 }, () => desk.tick(clock.nowMs())));
  expect(await rows('sms')).toHaveLength(4);
});

test('the power comes back with a clock two days behind: the ladder goes on, and not twice when the time arrives', async () => {
  let now = await start();
  await now.apply(overloadAt('b001', 3, noon));
  await now.pass(4 * minute);
  expect(await now.rows('sms')).toHaveLength(4);
  now.clock.set(now.clock.nowMs() - 2 * 24 * 60 * minute);
  now = await now.restart();
  await now.pass(9 * minute);
  const steps = async () => (await now.rows('sms')).slice(4).map(({ recipient }) => recipient);
  expect(await steps()).toEqual(['p3', 'chair']);
  now.clock.set(now.clock.nowMs() + 2 * 24 * 60 * minute);
  await now.pass(60 * minute);
  expect(await steps()).toEqual(['p3', 'chair', 'p3', 'grid']);
  expect((await now.rows('sms')).every(({ text }) => !text.includes('-'))).toBe(true);
});
