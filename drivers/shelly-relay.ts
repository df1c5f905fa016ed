import { z } from 'zod';
import { checked } from './codec/checked.ts';
import { inputReadings, inputsOption, type Levels, levelsOf } from './codec/inputs.ts';
import { type Json, jsonBytes, jsonObject, number, object, string } from './codec/json.ts';
import { textOf, utf8 } from './codec/text.ts';
import { CodecError, defineDriver, type Sample } from './driver.ts';
import { plausibleMs } from './time.ts';

const Options = z.strictObject({
  id: z.string().min(1).max(64).optional().describe("The board's own id in its topics."),
  inputs: inputsOption({ 0: 'loop', 1: 'queue' }),
  relay: z.int().min(0).max(7).default(0).describe('The relay that opens.'),
  pulseS: z.number().min(0.1).max(5).default(1).describe('Length of the opening pulse, s.'),
});
type Options = z.infer<typeof Options>;

/** Shelly boards of the second generation and later as inputs and relay of a barrier. */
export const shellyRelay = defineDriver<Options>({
  id: 'shelly-relay',
  title: { zh: 'Shelly 继电器与输入板', en: 'Shelly relay and input board' },
  wire: 'mqtt',
  proven: 'manual',
  sources: ['shelly-api-docs.shelly.cloud: Switch.Set, NotifyStatus, MQTT'],
  lacks: {
    zh: '只有触点：杆位要接两只限位开关才知道。',
    en: 'Contacts only: the position of the arm takes two limit switches.',
  },
  kinds: ['presence', 'barrier', 'status'],
  options: Options,

  topics(device, { id = device }) {
    return {
      publishes: [`${id}/events/rpc`, `${id}/status/+`, `${id}/online`, `gatehouse-${device}/rpc`],
      subscribes: [`${id}/rpc`, `${id}/command`],
    };
  },

  decode({ body, topic }, { inputs }, arrival, memory) {
    const text = textOf(body).trim();
    const { device, atMs } = arrival;
    if (text === 'true' || text === 'false') {
      return checked([{ kind: 'status', device, atMs, online: text === 'true' }]);
    }
    const message = jsonObject(body);
    // An answer to a command of ours.
    if (message.result !== undefined || message.error !== undefined) return [];
    const params = object(message.params);
    const seconds = number(params?.ts);
    const saidMs = seconds === undefined ? null : Math.round(seconds * 1000);
    const heard = { ...arrival, atMs: plausibleMs(saidMs, atMs) };
    // {id}/status/input:0 carries the bare state.
    if (/\/status\/input:\d+$/.test(topic ?? '')) {
      return checked(inputReadings(levelsIn({ 'input:0': message }), inputs, heard, memory));
    }
    if (/\/status\/[^/]+$/.test(topic ?? '')) return [];
    const method = string(message.method);
    if (method === undefined || !params) throw new CodecError('Neither a notice nor an answer');
    if (method !== 'NotifyStatus' && method !== 'NotifyFullStatus') return [];
    return checked(inputReadings(levelsIn(params), inputs, heard, memory));
  },

  encode(reading, { id = reading.device, inputs }) {
    if (reading.kind === 'status') {
      return [{ topic: `${id}/online`, body: utf8(String(reading.online)) }];
    }
    const states = levelsOf(reading, inputs).map(([input, state]) => [
      `input:${input}`,
      { id: input, state },
    ]);
    const params = { ts: reading.atMs / 1000, ...Object.fromEntries(states) };
    const message = { src: id, dst: `${id}/events`, method: 'NotifyStatus', params };
    return [{ topic: `${id}/events/rpc`, body: jsonBytes(message) }];
  },

  command({ kind, id }, { id: board, relay, pulseS }, device) {
    if (kind !== 'open') return null;
    // The board ends the pulse by itself: a lost "off" must not hold the relay.
    const params = { id: relay, on: true, toggle_after: pulseS };
    const message = { id, src: `gatehouse-${device}`, method: 'Switch.Set', params };
    return [{ topic: `${board ?? device}/rpc`, body: jsonBytes(message) }];
  },

  answer({ body }) {
    if (!/^\s*\{/.test(textOf(body))) return null;
    const { id, result, error } = jsonObject(body);
    const own = string(id) ?? null;
    if (object(result)) return { id: own, result: 'accepted' };
    const refused = object(error);
    if (!refused) return null;
    return { id: own, result: 'refused', reason: `code ${number(refused.code) ?? 'unknown'}` };
  },

  get samples() {
    return samples;
  },
});

/** The inputs of a status: members `input:0`, `input:1`, … ; a number inside wins. */
function levelsIn(params: Json): Levels {
  return Object.entries(params).flatMap(([key, value]) => {
    const input = /^input:(\d{1,3})$/.exec(key)?.[1];
    const inner = object(value);
    if (input === undefined || typeof inner?.state !== 'boolean') return [];
    return [[number(inner.id) ?? Number(input), inner.state] as const];
  });
}

const arrival = { device: 'sh-1', lane: 'in-1', atMs: 1773618130800 } as const;
const samples: readonly Sample[] = [
  {
    note: 'a vehicle on the loop',
    file: 'gate/shelly-notifystatus-input.json',
    topic: 'shellypro2-020000001081/events/rpc',
    arrival,
    readings: [
      {
        kind: 'presence',
        device: 'sh-1',
        atMs: 1773618130520,
        lane: 'in-1',
        input: 'loop',
        occupied: true,
      },
    ],
  },
  {
    note: 'the same input is the lower switch of the arm',
    file: 'gate/shelly-notifystatus-input.json',
    options: { inputs: { 0: 'closed-limit', 1: 'open-limit' } },
    arrival,
    readings: [
      { kind: 'barrier', device: 'sh-1', atMs: 1773618130520, lane: 'in-1', state: 'closed' },
    ],
  },
  {
    note: 'the state of one input on its own topic',
    text: '{"id":1,"state":false}',
    topic: 'shellypro2-020000001081/status/input:1',
    arrival,
    readings: [{ kind: 'presence', ...arrival, input: 'queue', occupied: false }],
  },
  {
    note: 'its last will',
    text: 'false',
    topic: 'shellypro2-020000001081/online',
    arrival,
    readings: [{ kind: 'status', device: 'sh-1', atMs: 1773618130800, online: false }],
  },
  {
    note: 'an answer to a command is nothing to store',
    file: 'gate/shelly-rpc-switch-set-response.json',
    topic: 'gatehouse-sh-1/rpc',
    arrival,
    readings: [],
  },
  { note: 'neither notice nor answer', text: '{"src":"x"}', refused: 'Neither a notice' },
];
