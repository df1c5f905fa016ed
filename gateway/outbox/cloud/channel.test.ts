import { afterEach, expect, test } from 'vitest';
import { type CloudSmsPlan, startCloudSms } from '../../../simulators/cloud-sms.ts';
import { handClock, noon } from '../../desk/trial.ts';
import type { Parcel } from '../channel.ts';
import { createCloudChannel } from './channel.ts';
import { cloudProviders } from './providers.ts';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  while (undo.length > 0) await undo.pop()?.();
});

const secret = 'never-to-be-told';
const parcel: Parcel = {
  id: 7,
  to: 'p3',
  text: '',
  priority: 0,
  expiresAtMs: 0,
  messageId: 'load.overload.critical',
  again: false,
  params: [
    ['b', '12号楼'],
    ['a', '48.2'],
    ['p', '121'],
    ['id', 'A17'],
  ],
};

/** A provider on a real socket that checks signatures, and the channel to it; its clock is `skewMs` ahead of ours. */
async function provider(kind: CloudSmsPlan['kind'], skewMs = 0) {
  const clock = handClock(noon);
  let trusted = true;
  const cloud = await startCloudSms({
    kind,
    keyId: 'key-1',
    secret,
    templates: ['T-1'],
    nowMs: () => clock.nowMs() + skewMs,
  });
  undo.push(cloud.stop);
  const channel = createCloudChannel({
    provider: cloudProviders[kind]({
      keyId: 'key-1',
      secret,
      signName: '杜巷自治',
      region: 'ap-guangzhou',
      appId: '1400006666',
      sender: '10690',
      url: cloud.url,
    }),
    templates: { 'load.overload.critical': 'T-1', 'notice.acked': 'T-unknown' },
    clock: { ...clock, trusted: () => trusted },
    numberOf: async (person) => (person === 'p3' ? '+8613800138003' : undefined),
  });
  return {
    cloud,
    channel,
    clock,
    trust: (now: boolean) => {
      trusted = now;
    },
  };
}

const values = {
  aliyun: { b: '12号楼', a: '48.2', p: '121', id: 'A17' },
  tencent: ['12号楼', '48.2', '121', 'A17'],
  huawei: ['12号楼', '48.2', '121', 'A17'],
} as const;
const codes = {
  aliyun: { money: 'isv.AMOUNT_NOT_ENOUGH', rate: 'isv.BUSINESS_LIMIT_CONTROL', new: 'isv.NEW' },
  tencent: {
    money: 'FailedOperation.InsufficientBalanceInSmsPackage',
    rate: 'LimitExceeded.PhoneNumberDailyLimit',
    new: 'InternalError.New',
  },
  huawei: { money: 'E000112', rate: 'E200028', new: 'E999999' },
} as const;

for (const kind of ['aliyun', 'tencent', 'huawei'] as const) {
  test(`${kind}: signed as the provider reckons it, values as its template wants them`, async () => {
    const { cloud, channel } = await provider(kind);
    expect(await channel.send(parcel)).toEqual({ outcome: 'sent', reference: 'ref-1' });
    expect(cloud.accepted).toEqual([
      {
        number: kind === 'aliyun' ? '13800138003' : '+8613800138003',
        template: 'T-1',
        signName: '杜巷自治',
        values: values[kind],
        id: '7',
      },
    ]);
  });

  test(`${kind}: each way to fail has its own result, and none tells secret or number`, async () => {
    const { cloud, channel, clock } = await provider(kind);
    const results = [];
    cloud.script.push(codes[kind].rate, codes[kind].new, 503, 404, 'hang after');
    for (let n = 0; n < 4; n += 1) results.push(await channel.send(parcel));
    expect(results.map(({ outcome }) => outcome)).toEqual(['refused', 'retry', 'retry', 'unknown']);
    expect(await channel.send({ ...parcel, to: 'nobody' })).toMatchObject({ outcome: 'refused' });
    expect(await channel.send({ ...parcel, messageId: 'x' })).toMatchObject({
      outcome: 'refused',
      reason: 'No template',
    });
    cloud.script.length = 0;
    expect(await channel.send({ ...parcel, messageId: 'notice.acked' })).toMatchObject({
      outcome: 'refused',
    });
    cloud.script.push(codes[kind].money);
    expect(await channel.send(parcel)).toMatchObject({ outcome: 'down' });
    expect(channel.trouble()).toContain(codes[kind].money);
    expect(channel.ready(), 'an account without money is not asked on').toBe(false);
    clock.pass(10 * 60_000);
    expect(channel.ready()).toBe(true);
    expect(await channel.send(parcel)).toMatchObject({ outcome: 'sent' });
    expect(channel.trouble()).toBeNull();
    expect(JSON.stringify([results, channel.trouble()])).not.toMatch(/never-to-be-told|1380013/);
  });

  test(`${kind}: while the time is not trusted nothing is asked, and a refused time is no fault of the key`, async () => {
    const { channel, trust } = await provider(kind, 60 * 60_000);
    trust(false);
    expect(channel.ready()).toBe(false);
    expect(await channel.send(parcel)).toMatchObject({ outcome: 'down' });
    expect(channel.trouble()).toBeNull();
    trust(true);
    expect(await channel.send(parcel)).toMatchObject({ outcome: 'down' });
    expect(channel.trouble()).toMatch(/the key or its signature is refused/);
  });
}

test('what may have arrived is marked in its reference: a template has no other place', async () => {
  const { cloud, channel } = await provider('aliyun');
  await channel.send({ ...parcel, again: true });
  expect(cloud.accepted).toMatchObject([{ values: { id: 'A17重发' } }]);
});

test('a provider that takes the message and then falls silent leaves it unknown', async () => {
  const { cloud, channel } = await provider('tencent');
  cloud.script.push('hang after');
  expect(await channel.send(parcel)).toMatchObject({ outcome: 'unknown' });
  expect(cloud.accepted).toHaveLength(1);
}, 20_000);

test('a provider that is not there is tried again', async () => {
  const { cloud, channel } = await provider('huawei');
  await cloud.stop();
  undo.pop();
  expect(await channel.send(parcel)).toEqual({ outcome: 'retry', reason: 'ECONNREFUSED' });
});
