import { afterEach, expect, test } from 'vitest';
import { createTrial, noon, overloadAt, type Trial } from '../desk/trial.ts';
import { createLog } from '../log.ts';
import type { OutboxChannel, Parcel, Receipt, SendResult } from './channel.ts';
import { outageTrial } from './outage-trial.ts';
import { type Outbox, startOutbox } from './outbox.ts';

/** The figure of the outage is 200,000; the short run shows the same on less. */
const backlog = process.env.GATEHOUSE_FULL ? 200_000 : 20_000;
/** So much of it is watched while it leaves: all in the full run. */
const watched = process.env.GATEHOUSE_FULL ? backlog : 2000;

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  while (undo.length > 0) await undo.pop()?.();
});

/** A channel that answers as the test says. */
function scripted(name: OutboxChannel['name'], more: Partial<OutboxChannel> = {}) {
  const sent: Parcel[] = [];
  const script: SendResult[] = [];
  let receipt: (one: Receipt) => void = () => {};
  const channel: OutboxChannel = {
    name,
    window: 1,
    idempotent: name === 'upstream',
    confirmMs: 60_000,
    ready: () => true,
    send: async (parcel) => {
      sent.push(parcel);
      return script.shift() ?? { outcome: 'done' };
    },
    onReceipt: (listener) => {
      receipt = listener;
    },
    onReady: () => {},
    stop: async () => {},
    ...more,
  };
  return { channel, sent, script, receipt: (one: Receipt) => receipt(one) };
}

async function start(trial: Trial, ...channels: readonly OutboxChannel[]): Promise<Outbox> {
  const { gate, clock } = trial;
  const outbox = await startOutbox({ gate, channels, clock, log: createLog('silent') });
  undo.push(outbox.stop);
  return outbox;
}

async function open(): Promise<Trial> {
  const trial = await createTrial();
  undo.push(trial.close);
  return trial;
}

const go = async (outbox: Outbox) => {
  outbox.kick();
  await outbox.settled();
};

test('what waits is sent in the order of its severity, each to the channel it is for', async () => {
  const trial = await open();
  await trial.apply(overloadAt('b001', 1, noon), overloadAt('b002', 3, noon));
  const sms = scripted('sms');
  const robot = scripted('robot');
  await go(await start(trial, sms.channel, robot.channel));
  expect(sms.sent.map(({ priority }) => priority)).toEqual([0, 2]);
  expect(sms.sent[0]).toMatchObject({ to: 'p3' });
  expect(robot.sent).toHaveLength(2);
  expect((await trial.rows('sms')).map(({ state }) => state)).toEqual(['delivered', 'delivered']);
  // Nobody sends for the platform here: its rows wait, and nothing else does.
  expect(await trial.desk.pending()).toEqual({
    sms: 0,
    cloud: 0,
    robot: 0,
    mail: 0,
    upstream: 2,
  });
});

test('what did not leave waits longer each time, and what nobody can deliver fails with its reason', async () => {
  const trial = await open();
  await trial.apply(overloadAt('b001', 2, noon));
  const sms = scripted('sms');
  sms.script.push(
    { outcome: 'retry', reason: 'CMS 41' },
    { outcome: 'retry', reason: 'CMS 41' },
    { outcome: 'refused', reason: 'CMS 1' },
  );
  const outbox = await start(trial, sms.channel);
  await go(outbox);
  await go(outbox);
  expect(sms.sent).toHaveLength(1);
  trial.clock.pass(15_000);
  await go(outbox);
  trial.clock.pass(59_000);
  await go(outbox);
  expect(sms.sent).toHaveLength(2);
  trial.clock.pass(1000);
  await go(outbox);
  expect(await trial.rows('sms')).toMatchObject([
    { state: 'failed', attempts: 3, reason: 'CMS 1' },
  ]);
});

test('a message whose end nobody knows goes once more, marked, and then no more', async () => {
  const trial = await open();
  await trial.apply(overloadAt('b001', 2, noon));
  const sms = scripted('sms');
  const unknown = { outcome: 'unknown', reason: 'No answer' } as const;
  sms.script.push(unknown, unknown);
  const outbox = await start(trial, sms.channel);
  await go(outbox);
  trial.clock.pass(3_600_000);
  await go(outbox);
  expect(sms.sent.map(({ text }) => text.includes('(重发)'))).toEqual([false, true]);
  expect(await trial.rows('sms')).toMatchObject([{ state: 'unknown', again: 1 }]);
});

