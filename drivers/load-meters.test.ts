import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { acrel } from './acrel.ts';
import { cnSocket } from './cn-socket.ts';
import { type Arrival, CodecError } from './driver.ts';
import { esphome } from './esphome.ts';
import { iotawatt } from './iotawatt.ts';
import type { PowerReading, Reading } from './reading.ts';
import { shellyGen1 } from './shelly-gen1.ts';

const file = (name: string) => readFileSync(new URL(`samples/power/mqtt/${name}`, import.meta.url));
const bytes = (text: string) => new TextEncoder().encode(text);
const arrival: Arrival = { device: 'm1', atMs: 1773666850000, lane: 'm1', direction: 'unknown' };
const at = (atMs: number): Arrival => ({ ...arrival, atMs });

test('an Acrel that logs in or tells its parameters is answered on its own topic; nothing else is', () => {
  const options = acrel.options.parse({});
  const reply = (command: string, name: string) =>
    acrel.reply?.(
      { topic: `/gw/acrelHW/null/${command}/01234567890123`, body: file(name) },
      options,
      arrival,
    );
  const login = reply('login', 'acrel-login.json');
  expect(login?.topic).toBe('/server/acrelHW/null/login/01234567890123');
  const expected = JSON.parse(file('acrel-login-response.json').toString());
  expect(JSON.parse(Buffer.from(login?.body ?? []).toString())).toEqual(expected);
  expect(JSON.parse(Buffer.from(reply('para', 'acrel-para.json')?.body ?? []).toString())).toEqual({
    type: 'para',
    res: 1,
  });
  expect(reply('time', 'acrel-time.json')).toBeNull();
  expect(reply('data', 'acrel-data-composed.json')).toBeNull();
  // The topic and the message must agree: no answer to what somebody else's topic says.
  expect(reply('para', 'acrel-login.json')).toBeNull();
});

test('an Acrel whose points are named otherwise is read by its configuration', () => {
  const options = acrel.options.parse({ points: { Pt: 'powerW', Tmp: 'temperatureC' } });
  const body = bytes(
    '{"type":"data","data":[{"point":"Pt","value":"1500"},{"point":"Ua","value":"9"}]}',
  );
  expect(acrel.decode({ body }, options, arrival, {})).toEqual([
    { kind: 'power', device: 'm1', atMs: arrival.atMs, powerW: 1500 },
  ]);
  expect(acrel.options.safeParse({ points: { Ua: 'l1.voltageV' } }).success).toBe(false);
});

test('the position of a socket is in no reading, and in no quarantine either', () => {
  const options = cnSocket.options.parse({});
  const [reading] = cnSocket.decode({ body: file('cn-4g-socket.json') }, options, arrival, {});
  expect(JSON.stringify(reading)).not.toMatch(/106|lon|lat/);
  const cut = file('cn-4g-socket.json').subarray(0, 60);
  expect(() => cnSocket.decode({ body: cut }, options, arrival, {})).toThrow(
    expect.objectContaining({ name: 'CodecError', personal: true }),
  );
});

test('IoTaWatt is asked for exactly the columns that its answer is read by', () => {
  const asked = (options: object) => iotawatt.polls?.(iotawatt.options.parse(options));
  expect(asked({ phases: [{ power: 'Main', voltage: 'U' }], current: false, spanS: 10 })).toEqual([
    {
      wire: 'http',
      path: '/query?select=[time.iso,U.volts,Main.watts,Main.pf]&begin=s-10s&end=s&group=5s&format=json&header=yes',
    },
  ]);
  const three = asked({ phases: [{ power: 'A' }, { power: 'B' }, { power: 'C' }] });
  expect(three).toMatchObject([
    { path: expect.stringContaining('A.watts,A.pf,A.amps,B.watts,B.pf,B.amps,C.watts') },
  ]);
  expect(iotawatt.options.safeParse({ phases: [{ power: 'x&y' }] }).success).toBe(false);
});

const say = (memory: object, atMs: number, values: Readonly<Record<string, string>>): Reading[] =>
  Object.entries(values).flatMap(([name, text]) =>
    shellyGen1.decode(
      { topic: `shellies/m1/emeter/${name}`, body: bytes(text) },
      shellyGen1.options.parse({ phases: 1 }),
      at(atMs),
      memory as Record<string, unknown>,
    ),
  );

test('a counter of a first-generation Shelly goes with the reading that follows it', () => {
  const memory = {};
  const values = { '0/power': '100', '0/pf': '1', '0/current': '0.44', '0/voltage': '230' };
  const [first] = say(memory, 1_773_666_850_000, { ...values, '0/total': '5000.5' });
  expect((first as PowerReading).energyWh).toBeUndefined();
  const [second] = say(memory, 1_773_666_860_000, values);
  expect(second).toMatchObject({ powerW: 100, energyWh: 5000.5, atMs: 1_773_666_860_000 });
});

test('a first-generation Shelly of two clamps is heard only on those that are one supply', () => {
  const memory = {};
  expect(
    say(memory, 1_773_666_850_000, { '1/power': '7', '2/power': '8', '9/power': '1' }),
  ).toEqual([]);
  expect(say(memory, 1_773_666_850_000, { '0/reactive_power': '7', '0/energy': '1' })).toEqual([]);
});

test('an ESPHome node is read by the names that are listed, also those of prototypes', () => {
  const options = esphome.options.parse({ sensors: { load: 'powerW' } });
  const decode = (name: string) =>
    esphome.decode({ topic: `m1/sensor/${name}/state`, body: bytes('5') }, options, arrival, {});
  expect(decode('load')).toMatchObject([{ powerW: 5 }]);
  for (const other of ['wifi_signal', 'constructor', '__proto__', 'toString'])
    expect(decode(other), other).toEqual([]);
  expect(() => esphome.encode({ ...arrivalReading, powerW: 1 }, esphome.options.parse({}))).toThrow(
    CodecError,
  );
});

test('one phase of three, said twice or alone, never becomes the sum', () => {
  const options = esphome.options.parse({});
  const memory = {};
  const heard = [0, 100, 30_000, 60_000].flatMap((laterMs) =>
    esphome.decode(
      { topic: 'm1/sensor/l1_power/state', body: bytes('4012') },
      options,
      at(arrival.atMs + laterMs),
      memory,
    ),
  );
  expect(heard).toEqual([]);
});

const arrivalReading: PowerReading = { kind: 'power', device: 'm1', atMs: arrival.atMs, powerW: 0 };
