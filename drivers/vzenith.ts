import { z } from 'zod';
import { checked } from './codec/checked.ts';
import { counterOf, dailyEvent } from './codec/event.ts';
import { type Json, jsonBytes, jsonObject, number, object, objects, string } from './codec/json.ts';
import { plateFields } from './codec/plate.ts';
import { base64Text, toBase64 } from './codec/text.ts';
import { localText, secondsMs, utcOffsetMinutes } from './codec/when.ts';
import { type Arrival, CodecError, type Command, defineDriver, type Memory } from './driver.ts';
import type { BarrierReading, PassageReading, PresenceReading, Reading } from './reading.ts';
import { Name } from './reading.ts';
import { plausibleMs } from './time.ts';
import { vzenithSamples } from './vzenith-samples.ts';

const Options = z.strictObject({
  sn: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Serial number in the topics, where it differs from the id of the device.'),
  layout: z
    .enum(['device-first', 'sn-first', 'legacy'])
    .default('device-first')
    .describe(
      'Topics of commands and of the simulator: device/{sn}/message, {sn}/device/message, or the plug-in before 2022. Heard are all three.',
    ),
  inputs: z
    .record(z.string().regex(/^\d$/, 'the number of an input, 0 to 9'), Name)
    .default({ 0: 'loop', 1: 'queue' })
    .describe(
      'What is wired to which input; open-limit and closed-limit are the switches of the arm. Others are in0, in1, …',
    ),
  openRelay: z.int().min(0).max(3).default(0).describe('The relay that opens.'),
  pulseMs: z.int().min(500).max(5000).default(1500).describe('Length of the opening pulse, ms.'),
  utcOffsetMinutes,
});
type Options = z.infer<typeof Options>;

const legacyTopic = '/device/push/result';
/** What cameras say by themselves; everything else on `up` is ours to ignore. */
const silent = new Set(['quick_ivs_result', 'lanectrl_result', 'snapshot', 'serial_data']);
/** Trigger types that are no pass: held, turned back, queues, pedestrians, cycles, intrusions. */
const noPass = new Set([64, 65, 66, 69, 70, 71, 72, 73, 74, 75, 76, 89, 90]);
/** Trigger types that speak of the arm: 77 normal again, 78 abnormal, 79 falling, 80 rising. */
const arm: ReadonlyMap<number, BarrierReading['state']> = new Map([
  [77, 'unknown'],
  [78, 'fault'],
  [79, 'moving'],
  [80, 'moving'],
]);
const gateStatus: readonly BarrierReading['state'][] = ['closed', 'open', 'moving'];
const commands = [
  'gpio_out',
  'set_time',
  'white_list_operator',
  'check_offline_record',
  'get_io_lock_status',
  'set_io_lock_status',
  'ivs_trigger',
  'snapshot',
  'serial_data',
  'tts_voice',
  'get_device_timestamp',
  'gate_direct_open',
  'get_io_status',
  'reboot_dev',
  'set_cloud_ctrl',
] as const;

