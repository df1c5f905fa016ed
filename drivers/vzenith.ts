import { checked } from './codec/checked.ts';
import { dailyEvent } from './codec/event.ts';
import { inputReadings } from './codec/inputs.ts';
import { type Json, jsonBytes, jsonObject, number, object, objects, string } from './codec/json.ts';
import { plateFields } from './codec/plate.ts';
import { base64Text } from './codec/text.ts';
import {
  gateStatus,
  VzenithOptions,
  vzenithCommand,
  vzenithLegacy,
  vzenithSaid,
} from './codec/vzenith-said.ts';
import { secondsMs } from './codec/when.ts';
import { type Arrival, CodecError, defineDriver, type Memory } from './driver.ts';
import type { BarrierReading, Reading } from './reading.ts';
import { plausibleMs } from './time.ts';
import { vzenithSamples } from './vzenith-samples.ts';

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
export const vzenith = defineDriver<VzenithOptions>({
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
  options: VzenithOptions,

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

  shared: {
    option: 'sn',
    name: ({ sn }, device) => (sn ?? device).toLowerCase(),
    mine: ({ body }, { sn }, device) =>
      serialOf(jsonObject(body))?.toLowerCase() === (sn ?? device).toLowerCase(),
  },

  decode({ body }, options, arrival, memory) {
    const message = jsonObject(body);
    sameDevice(message, options);
    return checked(readingsOf(message, options, arrival, memory));
  },

  encode(reading, options) {
    const { sn = reading.device, layout } = options;
    if (layout === 'legacy')
      return [{ topic: legacyTopic, body: jsonBytes(vzenithLegacy(reading, sn)) }];
    const { name, payload } = vzenithSaid(reading, options, sn);
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
    const { type, body } = vzenithCommand(command, options, offset);
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
const serialOf = (message: Json): string | undefined =>
  string(message.sn) ?? string(object(message.AlarmInfoPlate)?.serialno);

function sameDevice(message: Json, { sn }: VzenithOptions): void {
  const serial = serialOf(message);
  if (sn === undefined || serial === undefined) return;
  if (serial.toLowerCase() !== sn.toLowerCase()) {
    throw new CodecError('The serial number is not the one that is configured');
  }
}

function readingsOf(
  message: Json,
  options: VzenithOptions,
  arrival: Arrival,
  memory: Memory,
): Reading[] {
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
  { utcOffsetMinutes: offset }: VzenithOptions,
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
  { inputs }: VzenithOptions,
  { lane }: Arrival,
  memory: Memory,
): Reading[] {
  const trigger = object(object(alarm.result)?.TriggerResult);
  const source = number(trigger?.source);
  const value = number(trigger?.value);
  if (source === undefined || (value !== 0 && value !== 1 && value !== 2)) {
    throw new CodecError('An input without its number or value');
  }
  const at = { ...heard, lane };
  const on = inputReadings([[source, value !== 0]], inputs, at, memory);
  if (value !== 2) return on;
  const later = { ...at, atMs: at.atMs + 1 };
  return [...on, ...inputReadings([[source, false]], inputs, later, memory)];
}

function barrier(body: Json): BarrierReading['state'] {
  // Without its wire to the arm's controller the camera says 0, which is not "closed".
  if (number(body.connect_status) === 0 || number(body.enable) === 0) return 'unknown';
  const state = gateStatus[number(body.gate_status) ?? -1];
  if (!state) throw new CodecError('gate_status is none of 0, 1, 2');
  return state;
}