test('after a kill only what was under way goes again: what had left or had not is known', async () => {
  const trial = await open();
  const rows = [
    ['waiting', 0],
    ['sending', 0],
    ['sending', 1],
    ['sending', 2],
    ['sending', 3],
    ['sent', 0],
    ['delivered', 0],
    ['failed', 0],
  ] as const;
  for (const [n, [state, priority]] of rows.entries()) {
    await trial.gate.run(
      `INSERT INTO outbox (channel, recipient, message_id, text, state, priority, attempts, created_ms, next_ms, expires_ms)
       VALUES ('sms', 'p3', 'x', ?, ?, ?, 1, ?, ?, ?)`,
      [`${state} ${priority}`, state, priority, noon + n, noon + 60_000, noon + 3_600_000],
    );
  }
  const sms = scripted('sms');
  await go(await start(trial, sms.channel));
  trial.clock.pass(60_000);
  expect(sms.sent.map(({ text }) => text)).toEqual([
    '(again) sending 0',
    '(again) sending 1',
    '(again) sending 2',
  ]);
  const states = (await trial.rows('sms')).map(({ text, state }) => `${text}: ${state}`);
  expect(states).toContain('sending 3: unknown');
  expect(states).toContain('waiting 0: waiting');
  expect(states).toContain('sent 0: sent');
});

test('a report settles what was sent, even when it overtakes the note that it was sent', async () => {
  const trial = await open();
  await trial.apply(overloadAt('b001', 2, noon), overloadAt('b002', 2, noon));
  let n = 0;
  const sms = scripted('sms', {
    send: async () => {
      n += 1;
      if (n === 1) sms.receipt({ reference: '1', outcome: 'delivered' });
      return { outcome: 'sent', reference: String(n) };
    },
  });
  const outbox = await start(trial, sms.channel);
  await go(outbox);
  sms.receipt({ reference: '2', outcome: 'failed', reason: 'status 70' });
  sms.receipt({ reference: '9', outcome: 'delivered' });
  await outbox.settled();
  expect((await trial.rows('sms')).map(({ state }) => state)).toEqual(['delivered', 'failed']);
});

test('without any report a message is unknown after its validity, never delivered', async () => {
  const trial = await open();
  await trial.apply(overloadAt('b001', 2, noon));
  const sms = scripted('sms');
  sms.script.push({ outcome: 'sent', reference: '1' });
  const outbox = await start(trial, sms.channel);
  await go(outbox);
  expect(await trial.rows('sms')).toMatchObject([{ state: 'sent' }]);
  trial.clock.pass(60_001);
  await go(outbox);
  expect(await trial.rows('sms')).toMatchObject([{ state: 'unknown', reason: 'no report' }]);
});

test('a silent modem: rows wait without being tried, and a critical one expires after an hour', async () => {
  const trial = await open();
  await trial.apply(overloadAt('b001', 3, noon));
  let ready = false;
  const sms = scripted('sms', { ready: () => ready });
  const robot = scripted('robot');
  const outbox = await start(trial, sms.channel, robot.channel);
  await go(outbox);
  expect(robot.sent).toHaveLength(1);
  expect(await trial.rows('sms')).toMatchObject([{ state: 'waiting', attempts: 0 }]);
  trial.clock.pass(3_600_001);
  ready = true;
  await go(outbox);
  expect(sms.sent).toEqual([]);
  expect(await trial.rows('sms')).toMatchObject([{ state: 'expired' }]);
});