/** Plate cameras of VZenith (R3, R5, C5H, KLPR …) with their own MQTT, and the same messages pushed over HTTP. */
export const vzenith = defineDriver<Options>({
  id: 'vzenith',
  title: { zh: '臻识车牌识别相机', en: 'VZenith plate camera' },
  wire: 'mqtt',
  proven: 'manual',
  sources: [
    "the maker's MQTT pages: open.vzicloud.com/doc/mqtt (results, inputs, stored records)",
    'change log of the R3/R5 MQTT text V1.1.14 of 2025-03-21 (blog.sdlinka.com/3227.html)',
    'synnnric/anpr: the topic layout with the serial number first, trigger types, C5H relays',
    'CSDN df981011512/146002938 and java110: the plug-in of 2020-2021 and the HTTP push',
  ],
  lacks: {
    zh: '不报车型，也不报是否白名单车辆；杆在中间时分不出升降。',
    en: 'Tells neither the kind of vehicle nor whether it is on a list; between its ends the arm may rise or fall.',
  },
  omits: ['passage.vehicle', 'passage.result'],
  kinds: ['passage', 'barrier', 'presence', 'status'],
  options: Options,

  topics(device, { sn = device }) {
    const down = (base: string) => [
      ...commands.map((name) => `${base}/${name}`),
      `${base}/+`,
      `${base}/#`,
    ];
    return {
      publishes: [
        `device/${sn}/message/up/+`,
        `${sn}/device/message/up/+`,
        `$/device/${sn}/message/up/keep_alive`,
        `device/${sn}/message/down/+/reply`,
        `${sn}/device/message/down/+/reply`,
        legacyTopic,
      ],
      subscribes: [
        ...down(`device/${sn}/message/down`),
        ...down(`${sn}/device/message/down`),
        `/device/${sn}/command`,
      ],
    };
  },

  decode({ body }, options, arrival, memory) {
    const message = jsonObject(body);
    sameDevice(message, options);
    return checked(readingsOf(message, options, arrival, memory));
  },

  encode(reading, options) {
    const { sn = reading.device, layout } = options;
    if (layout === 'legacy') return [{ topic: legacyTopic, body: jsonBytes(legacy(reading, sn)) }];
    const { name, payload } = said(reading, options, sn);
    const envelope = {
      id: `sim${String(reading.atMs).padStart(13, '0')}`,
      ...(reading.kind === 'status' && reading.firmware !== undefined
        ? { bv: number(reading.firmware) ?? reading.firmware }
        : {}),
      sn,
      name,
      version: '1.0',
      timestamp: Math.floor(reading.atMs / 1000),
      payload,
    };
    const base = layout === 'sn-first' ? `${sn}/device` : `device/${sn}`;
    return [{ topic: `${base}/message/up/${name}`, body: jsonBytes(envelope) }];
  },

  reply({ body, method, contentType }) {
    // Over HTTP the camera waits for a word. "ok" would OPEN THE GATE; this one does nothing.
    if (method === undefined && contentType === undefined) return null;
    if (!object(jsonObject(body).AlarmInfoPlate)) return null;
    const answer = { Response_AlarmInfoPlate: { info: 'no', content: '', is_pay: 'false' } };
    return { body: jsonBytes(answer), contentType: 'application/json' };
  },

  command(command, options, device) {
    const { sn = device, layout, utcOffsetMinutes: offset } = options;
    const { type, body } = commanded(command, options, offset);
    const message = {
      id: command.id,
      sn,
      name: type,
      version: '1.0',
      timestamp: Math.floor(command.atMs / 1000),
      payload: { type, body },
    };
    if (layout === 'legacy') return [{ topic: `/device/${sn}/command`, body: jsonBytes(message) }];
    const base = layout === 'sn-first' ? `${sn}/device` : `device/${sn}`;
    return [{ topic: `${base}/message/down/${type}`, body: jsonBytes(message) }];
  },

  answer({ body }) {
    const message = jsonObject(body);
    const code = number(message.code);
    if (code === undefined) return null;
    const payload = object(object(message.payload)?.body);
    const accepted = code === 200 && (number(payload?.state_code) ?? 200) === 200;
    const plates = objects(payload?.dldb_rec).flatMap(({ plate }) => string(plate) ?? []);
    return {
      id: string(message.id) ?? null,
      result: accepted ? 'accepted' : 'refused',
      ...(accepted ? {} : { reason: `code ${code}` }),
      ...(payload?.operator_type === 'select' ? { plates } : {}),
    };
  },

  samples: vzenithSamples,
});

/** Two cameras with each other's names would swap their lanes: where the number is configured it must agree. */
function sameDevice(message: Json, { sn }: Options): void {
  const serial = string(message.sn) ?? string(object(message.AlarmInfoPlate)?.serialno);
  if (sn === undefined || serial === undefined) return;
  if (serial.toLowerCase() !== sn.toLowerCase()) {
    throw new CodecError('The serial number is not the one that is configured');
  }
}

function readingsOf(message: Json, options: Options, arrival: Arrival, memory: Memory): Reading[] {
  const payload = object(message.payload);
  const body = object(payload?.body);
  const name = string(message.name);
  const sentMs = secondsMs(number(message.timestamp));
  const heard = { device: arrival.device, atMs: plausibleMs(sentMs, arrival.atMs) };

  if (name === undefined) {
    // Before 2022, and over HTTP: no envelope.
    if (object(message.AlarmInfoPlate)) return plate(message, options, arrival, false);
    const input = object(message.AlarmGioIn);
    if (input) return presence(input, heard, options, arrival, memory);
    if ('heartbeat' in message) return [{ ...heard, kind: 'status', online: true }];
    if ('SerialData' in message) return [];
    throw new CodecError('Neither an envelope nor a result');
  }
  // An answer to a command of ours, on the topic of the command.
  if (number(message.code) !== undefined) return [];
  if (silent.has(name)) return [];
  const firmware = string(message.bv);
  const status = {
    ...heard,
    kind: 'status' as const,
    online: true,
    ...(sentMs === null ? {} : { clockSkewMs: sentMs - arrival.atMs }),
    ...(firmware === undefined ? {} : { firmware }),
  };
  switch (name) {
    case 'ivs_result':
      return plate(payload ?? {}, options, arrival, true);
    case 'gpio_in':
      return presence(object(body?.AlarmGioIn) ?? {}, heard, options, arrival, memory);
    case 'barr_gate_status':
      return [{ ...heard, kind: 'barrier', lane: arrival.lane, state: barrier(body ?? {}) }];
    case 'keep_alive':
      return [status];
    case 'offline_record': {
      const pending = number(body?.offline_record);
      if (pending === undefined) throw new CodecError('offline_record without a count');
      return [{ ...status, pending }];
    }
    default:
      throw new CodecError('Not a message that this camera sends by itself');
  }
}

