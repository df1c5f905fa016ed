import { z } from 'zod';
import { checked } from './codec/checked.ts';
import { jsonBytes, jsonObject, number, object, objects, string } from './codec/json.ts';
import { isMultipart, multipart } from './codec/multipart.ts';
import { plateFields } from './codec/plate.ts';
import { isoMs } from './codec/when.ts';
import { CodecError, defineDriver, type Sample } from './driver.ts';
import type { PassageReading } from './reading.ts';
import { plausibleMs } from './time.ts';

const Options = z.strictObject({
  minScore: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('Plates of a lower score count as not read, 0 to 1.'),
});

const vehicles: ReadonlyArray<readonly [RegExp, PassageReading['vehicle'], string]> = [
  [/^(?:Sedan|SUV|Van|Car)$/i, 'car', 'Sedan'],
  [/Truck$/i, 'truck', 'Big Truck'],
  [/^Bus$/i, 'bus', 'Bus'],
  [/^Motorcycle$/i, 'motorcycle', 'Motorcycle'],
];

/** Plate Recognizer Stream, by its web hook: a rig for cameras without recognition of their own. */
export const platerecognizer = defineDriver<z.infer<typeof Options>>({
  id: 'platerecognizer',
  title: { zh: 'Plate Recognizer 车牌识别', en: 'Plate Recognizer Stream' },
  wire: 'http',
  proven: 'manual',
  sources: [
    'guides.platerecognizer.com/docs/stream/results',
    'gist danleyb2/6d2220c1eae6d9b57a9d246df873dcb7 (a receiver)',
  ],
  lacks: {
    zh: '没有心跳；没有事件编号、名单和补传标志。',
    en: 'No heartbeat, no id of an event, no list, no replay flag.',
  },
  omits: ['passage.event', 'passage.result', 'passage.replayed'],
  kinds: ['passage'],
  options: Options,

  decode({ body, contentType }, { minScore }, { device, atMs, lane, direction }) {
    // With pictures the JSON is one part of several.
    const part = isMultipart(body, contentType)
      ? multipart(body, contentType).find(({ headers }) =>
          /name="?json"?/i.test(headers['content-disposition'] ?? ''),
        )?.body
      : body;
    if (!part) throw new CodecError('Multipart without json');
    const data = object(jsonObject(part).data);
    if (!data) throw new CodecError('No data of a recognition');
    const saidMs = isoMs(string(data.timestamp) ?? string(data.timestamp_local), 0);
    return checked(
      objects(data.results).map((result) => {
        const type = string(object(result.vehicle)?.type) ?? '';
        const vehicle = vehicles.find(([name]) => name.test(type))?.[1];
        const sure = (number(result.score) ?? 1) >= minScore;
        return {
          kind: 'passage' as const,
          device,
          atMs: plausibleMs(saidMs, atMs),
          lane,
          direction,
          ...plateFields(sure ? string(result.plate) : undefined),
          result: 'unknown' as const,
          ...(vehicle === undefined ? {} : { vehicle }),
        };
      }),
    );
  },

  encode(reading) {
    if (reading.kind !== 'passage') throw new CodecError(`It says no ${reading.kind}`);
    const { credential, plate, vehicle, atMs } = reading;
    const type = vehicles.find(([, one]) => one === vehicle)?.[2];
    const odd = credential !== 'plate' && credential !== 'none';
    if (odd || (vehicle !== undefined && type === undefined)) {
      throw new CodecError(`It says no ${credential}, or not this vehicle`);
    }
    const result = {
      plate: plate?.toLowerCase() ?? '',
      score: 0.94,
      ...(type === undefined ? {} : { vehicle: { type } }),
    };
    const data = { timestamp: new Date(atMs).toISOString(), results: [result] };
    const content = { hook: { event: 'recognition' }, data };
    return [{ body: jsonBytes(content), contentType: 'application/json' }];
  },

  get samples() {
    return samples;
  },
});

const arrival = { device: 'pr-1', lane: 'in-1', direction: 'in', atMs: 1773618131000 } as const;
const samples: readonly Sample[] = [
  {
    note: 'a recognition: lower case, UTC with microseconds',
    file: 'gate/platerecognizer-stream-webhook.json',
    arrival,
    readings: [
      {
        kind: 'passage',
        ...arrival,
        atMs: 1773618130606,
        credential: 'plate',
        plate: '浙A8T3K6',
        result: 'unknown',
        vehicle: 'car',
      },
    ],
  },
  {
    note: 'the same beside a picture',
    text: '--x\r\nContent-Disposition: form-data; name="json"\r\n\r\n{"data":{"timestamp":"2026-03-15T23:42:10Z","results":[{"plate":""}]}}\r\n--x\r\nContent-Disposition: form-data; name="upload"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n\r\n--x--\r\n',
    contentType: 'multipart/form-data; boundary=x',
    arrival,
    readings: [
      { kind: 'passage', ...arrival, atMs: 1773618130000, credential: 'none', result: 'unknown' },
    ],
  },
  { note: 'a status call', text: '{"hook":{"event":"image"}}', refused: 'No data' },
];
