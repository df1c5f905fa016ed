import { z } from 'zod';
import { checked } from './codec/checked.ts';
import { formBytes, formFields, formType } from './codec/form.ts';
import { jsonBytes, number } from './codec/json.ts';
import { plateFields } from './codec/plate.ts';
import { secondsMs } from './codec/when.ts';
import { CodecError, defineDriver, type Sample } from './driver.ts';
import type { PassageReading } from './reading.ts';
import { plausibleMs } from './time.ts';

const Options = z.strictObject({});

const vehicles: ReadonlyArray<readonly [RegExp, PassageReading['vehicle'], string]> = [
  [/小型|轿车/, 'car', '小型车'],
  [/货/, 'truck', '货车'],
  [/客|公交/, 'bus', '客车'],
  [/摩托/, 'motorcycle', '摩托车'],
];

/** Plate cameras of Huaxia, HTTP form. Their MQTT topics are not public: no driver from guesses. */
export const huaxia = defineDriver<z.infer<typeof Options>>({
  id: 'huaxia',
  title: { zh: '华夏智信车牌识别相机', en: 'Huaxia plate camera' },
  wire: 'http',
  proven: 'manual',
  sources: [
    'a public C# client and a Django receiver of the form',
    'blog.sdlinka.com/4565.html: change log of the MQTT text V1.15',
    "a public client of the vendor's library (GBK texts)",
  ],
  lacks: {
    zh: '不能开闸；没有事件编号；不报名单和杆位；MQTT 方式没有公开资料。',
    en: 'It does not open. No id of an event, no list, no position of the arm; its MQTT is not public.',
  },
  omits: ['passage.event', 'passage.result'],
  kinds: ['passage', 'status'],
  options: Options,

  decode({ body }, _options, { device, atMs, lane, direction }) {
    const fields = formFields(body);
    const type = fields.get('type');
    if (type === 'heartbeat') return checked([{ kind: 'status', device, atMs, online: true }]);
    if (type !== 'online' && type !== 'offline') {
      throw new CodecError('type is none of online, offline, heartbeat');
    }
    const startMs = secondsMs(number(fields.get('start_time')));
    if (!fields.has('plate_num') && startMs === null) {
      throw new CodecError('A recognition without plate and time');
    }
    const written = fields.get('vehicle_type') ?? '';
    const vehicle = vehicles.find(([name]) => name.test(written))?.[1];
    return checked([
      {
        kind: 'passage',
        device,
        atMs: plausibleMs(startMs, atMs),
        lane,
        direction,
        ...plateFields(fields.get('plate_num')),
        result: 'unknown',
        ...(vehicle === undefined ? {} : { vehicle }),
        ...(type === 'offline' ? { replayed: true } : {}),
      },
    ]);
  },

  encode(reading) {
    const say = (fields: Readonly<Record<string, string | undefined>>) => [
      { body: formBytes({ ...fields, cam_id: reading.device }), contentType: formType },
    ];
    if (reading.kind === 'status' && reading.online) return say({ type: 'heartbeat' });
    if (reading.kind !== 'passage') throw new CodecError(`A plate camera says no ${reading.kind}`);
    const { credential, plate, vehicle, replayed } = reading;
    const written = vehicles.find(([, one]) => one === vehicle)?.[2];
    const odd = credential !== 'plate' && credential !== 'none';
    if (odd || (vehicle !== undefined && written === undefined)) {
      throw new CodecError(`A plate camera tells no ${credential}, or not this vehicle`);
    }
    return say({
      type: replayed ? 'offline' : 'online',
      plate_num: plate ?? '无牌车',
      start_time: String(Math.floor(reading.atMs / 1000)),
      vehicle_type: written,
    });
  },

  // With a length, neither chunked nor compressed: the camera understands nothing else.
  reply: () => ({
    body: jsonBytes({ error_num: 0, error_str: '' }),
    contentType: 'application/json',
  }),

  get samples() {
    return samples;
  },
});

const atMs = 1773618130000;
const arrival = { device: 'hx-1', lane: 'in-1', atMs: atMs + 300, direction: 'in' } as const;
const pass = {
  kind: 'passage',
  ...arrival,
  atMs,
  credential: 'plate',
  plate: '浙A8T3K6',
  result: 'unknown',
  vehicle: 'car',
} as const;
const samples: readonly Sample[] = [
  {
    note: 'a recognition with pictures in a base64 of its own',
    file: 'gate/huaxia-online.form.txt',
    contentType: formType,
    arrival,
    readings: [pass],
  },
  {
    note: 'a stored one in GBK',
    file: 'gate/huaxia-offline-gbk.form.txt',
    contentType: formType,
    arrival,
    readings: [{ ...pass, atMs: atMs - 2_700_000, replayed: true }],
  },
  {
    note: 'a heartbeat',
    file: 'gate/huaxia-heartbeat.form.txt',
    contentType: formType,
    arrival,
    readings: [{ kind: 'status', device: 'hx-1', atMs: atMs + 300, online: true }],
  },
  {
    note: 'a badly formed body, of which the plate and the time can be read',
    text: 'type=online&&=x&plate_num=%E6%B5%99A8T3K6&start_time=1773618130&picture=%zz%4',
    arrival,
    readings: [
      {
        kind: 'passage',
        ...arrival,
        atMs,
        credential: 'plate',
        plate: '浙A8T3K6',
        result: 'unknown',
      },
    ],
  },
  { note: 'neither plate nor time', text: 'type=online&plate_color=1', refused: 'without plate' },
  { note: 'an answer of ours', file: 'gate/huaxia-response.json', refused: 'Not a form' },
];