/** One pass. The preview (`quick_ivs_result`) stores nothing: the full result must not lose to it. */
function plate(
  payload: Json,
  { utcOffsetMinutes: offset }: Options,
  arrival: Arrival,
  encoded: boolean,
): Reading[] {
  const alarm = object(payload.AlarmInfoPlate);
  if (alarm && 'heartbeat' in alarm) {
    return [{ kind: 'status', device: arrival.device, atMs: arrival.atMs, online: true }];
  }
  const result = object(object(alarm?.result)?.PlateResult);
  if (!result) throw new CodecError('No PlateResult');
  const time = object(object(result.timeStamp)?.Timeval);
  // dec* is local wall time; sec is the epoch.
  const eventMs = secondsMs(number(time?.sec), number(time?.usec) ?? 0);
  const { device, lane, direction } = arrival;
  const atMs = plausibleMs(eventMs, arrival.atMs);
  const trigger = number(result.triggerType) ?? 0;
  const state = arm.get(trigger);
  if (state) return state === 'unknown' ? [] : [{ kind: 'barrier', device, atMs, lane, state }];
  if (noPass.has(trigger)) return [];
  const raw = typeof result.license === 'string' ? result.license : undefined;
  const license = encoded && raw !== undefined ? (base64Text(raw) ?? raw) : raw;
  const counter = string(result.plateid);
  const event =
    string(result.unique_id) ??
    (counter === undefined ? undefined : dailyEvent(counter, atMs, offset));
  return [
    {
      kind: 'passage',
      device,
      atMs,
      lane,
      direction,
      ...plateFields(license),
      result: 'unknown',
      ...(event === undefined ? {} : { event }),
      ...(number(result.isoffline) === 1 ? { replayed: true } : {}),
    },
  ];
}

/** 0 open contact, 1 closed contact, 2 a pulse: on and off again. */
function presence(
  alarm: Json,
  heard: { readonly device: string; readonly atMs: number },
  { inputs }: Options,
  { lane }: Arrival,
  memory: Memory,
): Reading[] {
  const trigger = object(object(alarm.result)?.TriggerResult);
  const source = number(trigger?.source);
  const value = number(trigger?.value);
  if (source === undefined || (value !== 0 && value !== 1 && value !== 2)) {
    throw new CodecError('An input without its number or value');
  }
  const input = inputs[source] ?? `in${source}`;
  if (input === 'open-limit' || input === 'closed-limit') {
    memory[input] = value === 1;
    const both = memory['open-limit'] === true && memory['closed-limit'] === true;
    const end = memory['open-limit'] === true ? 'open' : 'closed';
    const at = memory['open-limit'] === true || memory['closed-limit'] === true;
    const state = both ? 'fault' : at ? end : 'moving';
    return [{ ...heard, kind: 'barrier', lane, state }];
  }
  const one: PresenceReading = { ...heard, kind: 'presence', lane, input, occupied: value !== 0 };
  return value === 2 ? [one, { ...one, atMs: one.atMs + 1, occupied: false }] : [one];
}

function barrier(body: Json): BarrierReading['state'] {
  // Without its wire to the arm's controller the camera says 0, which is not "closed".
  if (number(body.connect_status) === 0 || number(body.enable) === 0) return 'unknown';
  const state = gateStatus[number(body.gate_status) ?? -1];
  if (!state) throw new CodecError('gate_status is none of 0, 1, 2');
  return state;
}

