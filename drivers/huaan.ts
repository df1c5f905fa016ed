import { z } from 'zod';
import { accessEvent, personalError } from './codec/access-event.ts';
import type { Allowed } from './codec/allow-list.ts';
import { checked } from './codec/checked.ts';
import { counterOf, dailyEvent } from './codec/event.ts';
import { jsonBytes, jsonObject, number, string } from './codec/json.ts';
import { localText, utcOffsetMinutes } from './codec/when.ts';
import { CodecError, defineDriver, type Sample } from './driver.ts';
import { localTextMs, plausibleMs } from './time.ts';

const Options = z.strictObject({
  client: z.string().min(1).max(64).optional().describe('Client id, where it differs from the id.'),
  utcOffsetMinutes,
});
type Options = z.infer<typeof Options>;

/** All that is looked at: no match, person, pictures. */
const allowed: Allowed = {
  cmd: true,
  sequence_no: true,
  cap_time: true,
  is_realtime: true,
  match_result: true,
};

/** Face cameras of Huaan. A capture comes again until it is acknowledged. */
export const huaan = defineDriver<Options>({
  id: 'huaan',
  title: { zh: '华安人脸相机', en: 'Huaan face camera' },
  wire: 'mqtt',
  proven: 'manual',
  personal: true,
  sources: ['benny856694/face-http-server (src/mqtt.js)', 'a second public receiver'],
  lacks: {
    zh: '没有心跳；认识与否只看比对分是否为零；不保存人员、照片、体温。',
    en: 'No heartbeat; whether it knows a face is only whether the match is above 0; keeps no person, picture or temperature.',
  },
  kinds: ['passage'],
  options: Options,

  topics: (device, { client = device }) => ({
    publishes: [`topic/face/capture/request/${client}`],
    subscribes: [`topic/face/capture/response/${client}`],
  }),

  decode({ body }, { utcOffsetMinutes: offset }, arrival, memory) {
    const message = accessEvent(jsonObject(body), allowed, memory);
    if (!message) return [];
    const match = number(message.match_result);
    if (message.cmd !== 'face' || match === undefined) {
      throw personalError('Not a capture of a face');
    }
    const { device, lane, direction } = arrival;
    const saidMs = localTextMs(string(message.cap_time) ?? '', offset);
    const atMs = plausibleMs(saidMs, arrival.atMs);
    const sequence = string(message.sequence_no);
    return checked([
      {
        kind: 'passage',
        device,
        atMs,
        lane,
        direction,
        credential: 'face',
        result: match > 0 ? 'registered' : 'unknown',
        ...(sequence === undefined ? {} : { event: dailyEvent(sequence, atMs, offset) }),
        ...(number(message.is_realtime) === 0 ? { replayed: true } : {}),
      },
    ]);
  },

  encode(reading, { client = reading.device, utcOffsetMinutes: offset }) {
    if (reading.kind !== 'passage') throw new CodecError(`A face camera says no ${reading.kind}`);
    const { credential, result, plate, vehicle, event, replayed } = reading;
    const known = result === 'registered' || result === 'unknown';
    if (credential !== 'face' || !known || plate !== undefined || vehicle !== undefined) {
      throw new CodecError(`A face camera does not say ${credential} ${result}`);
    }
    const counter = event === undefined ? undefined : counterOf(event);
    const message = {
      cmd: 'face',
      sequence_no: number(counter) ?? counter,
      cap_time: localText(reading.atMs, offset, true).replaceAll('-', '/'),
      is_realtime: replayed ? 0 : 1,
      match_result: result === 'registered' ? 93 : 0,
    };
    return [{ topic: `topic/face/capture/request/${client}`, body: jsonBytes(message) }];
  },

  reply({ body }, { client }, { device }) {
    const { cmd, sequence_no, cap_time } = jsonObject(body);
    const sequence = number(sequence_no) ?? string(sequence_no)?.slice(0, 64);
    if (cmd !== 'face' || sequence === undefined) return null;
    const time = string(cap_time)?.slice(0, 32);
    const answer = { reply: 'ACK', cmd, code: 0, sequence_no: sequence, cap_time: time };
    return {
      topic: `topic/face/capture/response/${client ?? device}`,
      body: jsonBytes(answer),
    };
  },

  get samples() {
    return samples;
  },
});

const atMs = 1773618130120;
const arrival = { device: 'ha-1', lane: 'door-1', direction: 'in', atMs: atMs + 200 } as const;
const samples: readonly Sample[] = [
  {
    note: 'a capture that matches: when and where, not who',
    file: 'face/huaan-capture.json',
    topic: 'topic/face/capture/request/ha-1',
    arrival,
    readings: [
      {
        kind: 'passage',
        ...arrival,
        atMs,
        credential: 'face',
        result: 'registered',
        event: '3021@20260316',
      },
    ],
  },
  { note: 'an answer of ours', file: 'face/huaan-capture-ack.json', refused: 'Not a capture' },
];
