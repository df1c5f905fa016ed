import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Arrival, Command, Message } from './driver.ts';
import { driverById, drivers } from './index.ts';

const file = (name: string) => readFileSync(new URL(`samples/${name}`, import.meta.url));
const json = (bytes: Uint8Array | undefined) => JSON.parse(new TextDecoder().decode(bytes));
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
const arrival: Arrival = { device: 'd-1', atMs: 1773618130000, lane: 'in-1', direction: 'in' };

const known = (id: string, options: object = {}) => {
  const driver = driverById(id);
  if (!driver) throw new Error(`No driver ${id}`);
  const parsed = driver.options.parse(options);
  return {
    command: (command: Command): Message | undefined =>
      driver.command?.(command, parsed, 'd-1')?.[0],
    reply: (message: Message) => driver.reply?.(message, parsed, arrival) ?? undefined,
    answer: (message: Message) => driver.answer?.(message, parsed),
  };
};
const open = (id: string): Command => ({ kind: 'open', id, atMs: arrival.atMs });

test('Qianyi opens, sets its clock, and has every result and registration answered', () => {
  const qianyi = known('qianyi', { sn: '1b7e812009ca0001' });
  const opened = qianyi.command({ ...open('1773618131000Zz9Yy8X'), atMs: 1773618131000 });
  expect(opened?.topic).toBe('device/plate/1b7e812009ca0001');
  expect(json(opened?.body)).toEqual(json(file('gate/qianyi-iooutput-open.json')));
  const time = qianyi.command({ kind: 'time', id: '1773618131000Zz9Yy8Z', atMs: arrival.atMs });
  expect(json(time?.body)).toEqual(json(file('gate/qianyi-syncsystime.json')));
  for (const name of ['result', 'camera_register']) {
    const reply = qianyi.reply({ body: file(`gate/qianyi-${name}.json`) });
    expect(reply?.topic).toBe('device/plate/1b7e812009ca0001');
    expect(json(reply?.body)).toEqual(json(file(`gate/qianyi-${name}_rsp.json`)));
  }
  expect(qianyi.reply({ body: file('gate/qianyi-mqtt_herat.json') })).toBeUndefined();
  expect(qianyi.answer({ body: file('gate/qianyi-iooutput_rsp.json') })).toEqual({
    id: '1773618131000Zz9Yy8X',
    result: 'accepted',
  });
});

test('an answer goes to the configured topic, not to one that a message announces', () => {
  const qianyi = known('qianyi');
  const body = new TextEncoder().encode(
    '{"cmd":"camera_register","msg_id":"1","sn":"x","subtopic":"cam-2/commands"}',
  );
  expect(qianyi.reply({ body })?.topic).toBe('device/plate/d-1');
});

test('Xinlutong opens, is told once to answer, and does not take our echo for an answer', () => {
  const xinlutong = known('xinlutong', { sn: 'XLT-01-DEMO-001' });
  const opened = xinlutong.command(open('6f1d2c3b-0000-4000-8000-000000000005'));
  expect(opened?.topic).toBe('download/XLT-01-DEMO-001');
  expect(json(opened?.body)).toEqual(json(file('gate/xinlutong-open.json')));
  const config = xinlutong.reply({ body: file('gate/xinlutong-conn.json') });
  const { requestId: _, ...expected } = json(file('gate/xinlutong-config-enablereply.json'));
  expect(json(config?.body)).toMatchObject(expected);
  expect(xinlutong.reply({ body: file('gate/xinlutong-rtd.json') })).toBeUndefined();
  expect(xinlutong.answer({ body: file('gate/xinlutong-open-reply.json') })).toEqual({
    id: '6f1d2c3b-0000-4000-8000-000000000005',
    result: 'accepted',
  });
  expect(xinlutong.answer({ body: file('gate/xinlutong-open.json') })).toBeNull();
});

