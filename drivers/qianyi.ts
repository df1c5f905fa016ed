import { z } from 'zod';
import { checked } from './codec/checked.ts';
import { type Json, jsonBytes, jsonObject, number, string } from './codec/json.ts';
import { plateFields } from './codec/plate.ts';
import { secondsMs, utcOffsetMinutes } from './codec/when.ts';
import { type Arrival, CodecError, defineDriver, type Sample } from './driver.ts';
import type { Reading } from './reading.ts';
import { plausibleMs } from './time.ts';

const Options = z.strictObject({
  sn: z.string().min(1).max(64).optional().describe('Serial number, where it differs from the id.'),
  up: z.string().max(128).optional().describe('Topic of the camera; aiot/plate/{sn} if absent.'),
  down: z.string().max(128).optional().describe('Topic to it; device/plate/{sn} if absent.'),
  utcOffsetMinutes,
});
type Options = z.infer<typeof Options>;

const registry = '/serverAll';
const topicsOf = (device: string, { sn = device, up, down }: Options) => ({
  up: up ?? `aiot/plate/${sn}`,
  down: down ?? `device/plate/${sn}`,
});

/** Plate cameras of Qianyi. Every result wants an answer, also one that is ignored. */
export const qianyi = defineDriver<Options>({
  id: 'qianyi',
  title: { zh: '芊熠车牌识别相机', en: 'Qianyi plate camera' },
  wire: 'mqtt',
  proven: 'manual',
  sources: [
    'a public project after the vendor text "MQTT通信协议-基线260401" V4.23, and its unit test',
    'a public module for the face terminal of the maker (same envelope)',
  ],
  lacks: {
    zh: '时间只到秒；不报车型、名单和杆位。',
    en: 'Times to the second; tells neither vehicle, list nor position of the arm.',
  },
  omits: ['passage.vehicle', 'passage.result'],
  kinds: ['passage', 'status'],
  options: Options,

  topics(device, options) {
    const { up, down } = topicsOf(device, options);
    return { publishes: [up, registry], subscribes: [down] };
  },

  shared: {
    option: 'sn',
    name: ({ sn }, device) => (sn ?? device).toLowerCase(),
    mine: ({ body }, { sn }, device) =>
      string(jsonObject(body).sn)?.toLowerCase() === (sn ?? device).toLowerCase(),
  },

  decode({ body }, options, arrival) {
    const message = jsonObject(body);
    const sn = string(message.sn);
    // Upper and lower case change between messages.
    if (
      options.sn !== undefined &&
      sn !== undefined &&
      sn.toLowerCase() !== options.sn.toLowerCase()
    )
      throw new CodecError('The serial number is not the one that is configured');
    return checked(readingsOf(message, arrival));
  },

  encode(reading, options) {
    const { sn = reading.device } = options;
    const { up } = topicsOf(reading.device, options);
    return [{ topic: up, body: jsonBytes({ ...said(reading), sn }) }];
  },

  reply({ body }, options, { device }) {
    const message = jsonObject(body);
    const rsp = { result: 'result_rsp', camera_register: 'camera_register_rsp' }[
      string(message.cmd) ?? ''
    ];
    if (rsp === undefined) return null;
    const answer = { cmd: rsp, status: 'ok', msg_id: string(message.msg_id) };
    // On the configured topic, not on any that the message announces.
    return { topic: topicsOf(device, options).down, body: jsonBytes(answer) };
  },

  command({ kind, id, atMs }, options, device) {
    const message = (content: Json) => [
      {
        topic: topicsOf(device, options).down,
        body: jsonBytes({ ...content, msg_id: id, sn: options.sn ?? device }),
      },
    ];
    const seconds = Math.floor(atMs / 1000);
    if (kind === 'open')
      return message({ cmd: 'iooutput', ionum: 0, action: 'on', utc_ts: seconds });
    if (kind !== 'time') return null;
    // Zones count from GMT+12 (0) down: GMT+8 is 4; the maker's own example is wrong.
    const time_zone = 12 - Math.round(options.utcOffsetMinutes / 60);
    return message({ cmd: 'syncSysTime', time_zone, time_stamp: String(seconds) });
  },

  answer({ body }) {
    const { cmd, status, msg_id } = jsonObject(body);
    if (!string(cmd)?.endsWith('_rsp')) return null;
    const id = string(msg_id) ?? null;
    if (status === 'ok') return { id, result: 'accepted' };
    return { id, result: 'refused', reason: 'status is not ok' };
  },

  get samples() {
    return samples;
  },
});

