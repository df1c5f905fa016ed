import { z } from 'zod';
import { accessEvent, personalError } from './codec/access-event.ts';
import type { Allowed } from './codec/allow-list.ts';
import { checked } from './codec/checked.ts';
import { jsonBytes, jsonObject, number, string } from './codec/json.ts';
import { CodecError, defineDriver, type Sample } from './driver.ts';
import { plausibleMs } from './time.ts';

const Options = z.strictObject({
  prefix: z.string().min(1).max(64).default('frigate').describe("First level of Frigate's topics."),
  camera: z.string().min(1).max(64).optional().describe('Only this camera; every one if absent.'),
});

/** All that is looked at; of the name only whether there is one. */
const allowed: Allowed = { type: true, id: true, camera: true, timestamp: true };

/** Frigate with face recognition. The name crosses the broker: enrol pseudonyms. */
export const frigateFace = defineDriver<z.infer<typeof Options>>({
  id: 'frigate-face',
  title: { zh: 'Frigate 人脸识别（开源）', en: 'Frigate face recognition (open source)' },
  wire: 'mqtt',
  proven: 'manual',
  personal: true,
  sources: ['docs.frigate.video/integrations/mqtt (tracked_object_update, type face)'],
  lacks: {
    zh: '没有心跳；不知道是否放行，只知道是否认识；姓名不读。',
    en: 'No heartbeat. Tells whether it knows a face, not whether anybody was let in; names are not read.',
  },
  omits: ['passage.replayed'],
  kinds: ['passage'],
  options: Options,

  topics: (_device, { prefix }) => ({
    publishes: [`${prefix}/tracked_object_update`],
    subscribes: [],
  }),

  shared: {
    option: 'camera',
    name: ({ camera }) => camera,
    mine({ body }, { camera }) {
      const message = jsonObject(body);
      return message.type === 'face' && (camera === undefined || string(message.camera) === camera);
    },
  },

  decode({ body }, { camera }, { device, atMs, lane, direction }, memory) {
    const source = jsonObject(body);
    const known = string(source.name) !== undefined;
    const message = accessEvent(source, allowed, memory);
    if (!message) return [];
    if (string(message.type) === undefined) throw personalError('Not an update of an object');
    const other = camera !== undefined && string(message.camera) !== camera;
    if (message.type !== 'face' || other) return [];
    const seconds = number(message.timestamp);
    const event = string(message.id);
    return checked([
      {
        kind: 'passage',
        device,
        atMs: plausibleMs(seconds === undefined ? null : Math.round(seconds * 1000), atMs),
        lane,
        direction,
        credential: 'face',
        result: known ? 'registered' : 'unknown',
        ...(event === undefined ? {} : { event }),
      },
    ]);
  },

  encode(reading, { prefix, camera = 'gate_pedestrian' }) {
    if (reading.kind !== 'passage') throw new CodecError(`Frigate says no ${reading.kind}`);
    const { credential, result, plate, vehicle, event } = reading;
    const known = result === 'registered' || result === 'unknown';
    if (credential !== 'face' || !known || plate !== undefined || vehicle !== undefined) {
      throw new CodecError(`It does not say ${credential} ${result}`);
    }
    const name = result === 'registered' ? 'enrolled' : null;
    const message = { type: 'face', id: event, name, camera, timestamp: reading.atMs / 1000 };
    return [{ topic: `${prefix}/tracked_object_update`, body: jsonBytes(message) }];
  },

  get samples() {
    return samples;
  },
});

const arrival = {
  device: 'ff-1',
  lane: 'door-1',
  direction: 'in',
  atMs: 1773618131000,
} as const;
const samples: readonly Sample[] = [
  {
    note: 'a face that it knows: not whose',
    file: 'face/frigate-tracked_object_update-face.json',
    topic: 'frigate/tracked_object_update',
    arrival,
    readings: [
      {
        kind: 'passage',
        ...arrival,
        atMs: 1773618130748,
        credential: 'face',
        result: 'registered',
        event: '1773618130.475377-abcdef',
      },
    ],
  },
  {
    note: 'a plate is not read here',
    file: 'gate/frigate-tracked_object_update-lpr.json',
    readings: [],
  },
  { note: 'something else', text: '{"id":"1"}', refused: 'Not an update' },
];
