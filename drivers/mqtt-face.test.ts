import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Memory } from './driver.ts';
import { mqttFace } from './mqtt-face.ts';

const file = (name: string) => readFileSync(new URL(`samples/face/${name}`, import.meta.url));
const json = (bytes: Uint8Array | undefined) => JSON.parse(new TextDecoder().decode(bytes));
const options = mqttFace.options.parse({ terminal: '1990001' });
const arrival = { device: 'f017', atMs: 1773618130500, lane: 'd', direction: 'in' } as const;
const replied = (name: string) => mqttFace.reply?.({ body: file(name) }, options, arrival);

test('every record is acknowledged, also a stranger and an e-bike, each with its kind', () => {
  const acks = [
    ['mqttface-recpush-allowed.json', 2, 490805],
    ['mqttface-strsnappush.json', 1, 946],
    ['mqttface-electricalbicyclesnappush.json', 3, 1201],
  ] as const;
  for (const [name, PushAckType, SnapOrRecordID] of acks) {
    const reply = replied(name);
    expect(reply?.topic).toBe('mqtt/face/1990001');
    expect(json(reply?.body)).toMatchObject({
      operator: 'PushAck',
      info: { PushAckType, SnapOrRecordID },
    });
  }
});

test('a record that cannot be read is acknowledged, too, or it comes back every ten seconds', () => {
  const body = new TextEncoder().encode('{"operator":"RecPush","info":{"RecordID":"7"}}');
  expect(() => mqttFace.decode({ body }, options, arrival, {})).toThrow('VerifyStatus');
  expect(json(mqttFace.reply?.({ body }, options, arrival)?.body).info.SnapOrRecordID).toBe(7);
});

test('Online is answered, heartbeats and answers are not', () => {
  const { messageId: _, ...expected } = json(file('mqttface-online-ack.json'));
  expect(json(replied('mqttface-online.json')?.body)).toMatchObject(expected);
  expect(replied('mqttface-heartbeat.json')).toBeNull();
  expect(replied('mqttface-unlock-ack.json')).toBeNull();
});

test('three copies of a record are one event', () => {
  const body = file('mqttface-recpush-allowed.json');
  const events = [0, 1, 2].flatMap((copy) =>
    mqttFace.decode({ body }, options, { ...arrival, atMs: arrival.atMs + copy * 10_000 }, {}),
  );
  expect(new Set(events.map((one) => JSON.stringify(one))).size).toBe(1);
});

test('the door is opened, the clock is set; lists of plates are not its business', () => {
  const command = (kind: 'open' | 'time' | 'plate-list', id: string) =>
    mqttFace.command?.({ kind, id, atMs: 1773618130000 }, options, 'f017');
  expect(json(command('open', 'DX-UNLOCK-0001')?.[0]?.body)).toEqual(
    json(file('mqttface-unlock.json')),
  );
  expect(json(command('time', 'DX-TIME-0001')?.[0]?.body)).toEqual(
    json(file('mqttface-setsystime.json')),
  );
  expect(command('plate-list', 'x')).toBeNull();
});

test('its answer to a command carries our id', () => {
  const answer = (name: string) => mqttFace.answer?.({ body: file(name) }, options);
  expect(answer('mqttface-unlock-ack.json')).toEqual({ id: 'DX-UNLOCK-0001', result: 'accepted' });
  expect(answer('mqttface-recpush-allowed.json')).toBeNull();
});

test('what is let go is counted for each device; a child leaves nothing but a count', () => {
  const memory: Memory = {};
  mqttFace.decode({ body: file('mqttface-recpush-allowed.json') }, options, arrival, memory);
  // customId personId PersonType similarity1 personName idCard telnum isNoMask targetPosInScene pic
  expect(memory).toEqual({ dropped: 10 });
  const child = {
    operator: 'RecPush',
    info: { RecordID: '1', VerifyStatus: '1', personName: 'x', attributes: { age: 9 } },
  };
  const body = new TextEncoder().encode(JSON.stringify(child));
  expect(mqttFace.decode({ body }, options, arrival, memory)).toEqual([]);
  expect(memory).toEqual({ dropped: 10, minors: 1 });
});

test('terminals share two topics and have the others to themselves', () => {
  expect(mqttFace.topics?.('f017', options)).toMatchObject({
    publishes: expect.arrayContaining(['mqtt/face/1990001/Rec', 'mqtt/face/basic']),
    subscribes: ['mqtt/face/1990001'],
  });
});