/** Name and payload of an envelope that says `reading`. */
function said(
  reading: Reading,
  { inputs }: Options,
  sn: string,
): { readonly name: string; readonly payload: Json } {
  const body = (name: string, content: Json) => ({
    name,
    payload: { type: name, body: content },
  });
  switch (reading.kind) {
    case 'passage':
      return { name: 'ivs_result', payload: recognition(reading, sn, toBase64) };
    case 'barrier': {
      if (reading.state === 'fault') {
        return { name: 'ivs_result', payload: recognition(reading, sn, toBase64) };
      }
      const connected = reading.state === 'unknown' ? 0 : 1;
      const index = gateStatus.indexOf(reading.state);
      return body('barr_gate_status', {
        connect_status: connected,
        enable: 1,
        gate_ctrl_id: 1,
        gate_status: Math.max(0, index),
      });
    }
    case 'presence': {
      const wired = Object.entries(inputs).find(([, name]) => name === reading.input)?.[0];
      const source = wired ?? /^in(\d)$/.exec(reading.input)?.[1];
      if (source === undefined) throw new CodecError('An input that is not wired');
      const result = { TriggerResult: { source: Number(source), value: reading.occupied ? 1 : 0 } };
      return body('gpio_in', { AlarmGioIn: { result, serialno: sn } });
    }
    case 'status':
      if (!reading.online) throw new CodecError('This camera has no last will');
      if (reading.pending === undefined) {
        const timestamp = Math.floor(reading.atMs / 1000);
        return { name: 'keep_alive', payload: { body: { timestamp } } };
      }
      return body('offline_record', { offline_record: reading.pending });
    default:
      throw new CodecError(`A plate camera says no ${reading.kind}`);
  }
}

function recognition(
  reading: PassageReading | BarrierReading,
  sn: string,
  written: (license: string) => string,
): Json {
  const passage = reading.kind === 'passage' ? reading : undefined;
  if (passage && passage.credential !== 'plate' && passage.credential !== 'none') {
    throw new CodecError(`A plate camera reads no ${passage.credential}`);
  }
  const event = passage?.event;
  const counter = event === undefined ? undefined : counterOf(event);
  const counted = counter !== undefined && counter !== event && /^\d{1,15}$/.test(counter);
  const license = written(passage?.plate ?? '_无_');
  const result = {
    ...(event === undefined ? {} : counted ? { plateid: Number(counter) } : { unique_id: event }),
    isoffline: passage?.replayed ? 1 : 0,
    license,
    confidence: passage?.plate === undefined ? 0 : 97,
    direction: 4,
    timeStamp: {
      Timeval: { sec: Math.floor(reading.atMs / 1000), usec: (reading.atMs % 1000) * 1000 },
    },
    triggerType: passage ? 8 : 78,
  };
  return { AlarmInfoPlate: { serialno: sn, result: { PlateResult: result } } };
}

/** As the plug-in of 2020: plain text, no envelope; it knew results and heartbeats only. */
function legacy(reading: Reading, sn: string): Json {
  if (reading.kind === 'passage') return recognition(reading, sn, (license) => license);
  if (reading.kind === 'status') return { AlarmInfoPlate: { serialno: sn, heartbeat: 1 } };
  throw new CodecError(`The old plug-in says no ${reading.kind}`);
}

/** Command name and body. Times are local, the plate is plain text here. */
function commanded(
  command: Command,
  { openRelay, pulseMs }: Options,
  offset: number,
): { readonly type: string; readonly body: Json } {
  const now = localText(command.atMs, offset);
  switch (command.kind) {
    case 'open':
      return { type: 'gpio_out', body: { delay: pulseMs, io: openRelay, value: 2 } };
    case 'time': {
      const [year, month, day, hour, min, sec] = now.split(/[- :]/);
      return { type: 'set_time', body: { year, month, day, hour, min, sec } };
    }
    case 'plate-add':
      return {
        type: 'white_list_operator',
        body: {
          operator_type: 'update_or_add',
          dldb_rec: {
            plate: command.plate,
            enable: 1,
            create_time: now,
            enable_time: `${now.slice(0, 10)} 00:00:00`,
            overdue_time: '2037-12-31 23:59:59',
            time_seg_enable: 0,
            seg_time_start: '00:00:00',
            seg_time_end: '23:59:59',
            need_alarm: 0,
          },
        },
      };
    case 'plate-remove':
      return {
        type: 'white_list_operator',
        body: { operator_type: 'delete', plate: command.plate },
      };
    case 'plate-list':
      return { type: 'white_list_operator', body: { operator_type: 'select' } };
  }
}
