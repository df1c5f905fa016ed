import { z } from 'zod';
import { checked } from './codec/checked.ts';
import { type Json, jsonBytes, jsonObject, number, object, string } from './codec/json.ts';
import { plateFields, plateOf } from './codec/plate.ts';
import { textOf, utf8 } from './codec/text.ts';
import { type Arrival, CodecError, defineDriver, type Sample } from './driver.ts';
import type { PassageReading, Reading } from './reading.ts';
import { plausibleMs } from './time.ts';

const Options = z.strictObject({
  prefix: z.string().min(1).max(64).default('frigate').describe("First level of Frigate's topics."),
  camera: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Only this camera; every one of them if absent.'),
});
type Options = z.infer<typeof Options>;

const vehicles: ReadonlyMap<string, PassageReading['vehicle']> = new Map([
  ['car', 'car'],
  ['truck', 'truck'],
  ['bus', 'bus'],
  ['motorcycle', 'motorcycle'],
  ['bicycle', 'bicycle'],
]);

/** Frigate with licence plate recognition on any RTSP camera: the open test rig. Faces are not read here. */
export const frigate = defineDriver<Options>({
  id: 'frigate',
  title: { zh: 'Frigate 车牌识别（开源）', en: 'Frigate plate recognition (open source)' },
  wire: 'mqtt',
  proven: 'manual',
  sources: [
    'docs.frigate.video/integrations/mqtt (events, tracked_object_update, available, stats)',
    'blakeblackshear/frigate: tests, discussion 20150',
  ],
  lacks: {
    zh: '停着不动的车不识别；先到的车牌为准，之后更正的不再采用。',
    en: 'Vehicles that stand still are not recognised; the first plate counts, a later correction does not.',
  },
  omits: ['passage.result', 'passage.replayed'],
  kinds: ['passage', 'status'],
  options: Options,

  topics: (_device, { prefix }) => ({
    publishes: [
      `${prefix}/events`,
      `${prefix}/tracked_object_update`,
      `${prefix}/available`,
      // Once a minute as a rule: all it says of itself while nobody passes.
      `${prefix}/stats`,
    ],
    subscribes: [],
  }),

  shared: {
    option: 'camera',
    name: ({ camera }) => camera,
    mine({ topic, body }, { prefix, camera }) {
      if (topic === `${prefix}/available` || topic === `${prefix}/stats`) return true;
      const message = jsonObject(body);
      if (message.type === 'face') return false;
      const said = string((object(message.after) ?? message).camera);
      return camera === undefined || said === camera;
    },
  },

  decode({ body }, options, arrival) {
    const { device, atMs } = arrival;
    const text = textOf(body).trim();
    if (text === 'online' || text === 'offline') {
      return checked([{ kind: 'status', device, atMs, online: text === 'online' }]);
    }
    const message = jsonObject(body);
    const after = object(message.after);
    if (after) return checked(message.type === 'end' ? ended(after, options, arrival) : []);
    if (message.type === 'lpr') return checked(update(message, options, arrival));
    if (number(object(message.service)?.uptime) !== undefined)
      return checked([{ kind: 'status', device, atMs, online: true }]);
    // Descriptions, faces, states: other updates of an object.
    if (string(message.type) !== undefined && string(message.id) !== undefined) return [];
    throw new CodecError('Neither an event nor an update of an object');
  },

  encode(reading, { prefix, camera = 'gate_in' }) {
    if (reading.kind === 'status') {
      return [{ topic: `${prefix}/available`, body: utf8(reading.online ? 'online' : 'offline') }];
    }
    if (reading.kind !== 'passage') throw new CodecError(`Frigate says no ${reading.kind}`);
    const { credential, plate, vehicle, event, atMs } = reading;
    if (event === undefined || (credential !== 'plate' && credential !== 'none')) {
      throw new CodecError('Frigate says plates, each with its id');
    }
    if (vehicle === undefined && plate !== undefined) {
      const said = { type: 'lpr', id: event, plate, camera, timestamp: atMs / 1000 };
      return [{ topic: `${prefix}/tracked_object_update`, body: jsonBytes(said) }];
    }
    const label = [...vehicles].find(([, one]) => one === vehicle)?.[0];
    if (label === undefined) throw new CodecError('Frigate tells no such vehicle');
    const after = {
      id: event,
      camera,
      label,
      false_positive: false,
      frame_time: atMs / 1000,
      ...(plate === undefined ? {} : { recognized_license_plate: plate }),
    };
    return [{ topic: `${prefix}/events`, body: jsonBytes({ type: 'end', before: after, after }) }];
  },

  get samples() {
    return samples;
  },
});

