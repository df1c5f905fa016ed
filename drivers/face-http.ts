import { z } from 'zod';
import { accessEvent, personalError } from './codec/access-event.ts';
import type { Allowed } from './codec/allow-list.ts';
import { checked } from './codec/checked.ts';
import { jsonBytes, jsonObject, number, object, string } from './codec/json.ts';
import { isoMs, localText, utcOffsetMinutes } from './codec/when.ts';
import { CodecError, defineDriver, type Sample } from './driver.ts';
import type { PassageReading } from './reading.ts';
import { plausibleMs } from './time.ts';

const Options = z.strictObject({ utcOffsetMinutes });

/** All that is looked at. Nation, Gender, IdCard, Birthday, Name, pictures and the rest are let go. */
const allowed: Allowed = {
  operator: true,
  info: { CreateTime: true, VerifyStatus: true, Sendintime: true },
};
const results: readonly PassageReading['result'][] = [
  'unknown',
  'registered',
  'rejected',
  'unknown',
];

/** The HTTP sibling of mqtt/face (HFSecurity, Huifan): POST /Subscribe/Verify, Snap, heartbeat. */
export const faceHttp = defineDriver<z.infer<typeof Options>>({
  id: 'face-http',
  title: { zh: '人脸门禁终端（HTTP 推送）', en: 'Face terminal (HTTP push)' },
  wire: 'http',
  proven: 'manual',
  personal: true,
  sources: ['several public receivers of /Subscribe/Verify'],
  lacks: {
    zh: '不能远程开门、校时；没有记录编号；不保存人员、照片、民族、性别、证件等任何个人信息。',
    en: 'It neither opens a door nor sets a clock. No id of a record; keeps no person, picture, ethnicity, sex or document.',
  },
  omits: ['passage.event'],
  kinds: ['passage', 'status'],
  options: Options,

  decode({ body }, { utcOffsetMinutes: offset }, { device, atMs, lane, direction }, memory) {
    const message = accessEvent(jsonObject(body), allowed, memory);
    if (!message) return [];
    const info = object(message.info) ?? {};
    const saidMs = isoMs(string(info.CreateTime), offset);
    const heard = { device, atMs: plausibleMs(saidMs, atMs) };
    const operator = string(message.operator) ?? '';
    if (/^heartbeat$/i.test(operator)) return checked([{ ...heard, kind: 'status', online: true }]);
    if (operator !== 'VerifyPush' && operator !== 'SnapPush') {
      throw personalError('Not an operator that a terminal pushes');
    }
    const status = operator === 'SnapPush' ? 3 : number(info.VerifyStatus);
    if (status === undefined) throw personalError('VerifyPush without VerifyStatus');
    return checked([
      {
        ...heard,
        kind: 'passage',
        lane,
        direction,
        credential: 'face',
        result: results[status] ?? 'unknown',
        ...(number(info.Sendintime) === 0 ? { replayed: true } : {}),
      },
    ]);
  },

  encode(reading, { utcOffsetMinutes: offset }) {
    const CreateTime = localText(reading.atMs, offset).replace(' ', 'T');
    const push = (topic: string, message: object) => [
      { topic: `/Subscribe/${topic}`, body: jsonBytes(message), contentType: 'application/json' },
    ];
    if (reading.kind === 'status' && reading.online) {
      return push('heartbeat', { operator: 'HeartBeat', info: { CreateTime } });
    }
    if (reading.kind !== 'passage') throw new CodecError(`A face terminal says no ${reading.kind}`);
    const { credential, result, plate, vehicle, replayed } = reading;
    const VerifyStatus = result === 'unknown' ? 3 : results.indexOf(result);
    const odd = plate !== undefined || vehicle !== undefined;
    if (credential !== 'face' || VerifyStatus < 0 || odd) {
      throw new CodecError(`A face terminal does not say ${credential} ${result}`);
    }
    const info = { CreateTime, VerifyStatus, Sendintime: replayed ? 0 : 1 };
    return push('Verify', { operator: 'VerifyPush', info });
  },

  reply({ body }) {
    const operator = string(jsonObject(body).operator)?.slice(0, 32);
    if (operator === undefined) return null;
    const answer = { operator, code: 200, info: { Result: 'Ok' } };
    return { body: jsonBytes(answer), contentType: 'application/json' };
  },

  get samples() {
    return samples;
  },
});

const atMs = 1773618130000;
const arrival = { device: 'f018', lane: 'door-018', direction: 'in', atMs: atMs + 300 } as const;
const samples: readonly Sample[] = [
  {
    note: 'let in: neither who nor of which ethnicity',
    file: 'face/facehttp-verifypush.json',
    topic: '/Subscribe/Verify',
    arrival,
    readings: [{ kind: 'passage', ...arrival, atMs, credential: 'face', result: 'registered' }],
  },
  {
    note: 'a face that is not registered',
    file: 'face/facehttp-snappush.json',
    topic: '/Subscribe/Snap',
    arrival: { ...arrival, atMs: atMs + 110_300 },
    readings: [
      { kind: 'passage', ...arrival, atMs: atMs + 110_000, credential: 'face', result: 'unknown' },
    ],
  },
  {
    note: 'a heartbeat',
    text: '{"operator":"HeartBeat","info":{"CreateTime":"2026-03-16T07:42:10"}}',
    topic: '/Subscribe/heartbeat',
    arrival,
    readings: [{ kind: 'status', device: 'f018', atMs, online: true }],
  },
  {
    note: 'an answer of ours has no status of a person',
    file: 'face/facehttp-verifypush-response.json',
    refused: 'VerifyStatus',
  },
];