test('relay boards end the pulse by themselves: a lost "off" must not hold the relay', () => {
  const shelly = known('shelly-relay', { id: 'shellypro2-020000001081' });
  const opened = shelly.command(open('a1'));
  expect(opened?.topic).toBe('shellypro2-020000001081/rpc');
  const { params } = json(file('gate/shelly-rpc-switch-set.json'));
  expect(json(opened?.body)).toMatchObject({ id: 'a1', method: 'Switch.Set', params });
  expect(shelly.answer({ body: file('gate/shelly-rpc-switch-set-response.json') })).toEqual({
    id: '1',
    result: 'accepted',
  });
  const refusal = new TextEncoder().encode('{"id":"a1","error":{"code":-105}}');
  expect(shelly.answer({ body: refusal })).toEqual({
    id: 'a1',
    result: 'refused',
    reason: 'code -105',
  });
  const tasmota = known('tasmota-relay').command(open('a'));
  expect([tasmota?.topic, text(tasmota?.body)]).toEqual([
    'cmnd/d-1/Backlog',
    'PulseTime1 10; Power1 ON',
  ]);
  const corx = known('corx');
  expect(json(corx.command(open('000000000000042'))?.body)).toEqual(
    json(file('gate/corx-relay-command.json')),
  );
  expect(corx.answer({ body: file('gate/corx-relay-status.json') })).toEqual({
    id: '000000000000042',
    result: 'accepted',
  });
  // The status at the end of the pulse has no res; a command of ours has nothing else.
  expect(corx.answer({ body: new TextEncoder().encode('{"ID":"1","A01":0}') })).toBeNull();
  expect(corx.answer({ body: file('gate/corx-relay-command.json') })).toBeNull();
  expect(known('gpio-barrier').command(open('a'))).toBeUndefined();
  expect(text(known('gpio-barrier', { relay: 5 }).command(open('a'))?.body)).toBe('pulse 800');
});

test('devices that push over HTTP hear what they wait for', () => {
  const reply = (id: string, body: Uint8Array, more: Partial<Message> = {}) =>
    known(id).reply({ method: 'POST', body, ...more });
  expect(json(reply('huaxia', file('gate/huaxia-online.form.txt'))?.body)).toEqual(
    json(file('gate/huaxia-response.json')),
  );
  expect(json(reply('face-http', file('face/facehttp-verifypush.json'))?.body)).toEqual(
    json(file('face/facehttp-verifypush-response.json')),
  );
  expect(json(reply('uface', file('face/uface-identify.form.txt'))?.body)).toEqual(
    json(file('face/uface-response.json')),
  );
  const records = reply('zkteco', file('face/zkteco-attlog.txt'), {
    topic: '/iclock/cdata?SN=CKDX00000001&table=ATTLOG&Stamp=9999',
  });
  expect(text(records?.body)).toBe('OK: 2');
  const vehicles = reply('gat1400', file('gate/gat1400-motorvehicle.json'), {
    topic: '/push/viid-1/VIID/MotorVehicles',
  });
  expect(json(vehicles?.body).ResponseStatusObject).toMatchObject({
    RequestURL: '/VIID/MotorVehicles',
    StatusCode: 0,
    LocalTime: '20260316074210',
  });
});

test('a ZKTeco terminal is told to keep photographs and templates to itself', () => {
  const options = known('zkteco').reply({
    method: 'GET',
    topic: '/iclock/cdata?SN=CKDX00000001&options=all&pushver=2.4.1',
    body: new Uint8Array(),
  });
  expect(text(options?.body)).toBe(file('face/zkteco-handshake-response.txt').toString());
  expect(/^TransFlag=.*$/m.exec(text(options?.body))?.[0]).toBe('TransFlag=TransData AttLog OpLog');
});

test('a capture of Huaan is acknowledged with its number and time', () => {
  const reply = known('huaan', { client: 'c7' }).reply({ body: file('face/huaan-capture.json') });
  expect(reply?.topic).toBe('topic/face/capture/response/c7');
  expect(json(reply?.body)).toEqual(json(file('face/huaan-capture-ack.json')));
});

test('no answer of any driver to any of its samples opens a gate', () => {
  for (const driver of drivers) {
    for (const { file: name, text: written, topic, options } of driver.samples) {
      const body = name ? file(name) : new TextEncoder().encode(written ?? '');
      const message = { body, method: 'POST', ...(topic === undefined ? {} : { topic }) };
      let said = '';
      try {
        said = text(driver.reply?.(message, driver.options.parse(options ?? {}), arrival)?.body);
      } catch {
        // What cannot be read has no answer.
      }
      expect(said, driver.id).not.toMatch(/"OpenStrobe":true|"info":"ok"|"EnableOpen":true/i);
    }
  }
});

test('an opening is one message, and the same command makes the same bytes', () => {
  const opening = drivers.filter(({ command }) => command);
  for (const driver of opening) {
    const options = driver.options.parse({});
    const once = driver.command?.(open('a1'), options, 'd-1') ?? [];
    expect(once.length, driver.id).toBeLessThanOrEqual(1);
    expect(driver.command?.(open('a1'), options, 'd-1') ?? [], driver.id).toEqual(once);
  }
  expect(opening.length).toBeGreaterThanOrEqual(8);
});
