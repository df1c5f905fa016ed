import { z } from 'zod';
import { checked } from './codec/checked.ts';
import { inputReadings, inputsOption, type Levels, levelsOf } from './codec/inputs.ts';
import { type Json, jsonBytes, jsonObject, object, string } from './codec/json.ts';
import { textOf, utf8 } from './codec/text.ts';
import { localText, utcOffsetMinutes } from './codec/when.ts';
import { CodecError, defineDriver, type Sample } from './driver.ts';
import { localTextMs, plausibleMs } from './time.ts';

const Options = z.strictObject({
  topic: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe("The board's topic, {t} in tele/{t}/SENSOR."),
  inputs: inputsOption({ 1: 'loop', 2: 'queue' }),
  relay: z.int().min(1).max(8).default(1).describe('The relay that opens.'),
  pulseMs: z.int().min(100).max(5000).default(1000).describe('Length of the opening pulse, ms.'),
  utcOffsetMinutes,
});
type Options = z.infer<typeof Options>;

/** Boards with Tasmota as inputs and relay of a barrier; inputs count from 1. */
export const tasmotaRelay = defineDriver<Options>({
  id: 'tasmota-relay',
  title: { zh: 'Tasmota 继电器与输入板', en: 'Tasmota relay and input board' },
  wire: 'mqtt',
  proven: 'manual',
  sources: ['tasmota.github.io/docs: MQTT, Commands (Backlog, PulseTime), Buttons and Switches'],
  lacks: {
    zh: '只有触点；应答不带命令编号。',
    en: 'Contacts only; its answers carry no id of the command.',
  },
  kinds: ['presence', 'barrier', 'status'],
  options: Options,

  topics: (device, { topic = device }) => ({
    publishes: [`tele/${topic}/+`, `stat/${topic}/+`],
    subscribes: [`cmnd/${topic}/+`, `cmnd/${topic}/#`, 'cmnd/tasmotas/+', 'cmnd/tasmotas/#'],
  }),

  decode({ body }, { inputs, utcOffsetMinutes: offset }, arrival, memory) {
    const text = textOf(body).trim();
    const { device, atMs } = arrival;
    if (text === 'Online' || text === 'Offline') {
      return checked([{ kind: 'status', device, atMs, online: text === 'Online' }]);
    }
    if (text === 'ON' || text === 'OFF') return [];
    const message = jsonObject(body);
    const source = object(message.StatusSNS) ?? message;
    const saidMs = localTextMs(string(source.Time) ?? '', offset);
    const heard = { ...arrival, atMs: plausibleMs(saidMs, atMs) };
    return checked(inputReadings(levelsIn(source), inputs, heard, memory));
  },

  encode(reading, { topic = reading.device, inputs, utcOffsetMinutes: offset }) {
    if (reading.kind === 'status') {
      return [{ topic: `tele/${topic}/LWT`, body: utf8(reading.online ? 'Online' : 'Offline') }];
    }
    const switches = levelsOf(reading, inputs).map(([input, closed]) => [
      `Switch${input}`,
      closed ? 'ON' : 'OFF',
    ]);
    const Time = localText(reading.atMs, offset).replace(' ', 'T');
    const message = { Time, ...Object.fromEntries(switches) };
    return [{ topic: `tele/${topic}/SENSOR`, body: jsonBytes(message) }];
  },

  command({ kind }, { topic, relay, pulseMs }, device) {
    if (kind !== 'open') return null;
    // PulseTime counts tenths of a second up to 11.1 s: the board ends the pulse by itself.
    const pulse = Math.max(1, Math.round(pulseMs / 100));
    const body = utf8(`PulseTime${relay} ${pulse}; Power${relay} ON`);
    return [{ topic: `cmnd/${topic ?? device}/Backlog`, body }];
  },

  answer({ body, topic }) {
    if (!/\/RESULT$/.test(topic ?? '')) return null;
    const power = Object.entries(jsonObject(body)).find(([key]) => /^POWER\d?$/.test(key))?.[1];
    return power === 'ON' ? { id: null, result: 'accepted' } : null;
  },

  get samples() {
    return samples;
  },
});

/** `Switch1: "ON"`, or since version 9.4 `Switch1: {"Action":"ON"}`. */
function levelsIn(source: Json): Levels {
  return Object.entries(source).flatMap(([key, value]) => {
    const input = /^Switch(\d{1,2})$/.exec(key)?.[1];
    const state = string(object(value)?.Action) ?? string(value);
    if (input === undefined) return [];
    if (state !== 'ON' && state !== 'OFF')
      throw new CodecError('A switch that is neither ON nor OFF');
    return [[Number(input), state === 'ON'] as const];
  });
}

const atMs = 1773618130000;
const arrival = { device: 'ta-1', lane: 'in-1', atMs: atMs + 200 } as const;
const at = { device: 'ta-1', lane: 'in-1', atMs } as const;
const samples: readonly Sample[] = [
  {
    note: 'two inputs, local time without a zone',
    file: 'gate/tasmota-tele-sensor.json',
    topic: 'tele/gate/SENSOR',
    arrival,
    readings: [
      { kind: 'presence', ...at, input: 'loop', occupied: true },
      { kind: 'presence', ...at, input: 'queue', occupied: false },
    ],
  },
  {
    note: 'two switches of the arm make one position',
    file: 'gate/tasmota-tele-sensor.json',
    options: { inputs: { 1: 'open-limit', 2: 'closed-limit' } },
    arrival,
    readings: [{ kind: 'barrier', ...at, state: 'open' }],
  },
  {
    note: 'the relay answers: nothing to store',
    text: '{"POWER1":"ON"}',
    topic: 'stat/gate/RESULT',
    readings: [],
  },
  {
    note: 'its last will',
    text: 'Offline',
    topic: 'tele/gate/LWT',
    arrival,
    readings: [{ kind: 'status', device: 'ta-1', atMs: atMs + 200, online: false }],
  },
  { note: 'a switch in between', text: '{"Switch1":"HOLD"}', refused: 'neither ON nor OFF' },
];
