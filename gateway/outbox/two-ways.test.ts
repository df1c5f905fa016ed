import { afterEach, expect, test } from 'vitest';
import { failOverMs } from '../desk/tell.ts';
import { createTrial, noon, overloadAt, type Trial } from '../desk/trial.ts';
import { createLog } from '../log.ts';
import type { OutboxChannel, Parcel } from './channel.ts';
import { type Outbox, startOutbox } from './outbox.ts';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  while (undo.length > 0) await undo.pop()?.();
});

const cloud = {
  kind: 'aliyun',
  keyId: 'k',
  secretFile: 'x',
  signName: '杜巷自治',
  templates: {
    'load.overload.critical': 'T-1',
    'load.overload.major': 'T-2',
    'notice.escalated': 'T-3',
    'notice.digest': 'T-4',
  },
} as const;

/** A box with a modem that works or not, and a provider. */
async function box(sms: Readonly<Record<string, unknown>>) {
  const trial: Trial = await createTrial({ config: { sms: { cloud, ...sms }, robots: [] } });
  undo.push(trial.close);
  const sent: Record<'sms' | 'cloud', Parcel[]> = { sms: [], cloud: [] };
  const ready = { sms: true, cloud: true };
  const channel = (name: 'sms' | 'cloud'): OutboxChannel => ({
    name,
    window: 1,
    idempotent: false,
    confirmMs: 3_600_000,
    ready: () => ready[name],
    send: async (parcel) => {
      sent[name].push(parcel);
      return { outcome: 'sent', reference: `${name}-${parcel.id}` };
    },
    onReceipt: () => {},
    onReady: () => {},
    stop: async () => {},
  });
  const { gate, clock } = trial;
  const channels = [channel('sms'), channel('cloud')];
  const outbox: Outbox = await startOutbox({ gate, channels, clock, log: createLog('silent') });
  undo.push(outbox.stop);
  const go = async (ms = 0) => {
    if (ms > 0) await trial.pass(ms, 15_000);
    outbox.kick();
    await outbox.settled();
  };
  const states = async () =>
    (await trial.rows()).flatMap(({ channel: way, state, reason }) =>
      way === 'upstream' ? [] : [`${way} ${state}${reason ? `: ${reason}` : ''}`],
    );
  return { trial, sent, ready, go, states };
}

test('what is critical goes over modem and provider at the same moment', async () => {
  const { trial, sent, go } = await box({ simulated: true });
  await trial.apply(overloadAt('b012', 3, noon));
  await go();
  expect([sent.sms.length, sent.cloud.length]).toEqual([1, 1]);
  expect(sent.cloud).toMatchObject([
    {
      messageId: 'load.overload.critical',
      params: [
        ['b', '12号楼'],
        ['a', '48.2'],
        ['p', '121'],
        ['id', expect.any(String)],
      ],
    },
  ]);
});

test('what is less goes over the modem alone; the provider has it where the modem is dead, within a minute', async () => {
  const { trial, sent, ready, go, states } = await box({ simulated: true });
  await trial.apply(overloadAt('b012', 2, noon));
  await go();
  await go(failOverMs + 1000);
  expect([sent.sms.length, sent.cloud.length]).toEqual([1, 0]);
  expect(await states()).toEqual(['sms sent', 'cloud cancelled: sent by the modem']);
  ready.sms = false;
  await trial.apply(overloadAt('b013', 2, trial.clock.nowMs()));
  await go();
  expect(sent.cloud).toHaveLength(0);
  await go(60_000);
  expect(sent.cloud).toHaveLength(1);
  ready.sms = true;
  await go(15_000);
  expect(sent.sms, 'what the provider has sent is not said again').toHaveLength(1);
});

test('a box without a modem tells people over the provider alone, and not twice', async () => {
  const { trial, sent, go } = await box({});
  await trial.apply(overloadAt('b012', 2, noon));
  await trial.apply(overloadAt('b012', 2, noon, { atMs: noon + 1 }));
  await go();
  expect([sent.sms.length, sent.cloud.length]).toEqual([0, 1]);
});

test('a message without a template goes over the modem only, and the budget counts both ways together', async () => {
  const { trial, sent, go } = await box({ simulated: true });
  for (let n = 1; n <= 40; n += 1) {
    await trial.apply(overloadAt(`b${String(n).padStart(3, '0')}`, 3, trial.clock.nowMs()));
    await go(60_000);
  }
  const perPerson = new Map<string, number>();
  for (const { to } of [...sent.sms, ...sent.cloud])
    perPerson.set(to, (perPerson.get(to) ?? 0) + 1);
  expect(Math.max(...perPerson.values())).toBeLessThanOrEqual(30);
});
