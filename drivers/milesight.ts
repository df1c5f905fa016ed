import { z } from 'zod';
import { checked } from './codec/checked.ts';
import { jsonBytes, jsonObject, number, object } from './codec/json.ts';
import { CodecError, defineDriver, type Sample } from './driver.ts';
import { plausibleMs } from './time.ts';

const Options = z.strictObject({
  topic: z.string().max(128).optional().describe('Its topic; milesight/{device} if absent.'),
});

/** Milesight cameras. Of their MQTT only the snapshot is public: it shows that the camera is there. */
export const milesight = defineDriver<z.infer<typeof Options>>({
  id: 'milesight',
  title: { zh: '星纵（Milesight）相机', en: 'Milesight camera' },
  wire: 'mqtt',
  proven: 'manual',
  sources: ["the maker's support pages (snapshot over MQTT; ms and s in one message)"],
  lacks: {
    zh: '公开资料只有抓拍消息，没有车牌结果；目前只能看出相机是否在线。',
    en: 'Only its snapshots are public, no plate results: for now it tells that the camera is there.',
  },
  kinds: ['status'],
  options: Options,

  topics: (device, { topic }) => ({ publishes: [topic ?? `milesight/${device}`], subscribes: [] }),

  decode({ body }, _options, { device, atMs }) {
    const message = jsonObject(body);
    const values = object(message.values);
    if (!values) throw new CodecError('A snapshot without values');
    // `ts` in ms, `values.time` in s. The picture is not looked at.
    const seconds = number(values.time);
    const saidMs = number(message.ts) ?? (seconds === undefined ? undefined : seconds * 1000);
    const skew = saidMs === undefined ? {} : { clockSkewMs: saidMs - atMs };
    return checked([
      { kind: 'status', device, atMs: plausibleMs(saidMs, atMs), online: true, ...skew },
    ]);
  },

  encode(reading, { topic }) {
    if (reading.kind !== 'status' || !reading.online)
      throw new CodecError('It says snapshots only');
    const values = { devName: reading.device, time: Math.floor(reading.atMs / 1000) };
    return [
      {
        topic: topic ?? `milesight/${reading.device}`,
        body: jsonBytes({ ts: reading.atMs, values }),
      },
    ];
  },

  get samples() {
    return samples;
  },
});

const samples: readonly Sample[] = [
  {
    note: 'a snapshot: the camera is there; the picture is let go',
    file: 'gate/milesight-mqtt-snapshot.json',
    arrival: { device: 'ms-1', atMs: 1773618130500 },
    readings: [
      { kind: 'status', device: 'ms-1', atMs: 1773618130000, online: true, clockSkewMs: -500 },
    ],
  },
  { note: 'something else', text: '{"ts":1773618130000}', refused: 'without values' },
];