function readingsOf(message: Json, { device, atMs, lane, direction }: Arrival): Reading[] {
  const cmd = string(message.cmd);
  const status = { kind: 'status' as const, device, atMs };
  switch (cmd) {
    case 'result': {
      const inout = string(message.inout);
      const told = inout === 'in' || inout === 'out' ? inout : 'unknown';
      const event = string(message.msg_id);
      return [
        {
          kind: 'passage',
          device,
          atMs: plausibleMs(secondsMs(number(message.utc_ts)), atMs),
          lane,
          direction: direction === 'unknown' ? told : direction,
          ...plateFields(string(message.plate_num)),
          result: 'unknown',
          ...(event === undefined ? {} : { event }),
          ...(message.type === 'offline' ? { replayed: true } : {}),
        },
      ];
    }
    case 'camera_register': {
      const firmware = string(message.softVersion)?.slice(0, 64);
      return [{ ...status, online: true, ...(firmware === undefined ? {} : { firmware }) }];
    }
    case 'mqtt_herat': // sic
      return [{ ...status, online: true }];
    case 'offline':
      return [{ ...status, online: false }];
    default:
      if (cmd?.endsWith('_rsp') && message.sn !== undefined) return [];
      throw new CodecError('Not a cmd that a camera sends by itself');
  }
}

function said(reading: Reading): Json {
  switch (reading.kind) {
    case 'status':
      if (!reading.online) return { cmd: 'offline' };
      if (reading.firmware === undefined) return { cmd: 'mqtt_herat' };
      return { cmd: 'camera_register', softVersion: reading.firmware };
    case 'passage': {
      const { credential, plate, direction, event, replayed } = reading;
      if (credential !== 'plate' && credential !== 'none') {
        throw new CodecError(`A plate camera reads no ${credential}`);
      }
      return {
        cmd: 'result',
        msg_id: event,
        type: replayed ? 'offline' : 'online',
        plate_num: plate ?? 'null',
        utc_ts: Math.floor(reading.atMs / 1000),
        inout: direction === 'unknown' ? undefined : direction,
      };
    }
    default:
      throw new CodecError(`A plate camera says no ${reading.kind}`);
  }
}

const atMs = 1773618130000;
const arrival = { device: 'qy-1', lane: 'in-1', atMs: atMs + 400 };
const options = { sn: '1b7e812009ca0001' };
const topic = 'aiot/plate/1b7e812009ca0001';
const samples: readonly Sample[] = [
  {
    note: 'a recognition; the camera itself knows that it watches the entry',
    file: 'gate/qianyi-result.json',
    topic,
    options,
    arrival,
    readings: [
      {
        kind: 'passage',
        device: 'qy-1',
        atMs,
        lane: 'in-1',
        direction: 'in',
        credential: 'plate',
        plate: '浙A8T3K6',
        result: 'unknown',
        event: '1773618130120aB3dE5f',
      },
    ],
  },
  {
    note: 'a stored record without a plate, serial number in capitals',
    file: 'gate/qianyi-result-offline-noplate.json',
    topic,
    options,
    arrival,
    readings: [
      {
        kind: 'passage',
        device: 'qy-1',
        atMs: atMs - 2_700_000,
        lane: 'in-1',
        direction: 'out',
        credential: 'none',
        result: 'unknown',
        event: '1773615430120aB3dE5g',
        replayed: true,
      },
    ],
  },
  {
    note: 'it registers',
    file: 'gate/qianyi-camera_register.json',
    topic: registry,
    arrival,
    readings: [
      { kind: 'status', device: 'qy-1', atMs: atMs + 400, online: true, firmware: '4.23.0' },
    ],
  },
  {
    note: 'a heartbeat, misspelt on the wire',
    file: 'gate/qianyi-mqtt_herat.json',
    topic,
    arrival,
    readings: [{ kind: 'status', device: 'qy-1', atMs: atMs + 400, online: true }],
  },
  {
    note: 'its last will',
    file: 'gate/qianyi-offline-lwt.json',
    topic,
    arrival,
    readings: [{ kind: 'status', device: 'qy-1', atMs: atMs + 400, online: false }],
  },
  {
    note: 'an answer to a command is nothing to store',
    file: 'gate/qianyi-iooutput_rsp.json',
    topic,
    arrival,
    readings: [],
  },
  ...['camera_register_rsp', 'result_rsp', 'iooutput-open', 'barrierkeepopen', 'syncsystime'].map(
    (name) => ({
      note: `ours, not the camera's: ${name}`,
      file: `gate/qianyi-${name}.json`,
      refused: 'Not a cmd',
    }),
  ),
  {
    note: 'enrolling a person: not what a camera says, and nothing that we say',
    file: 'face/qianyi-person_add.json',
    refused: 'Not a cmd',
  },
];
