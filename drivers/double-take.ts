import { z } from 'zod';
import { accessEvent, personalError } from './codec/access-event.ts';
import type { Allowed } from './codec/allow-list.ts';
import { checked } from './codec/checked.ts';
import { jsonBytes, jsonObject, object, string } from './codec/json.ts';
import { isoMs } from './codec/when.ts';
import { CodecError, defineDriver, type Sample } from './driver.ts';
import { plausibleMs } from './time.ts';

const Options = z.strictObject({
  camera: z.string().min(1).max(64).optional().describe('Camera in its topic; the id if absent.'),
});

/** All that is looked at; no name, picture file, box or confidence. */
const allowed: Allowed = { id: true, timestamp: true, camera: true, match: { match: true } };

/** Double Take in front of CompreFace. `double-take/matches/{name}` has a name in its topic and is not taken. */
export const doubleTake = defineDriver<z.infer<typeof Options>>({
  id: 'double-take',
  title: { zh: 'Double Take 人脸识别（开源）', en: 'Double Take face recognition (open source)' },
  wire: 'mqtt',
  proven: 'manual',
  personal: true,
  sources: ['jakowenko/double-take README.md'],
  lacks: {
    zh: '没有心跳；不知道是否放行，只知道是否认识；以姓名为主题的消息不接收。',
    en: 'No heartbeat. Tells whether it knows a face, not whether anybody was let in; topics that hold a name are not taken.',
  },
  omits: ['passage.replayed'],
  kinds: ['passage'],
  options: Options,

  topics: (device, { camera = device }) => ({
    publishes: [`double-take/cameras/${camera}`],
    subscribes: [],
  }),

  decode({ body }, { camera }, { device, atMs, lane, direction }, memory) {
    const message = accessEvent(jsonObject(body), allowed, memory);
    if (!message) return [];
    const matched = object(message.match)?.match;
    if (typeof matched !== 'boolean') throw personalError('Not a match');
    if (camera !== undefined && string(message.camera) !== camera) return [];
    const event = string(message.id);
    return checked([
      {
        kind: 'passage',
        device,
        atMs: plausibleMs(isoMs(string(message.timestamp), 0), atMs),
        lane,
        direction,
        credential: 'face',
        result: matched ? 'registered' : 'unknown',
        ...(event === undefined ? {} : { event }),
      },
    ]);
  },

  encode(reading, { camera = reading.device }) {
    if (reading.kind !== 'passage') throw new CodecError(`It says no ${reading.kind}`);
    const { credential, result, plate, vehicle, event: id } = reading;
    const known = result === 'registered' || result === 'unknown';
    if (credential !== 'face' || !known || plate !== undefined || vehicle !== undefined) {
      throw new CodecError(`It does not say ${credential} ${result}`);
    }
    const timestamp = new Date(reading.atMs).toISOString();
    const message = { id, timestamp, camera, match: { match: result === 'registered' } };
    return [{ topic: `double-take/cameras/${camera}`, body: jsonBytes(message) }];
  },

  get samples() {
    return samples;
  },
});

const arrival = {
  device: 'dt-1',
  lane: 'door-1',
  direction: 'in',
  atMs: 1773618131000,
} as const;
const samples: readonly Sample[] = [
  {
    note: 'a match, without its name',
    file: 'face/double-take-match.json',
    topic: 'double-take/cameras/gate_pedestrian',
    options: { camera: 'gate_pedestrian' },
    arrival,
    readings: [
      {
        kind: 'passage',
        ...arrival,
        atMs: 1773618130030,
        credential: 'face',
        result: 'registered',
        event: '1773618130.684285-5l9hw6',
      },
    ],
  },
  { note: 'no match at all', text: '{"id":"1"}', refused: 'Not a match' },
];
