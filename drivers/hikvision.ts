import { z } from 'zod';
import { guarded } from './codec/access-event.ts';
import { checked } from './codec/checked.ts';
import { hikvisionAccess, hikvisionAccessMessage } from './codec/hikvision-access.ts';
import { type Json, jsonObject, number, object, string } from './codec/json.ts';
import { isMultipart, multipart, toMultipart } from './codec/multipart.ts';
import { plateFields } from './codec/plate.ts';
import { isoMs, utcOffsetMinutes, zonedText } from './codec/when.ts';
import { xmlBytes, xmlDocument } from './codec/xml.ts';
import { type Arrival, CodecError, defineDriver, type Memory, type Message } from './driver.ts';
import { hikvisionSamples } from './hikvision-samples.ts';
import type { BarrierReading, PassageReading, Reading } from './reading.ts';
import { plausibleMs } from './time.ts';

const Options = z.strictObject({
  channel: z.int().min(1).max(64).default(1).describe('Channel of the barrier in the camera.'),
  stream: z
    .boolean()
    .default(false)
    .describe('Ask for the alert stream; else the camera pushes to us (httpHosts).'),
  barrier: z.boolean().default(false).describe("Ask for the barrier's position, too."),
  utcOffsetMinutes,
});
type Options = z.infer<typeof Options>;

const schema = ' version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema"';
const boundary = '---------------------------7e13971310878';
/** barrierGateStatus: 0 no signal of its position, 1 down, 2 up. */
const positions: readonly BarrierReading['state'][] = ['unknown', 'closed', 'open'];
const lists: ReadonlyArray<readonly [RegExp, PassageReading['result']]> = [
  [/^(?:allow|white)/i, 'registered'],
  [/^(?:block|black)/i, 'rejected'],
  [/^(?:temporary|other)/i, 'visitor'],
];
const listNames = { registered: 'allowList', rejected: 'blockList', visitor: 'temporary' } as const;
const vehicles: ReadonlyMap<string, PassageReading['vehicle']> = new Map([
  ['vehicle', 'car'],
  ['SUVMPV', 'car'],
  ['smallCar', 'car'],
  ['truck', 'truck'],
  ['buggyCar', 'truck'],
  ['pickupTruck', 'truck'],
  ['largeBus', 'bus'],
  ['mediumBus', 'bus'],
  ['twoWheelVehicle', 'motorcycle'],
  ['pedestrian', 'person'],
]);

/** Hikvision cameras and terminals over ISAPI: pushed to the listener, or from the alert stream. */
export const hikvision = defineDriver<Options>({
  id: 'hikvision',
  title: { zh: '海康威视相机与门禁（ISAPI）', en: 'Hikvision camera or terminal (ISAPI)' },
  wire: 'http',
  proven: 'manual',
  sources: [
    'HCNetSDK guide, XML_EventNotificationAlert_ANPR; ISAPI AccessControllerEvent',
    'a mock of a Chinese camera, a Java sample (colour before the plate), an integration measured on site',
    'home-assistant/core 82767 and 43880, node-red-contrib-hikvision-ultimate 83 and 105 (stream, heartbeat)',
    'Hikvision-Addons 177 (doors)',
  ],
  lacks: {
    zh: '锁定时开闸也回“成功”；很多型号没有杆位信号。司机、安全带等字段一律不读。',
    en: 'It answers "OK" to an opening even while the barrier is locked; many models have no position signal. Driver and belts are never read.',
  },
  kinds: ['passage', 'barrier', 'status'],
  options: Options,

  decode(message, options, arrival, memory) {
    const read = (body: Uint8Array) => documentReadings(body, options, arrival, memory);
    return guarded(message.body, () => checked(documents(message).flatMap(read)));
  },

  encode(reading, { utcOffsetMinutes: offset }) {
    if (reading.kind === 'barrier') {
      const index = positions.indexOf(reading.state);
      if (index < 0) throw new CodecError(`This barrier does not tell ${reading.state}`);
      return [
        push(
          xmlBytes('BarrierGateStatus', { barrierGateStatus: index }, schema),
          'application/xml',
        ),
      ];
    }
    if (reading.kind === 'status') {
      if (!reading.online) throw new CodecError('It cannot say that it is gone');
      const heartbeat = {
        dateTime: zonedText(reading.atMs, offset),
        activePostCount: 0,
        eventType: 'videoloss',
        eventState: 'inactive',
      };
      return [push(xmlBytes('EventNotificationAlert', heartbeat, schema), 'application/xml')];
    }
    if (reading.kind !== 'passage') throw new CodecError(`A camera says no ${reading.kind}`);
    if (reading.credential !== 'plate' && (reading.credential !== 'none' || reading.vehicle)) {
      return [hikvisionAccessMessage(reading, offset)];
    }
    const xml = xmlBytes('EventNotificationAlert', recognition(reading, offset), schema);
    const body = toMultipart(boundary, [{ type: 'application/xml', name: 'anpr.xml', body: xml }]);
    return [push(body, `multipart/form-data; boundary=${boundary}`)];
  },

  // Exactly 200 with a length of 0, or some firmware sends the event again: what the wire says by itself.
  reply: () => null,

  command({ kind }, { channel }) {
    if (kind !== 'open') return null;
    return [
      {
        method: 'PUT',
        topic: `/ISAPI/Parking/channels/${channel}/barrierGate`,
        contentType: 'application/xml',
        body: new TextEncoder().encode(
          '<BarrierGate>\n<ctrlMode>open</ctrlMode>\n</BarrierGate>\n',
        ),
      },
    ];
  },

  answer({ body }) {
    if (!/^\s*</.test(new TextDecoder('latin1').decode(body.subarray(0, 40)))) return null;
    const { root, content } = xmlDocument(body);
    if (root !== 'ResponseStatus') return null;
    // 1 is OK, also while the barrier is locked and nothing moves.
    const accepted = number(content.statusCode) === 1;
    const reason = `status ${number(content.statusCode) ?? 'unknown'}`;
    return { id: null, result: accepted ? 'accepted' : 'refused', ...(accepted ? {} : { reason }) };
  },

  polls: ({ stream, barrier, channel }) => [
    ...(stream
      ? [{ wire: 'http' as const, path: '/ISAPI/Event/notification/alertStream', stream: true }]
      : []),
    ...(barrier
      ? [
          {
            wire: 'http' as const,
            path: `/ISAPI/Parking/channels/${channel}/barrierGate/barrierGateStatus`,
          },
        ]
      : []),
  ],

  samples: hikvisionSamples,
});