/** Both messages of a vehicle have its id: what is stored is one passage. */
function passage(
  message: Json,
  seconds: number | undefined,
  raw: string | undefined,
  vehicle: PassageReading['vehicle'],
  { device, atMs, lane, direction }: Arrival,
): Reading {
  const event = string(message.id);
  const saidMs = seconds === undefined ? null : Math.round(seconds * 1000);
  return {
    kind: 'passage',
    device,
    atMs: plausibleMs(saidMs, atMs),
    lane,
    direction,
    ...plateFields(raw),
    result: 'unknown',
    ...(vehicle === undefined ? {} : { vehicle }),
    ...(event === undefined ? {} : { event }),
  };
}

const isOther = (message: Json, { camera }: Options): boolean =>
  camera !== undefined && string(message.camera) !== camera;

/** The object has left the picture. */
function ended(after: Json, options: Options, arrival: Arrival): Reading[] {
  if (isOther(after, options) || after.false_positive === true) return [];
  const vehicle = vehicles.get(string(after.label) ?? '');
  // Persons, dogs, parcels.
  if (vehicle === undefined) return [];
  const seen = number(object(after.snapshot)?.frame_time) ?? number(after.frame_time);
  const raw = string(after.recognized_license_plate);
  return [passage(after, seen, raw, vehicle, arrival)];
}

function update(message: Json, options: Options, arrival: Arrival): Reading[] {
  const raw = string(message.plate);
  if (isOther(message, options) || plateOf(raw) === undefined) return [];
  return [passage(message, number(message.timestamp), raw, undefined, arrival)];
}

const atMs = 1773618130000;
const arrival = { device: 'fr-1', lane: 'in-1', atMs: atMs + 9500, direction: 'in' } as const;
const pass = {
  kind: 'passage',
  ...arrival,
  credential: 'plate',
  plate: '浙A8T3K6',
  result: 'unknown',
  event: '1773618129.475377-mxklsc',
} as const;
const samples: readonly Sample[] = [
  {
    note: 'a plate while the car is still in the picture',
    file: 'gate/frigate-tracked_object_update-lpr.json',
    topic: 'frigate/tracked_object_update',
    arrival,
    readings: [{ ...pass, atMs: 1773618130748 }],
  },
  {
    note: 'the end of the same car: the same event',
    file: 'gate/frigate-events-lpr.json',
    topic: 'frigate/events',
    options: { camera: 'gate_in' },
    arrival,
    readings: [{ ...pass, atMs: 1773618130975, vehicle: 'car' }],
  },
  {
    note: 'another camera of the same Frigate',
    file: 'gate/frigate-events-lpr.json',
    options: { camera: 'gate_out' },
    readings: [],
  },
  {
    note: 'a face is not read here, name and all',
    file: 'face/frigate-tracked_object_update-face.json',
    topic: 'frigate/tracked_object_update',
    readings: [],
  },
  {
    note: 'its last will',
    text: 'offline',
    topic: 'frigate/available',
    arrival,
    readings: [{ kind: 'status', device: 'fr-1', atMs: arrival.atMs, online: false }],
  },
  {
    note: 'its statistics, each minute: it is there',
    text: '{"cameras":{},"detectors":{},"service":{"uptime":86400,"version":"0.15.0"}}',
    topic: 'frigate/stats',
    arrival,
    readings: [{ kind: 'status', device: 'fr-1', atMs: arrival.atMs, online: true }],
  },
  { note: 'something else', text: '{"type":"lpr"', refused: 'JSON' },
];
