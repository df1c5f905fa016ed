import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Message } from './driver.ts';
import type { Reading } from './reading.ts';
import { vzenith } from './vzenith.ts';

const file = (name: string) => readFileSync(new URL(`samples/gate/${name}`, import.meta.url));
const json = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));
const sn = '0a1b2c3d-4e5f6071';
const options = vzenith.options.parse({ sn });
const arrival = {
  device: 'cam-1',
  atMs: 1773618130500,
  lane: 'in-1',
  direction: 'in',
} as const;
const moment = { atMs: 1773618130000 };
const commanded = (name: string, command: Parameters<NonNullable<typeof vzenith.command>>[0]) => {
  const [message] = vzenith.command?.(command, options, 'cam-1') ?? [];
  return [message?.topic, json(message?.body ?? new Uint8Array()), json(file(name))];
};

test('opening is one pulse of the relay, on the topic of this camera', () => {
  const [topic, said, sample] = commanded('vzenith-gpio_out-open.json', {
    kind: 'open',
    id: 'q1W2e3R4t5Y6u7I8',
    ...moment,
  });
  expect(topic).toBe(`device/${sn}/message/down/gpio_out`);
  expect(said).toEqual(sample);
});

test('the clock is set in local time', () => {
  const [, said, sample] = commanded('vzenith-set_time.json', {
    kind: 'time',
    id: 'w1W2e3R4t5Y6u705',
    ...moment,
  });
  expect(said).toEqual(sample);
});

test('a plate is put on the list in plain text, and taken off', () => {
  const plate = '浙A8T3K6';
  const [, added, sample] = commanded('vzenith-whitelist-add.json', {
    kind: 'plate-add',
    id: 'w1W2e3R4t5Y6u701',
    plate,
    ...moment,
  });
  const { create_time, overdue_time, ...rest } = sample.payload.body.dldb_rec;
  expect(added.payload.body.dldb_rec).toMatchObject(rest);
  const [, removed, expected] = commanded('vzenith-whitelist-delete.json', {
    kind: 'plate-remove',
    id: 'w1W2e3R4t5Y6u702',
    plate,
    ...moment,
  });
  expect(removed).toEqual(expected);
});

test('an answer says accepted, not moved; the list is read back from it', () => {
  const answer = (name: string) => vzenith.answer?.({ body: file(name) }, options);
  expect(answer('vzenith-gpio_out-reply.json')).toEqual({
    id: 'q1W2e3R4t5Y6u7I8',
    result: 'accepted',
  });
  expect(answer('vzenith-whitelist-select-reply.json')?.plates).toEqual(['浙A8T3K6']);
  expect(answer('vzenith-ivs_result.json')).toBeNull();
  const refused = new TextEncoder().encode('{"code":400,"id":"x","name":"gpio_out"}');
  expect(vzenith.answer?.({ body: refused }, options)).toEqual({
    id: 'x',
    result: 'refused',
    reason: 'code 400',
  });
});

test('the answer to an HTTP push is neutral: "ok" would open the gate', () => {
  const push: Message = {
    body: file('vzenith-legacy-push-result.json'),
    method: 'POST',
    topic: '/push/cam-1',
  };
  const said = vzenith.reply?.(push, options, arrival);
  expect(json(said?.body ?? new Uint8Array())).toEqual(json(file('vzenith-http-response.json')));
  expect(new TextDecoder().decode(said?.body)).not.toMatch(/ok/i);
  // Over MQTT nobody waits for an answer.
  expect(vzenith.reply?.({ body: push.body, topic: '/device/push/result' }, options, arrival)).toBe(
    null,
  );
});

test('a camera speaks in three layouts and is commanded in its own', () => {
  const topics = vzenith.topics?.('cam-1', options);
  expect(topics?.publishes).toEqual(
    expect.arrayContaining([
      `device/${sn}/message/up/+`,
      `${sn}/device/message/up/+`,
      `$/device/${sn}/message/up/keep_alive`,
      '/device/push/result',
    ]),
  );
  const first = vzenith.options.parse({ sn, layout: 'sn-first' });
  const open = { kind: 'open', id: 'a', atMs: 0 } as const;
  expect(vzenith.command?.(open, first, 'cam-1')?.[0]?.topic).toBe(
    `${sn}/device/message/down/gpio_out`,
  );
});

interface Step {
  readonly atMs: number;
  readonly from: string;
  readonly topic: string;
  readonly sample: string;
}
const { sequences } = json(file('sequences.json')) as {
  readonly sequences: readonly { readonly name: string; readonly steps: readonly Step[] }[];
};
const played = (name: string): Reading[] => {
  const memory = {};
  const steps = sequences.find((one) => one.name === name)?.steps ?? [];
  return steps
    .filter(({ from }) => from === 'camera')
    .flatMap(({ atMs, topic, sample }) =>
      vzenith.decode(
        { topic: topic.replace('{sn}', sn), body: file(sample) },
        options,
        { ...arrival, atMs: arrival.atMs + atMs },
        memory,
      ),
    );
};
const passes = (readings: readonly Reading[]) =>
  new Set(readings.flatMap((one) => (one.kind === 'passage' ? `${one.device} ${one.event}` : [])));

test('a normal entry, with a preview and a repeated result, is one pass', () => {
  expect(passes(played('normal-entry')).size).toBe(1);
});

test('a vehicle that follows through makes two passes, although three messages speak of it', () => {
  expect(passes(played('tailgating')).size).toBe(2);
});

test('after an outage the stored record keeps its time and never acts', () => {
  const readings = played('replay-after-outage');
  expect(readings.map(({ kind }) => kind)).toEqual(['status', 'status', 'passage']);
  expect(readings.at(-1)).toMatchObject({ replayed: true, atMs: 1773615430010 });
});

test('a clock that was never set gives way to the time of arrival', () => {
  const message = json(file('vzenith-keep_alive.json'));
  const body = new TextEncoder().encode(JSON.stringify({ ...message, timestamp: 86_400 }));
  const [status] = vzenith.decode({ body }, options, arrival, {});
  expect(status?.atMs).toBe(arrival.atMs);
});

test('held, turned back and queued vehicles are no passes; a fault of the arm is a fault', () => {
  const trigger = (triggerType: number) => {
    const message = json(file('vzenith-ivs_result.json'));
    message.payload.AlarmInfoPlate.result.PlateResult.triggerType = triggerType;
    const body = new TextEncoder().encode(JSON.stringify(message));
    return vzenith
      .decode({ body }, options, arrival, {})
      .map((one) => (one.kind === 'barrier' ? one.state : one.kind));
  };
  expect([64, 66, 69, 73, 89].flatMap(trigger)).toEqual([]);
  expect([1, 2, 4, 8, 67, 68, 85, 86].flatMap(trigger)).toEqual(Array(8).fill('passage'));
  expect([78, 79, 80].flatMap(trigger)).toEqual(['fault', 'moving', 'moving']);
});

test('two limit switches tell the arm: up, down, between, and broken when both say yes', () => {
  const wired = vzenith.options.parse({ inputs: { 0: 'open-limit', 1: 'closed-limit' } });
  const memory = {};
  const input = (source: number, value: number) => {
    const text = JSON.stringify({ AlarmGioIn: { result: { TriggerResult: { source, value } } } });
    const body = new TextEncoder().encode(text);
    const [reading] = vzenith.decode({ body }, wired, arrival, memory);
    return reading?.kind === 'barrier' ? reading.state : undefined;
  };
  expect([input(1, 1), input(1, 0), input(0, 1), input(1, 1)]).toEqual([
    'closed',
    'moving',
    'open',
    'fault',
  ]);
});