const push = (body: Uint8Array, contentType: string): Message => ({ body, contentType });

/** The texts of a message: itself, or the parts of it that are no pictures. Names of parts differ by firmware. */
function documents({ body, contentType }: Message): readonly Uint8Array[] {
  if (!isMultipart(body, contentType)) return [body];
  const texts = multipart(body, contentType)
    .filter(({ headers }) => !/image\//i.test(headers['content-type'] ?? ''))
    .map((part) => part.body)
    .filter((text) => /^[\s\0]*[<{]/.test(new TextDecoder('latin1').decode(text.subarray(0, 16))));
  if (texts.length === 0) throw new CodecError('Multipart without a text');
  return texts;
}

function documentReadings(
  body: Uint8Array,
  options: Options,
  arrival: Arrival,
  memory: Memory,
): Reading[] {
  const offset = options.utcOffsetMinutes;
  if (/^[\s\0]*\{/.test(new TextDecoder('latin1').decode(body.subarray(0, 16)))) {
    return hikvisionAccess(jsonObject(body), offset, arrival, memory);
  }
  const { root, content } = xmlDocument(body);
  const { device, lane } = arrival;
  switch (root) {
    case 'EventNotificationAlert':
      return event(content, offset, arrival);
    case 'BarrierGateStatus': {
      const state = positions[number(content.barrierGateStatus) ?? -1];
      if (!state) throw new CodecError('barrierGateStatus is none of 0, 1, 2');
      return [{ kind: 'barrier', device, atMs: arrival.atMs, lane, state }];
    }
    case 'ResponseStatus':
      return [];
    default:
      throw new CodecError('Not a document that a camera sends');
  }
}

function event(alert: Json, offset: number, arrival: Arrival): Reading[] {
  const type = string(alert.eventType)?.toLowerCase();
  if (type === undefined) throw new CodecError('An event without eventType');
  const saidMs = isoMs(string(alert.dateTime), offset);
  const { device, lane, direction } = arrival;
  const atMs = plausibleMs(saidMs, arrival.atMs);
  if (type === 'videoloss' && string(alert.eventState)?.toLowerCase() === 'inactive') {
    const skew = saidMs === null ? {} : { clockSkewMs: saidMs - arrival.atMs };
    return [{ kind: 'status', device, atMs, online: true, ...skew }];
  }
  // Motion, tampering and the like.
  if (type !== 'anpr') return [];
  const anpr = object(alert.ANPR);
  if (!anpr) throw new CodecError('An ANPR event without ANPR');
  const list = string(anpr.vehicleListName) ?? string(anpr.listType) ?? '';
  const vehicle = vehicles.get(string(anpr.vehicleType) ?? '');
  const id = string(alert.UUID);
  const again = string(alert.isDataRetransmission) === 'true' || number(anpr.alarmDataType) === 1;
  return [
    {
      kind: 'passage',
      device,
      atMs,
      lane,
      direction,
      // originalLicensePlate has no colour character; older firmware lacks it.
      ...plateFields(string(anpr.originalLicensePlate) ?? string(anpr.licensePlate)),
      result: lists.find(([name]) => name.test(list))?.[1] ?? 'unknown',
      ...(vehicle === undefined ? {} : { vehicle }),
      ...(id === undefined ? {} : { event: id }),
      ...(again ? { replayed: true } : {}),
    },
  ];
}

function recognition(reading: PassageReading, offset: number): Json {
  const { plate, result, vehicle, event: id, replayed = false } = reading;
  const type = [...vehicles].find(([, one]) => one === vehicle)?.[0];
  if (vehicle !== undefined && type === undefined) {
    throw new CodecError(`A camera does not tell a ${vehicle}`);
  }
  return {
    dateTime: zonedText(reading.atMs, offset),
    activePostCount: 1,
    eventType: 'ANPR',
    eventState: 'active',
    ANPR: {
      licensePlate: plate === undefined ? '无牌车' : `蓝${plate}`,
      direction: 'forward',
      ...(type === undefined ? {} : { vehicleType: type }),
      alarmDataType: replayed ? 1 : 0,
      ...(plate === undefined ? {} : { originalLicensePlate: plate }),
      ...(result === 'unknown' ? {} : { listType: listNames[result] }),
    },
    UUID: id,
    isDataRetransmission: replayed,
  };
}