test('a row for the platform leaves only with the platform’s own word, said twice or not', async () => {
  const trial = await open();
  await trial.apply(overloadAt('b001', 2, noon));
  const up = scripted('upstream', { window: 20 });
  const [row] = await trial.rows('upstream');
  const reference = row?.once ?? '';
  up.script.push({ outcome: 'sent', reference }, { outcome: 'sent', reference });
  const outbox = await start(trial, up.channel);
  await go(outbox);
  expect(await trial.desk.pending()).toMatchObject({ upstream: 1 });
  trial.clock.pass(60_001);
  await go(outbox);
  expect(up.sent.map(({ text }) => text)).toEqual([row?.text, row?.text]);
  up.receipt({ reference, outcome: 'delivered' });
  up.receipt({ reference, outcome: 'delivered' });
  await outbox.settled();
  expect(await trial.desk.pending()).toMatchObject({ upstream: 0 });
});

test('live alerts go before the backlog, and one alert’s changes keep their order', async () => {
  const trial = await open();
  const { clock, apply, rows } = trial;
  for (let n = 1; n <= 30; n += 1) {
    await apply(overloadAt(`b${String(n).padStart(3, '0')}`, 2, clock.nowMs()));
  }
  clock.pass(3_600_000);
  const sinceMs = noon - 600_000;
  await apply(overloadAt('b001', 3, clock.nowMs(), { sinceMs, change: 'changed' }));
  await apply(overloadAt('b400', 2, clock.nowMs()));
  const sent: string[] = [];
  const up = scripted('upstream', {
    send: async ({ text }) => {
      const { id, alert, state, severity } = JSON.parse(text);
      sent.push(`${alert} ${state} ${severity}`);
      setImmediate(() => up.receipt({ reference: id, outcome: 'delivered' }));
      return { outcome: 'sent', reference: id };
    },
  });
  const outbox = await start(trial, up.channel);
  outbox.kick();
  await expect.poll(() => sent.length).toBe(33); // and the storm that thirty at once are
  await expect.poll(async () => (await trial.desk.pending()).upstream).toBe(0);
  const live = (await trial.desk.openAlerts()).find(({ subject }) => subject === 'b400');
  expect(sent[0]).toBe(`${live?.reference} raised major`);
  expect(sent.filter((one) => one.startsWith('A10 '))).toEqual([
    'A10 raised major',
    'A10 raised critical',
  ]);
  expect((await rows('upstream')).every(({ state }) => state === 'delivered')).toBe(true);
});

test('10,000 rows of backlog do not hold up a critical message', async () => {
  const trial = await open();
  await trial.gate.exec(`
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
    INSERT INTO outbox (channel, recipient, message_id, text, priority, created_ms, next_ms, expires_ms)
    SELECT 'sms', 'p4', 'x', 'x', 2, ${noon}, ${noon}, ${noon + 86_400_000} FROM n;`);
  const waits: number[] = [];
  let startedMs = 0;
  const sms = scripted('sms', {
    send: async ({ priority }) => {
      if (priority === 0) waits.push(performance.now() - startedMs);
      // A modem takes its time; here only as long as the disk does.
      return { outcome: 'done' };
    },
  });
  const outbox = await start(trial, sms.channel);
  outbox.kick();
  for (let n = 1; n <= 20; n += 1) {
    startedMs = performance.now();
    await trial.apply(overloadAt(`b${String(n).padStart(3, '0')}`, 3, noon));
    outbox.kick();
    await expect.poll(() => waits.length, { interval: 2 }).toBe(n);
  }
  expect(Math.max(...waits)).toBeLessThan(1000);
});

test('after three days without the platform: each alert in its order, live ones first, memory flat', async () => {
  const found = await outageTrial({ rows: backlog, watched });
  const shown = found.heapMb.map((mb) => mb.toFixed(0)).join(' ');
  console.log(
    `${found.left} of ${backlog} rows in ${found.seconds.toFixed(0)} s, heap MB ${shown}; rows of the backlog between a live alert and its record: ${found.behind.join(' ')}`,
  );
  expect(found.disorder).toEqual([]);
  expect(found.firstRow).toBe(1);
  expect(found.liveSent).toBe(found.live);
  // As many as were under way, and what left while the alert was being written.
  expect(Math.max(...found.behind)).toBeLessThan(60);
  const [first = 0] = found.heapMb;
  expect(Math.max(...found.heapMb) - first, 'memory does not grow with the backlog').toBeLessThan(
    40,
  );
  if (watched === backlog) expect([found.lastRow, found.pending]).toEqual([backlog, 0]);
}, 1_800_000);
