import { z } from 'zod';
import { type Allowed, countMinor, isMinor, pick } from './codec/allow-list.ts';
import { checked } from './codec/checked.ts';
import { counterOf, dailyEvent } from './codec/event.ts';
import { type Json, jsonBytes, jsonObject, number, object, string } from './codec/json.ts';
import { localText, utcOffsetMinutes } from './codec/when.ts';
import { CodecError, defineDriver, type Message } from './driver.ts';
import { mqttFaceSamples } from './mqtt-face-samples.ts';
import type { PassageReading, Reading } from './reading.ts';
import { localTextMs, plausibleMs } from './time.ts';

const Options = z.strictObject({
  terminal: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('facesluiceId of the terminal, where it differs from the id of the device.'),
  utcOffsetMinutes,
});
type Options = z.infer<typeof Options>;

/** All that is looked at of a message. No name, number, picture, mask, similarity, place in the picture. */
const allowed: Allowed = {
  operator: true,
  messageId: true,
  code: true,
  info: {
    facesluiceId: true,
    RecordID: true,
    SnapID: true,
    SnapOrRecordID: true,
    VerifyStatus: true,
    Sendintime: true,
    PushType: true,
    time: true,
    result: true,
  },
};

/** VerifyStatus: 0 none, 1 let in, 2 refused, 3 not registered. */
const results = new Map<string, PassageReading['result']>([
  ['1', 'registered'],
  ['2', 'rejected'],
  ['3', 'unknown'],
  ['0', 'unknown'],
]);
/** Counters of their own, told apart in the event. */
const snapOf = { StrSnapPush: 'snap-', ElectricalBicycleSnapPush: 'ebike-' } as const;

/** Face terminals that speak `mqtt/face` (HFSecurity, Huifan and many re-brands). Off unless the site turns it on. */
export const mqttFace = defineDriver<Options>({
  id: 'mqtt-face',
  title: { zh: '人脸门禁终端（mqtt/face 协议）', en: 'Face terminal (mqtt/face)' },
  wire: 'mqtt',
  proven: 'manual',
  personal: true,
  sources: [
    'whoamikenken/AI-Camera-Integration: notes on the specification V1.25',
    'a check on real firmware of 2026-04-10 (strings for numbers, empty customId, missing scene)',
    'public real-name and unlock clients (persionName, Unlock, topic variants)',
  ],
  lacks: {
    zh: '不保存人员、照片、相似度、口罩等任何个人信息；只记通行时间、车道和结果。',
    en: 'Keeps no person, picture, similarity or mask: only when, which lane, and the result.',
  },
  kinds: ['passage', 'status'],
  options: Options,

  topics(device, { terminal: id = device }) {
    return {
      publishes: [
        `mqtt/face/${id}/Rec`,
        `mqtt/face/${id}/Snap`,
        `mqtt/face/${id}/Ack`,
        `mqtt/face/${id}/rec/+`,
        `mqtt/device/+/${id}/+`,
        // Every terminal says these on one topic for all.
        'mqtt/face/basic',
        'mqtt/face/heartbeat',
      ],
      subscribes: [`mqtt/face/${id}`],
    };
  },

  shared: {
    option: 'terminal',
    name: ({ terminal }, device) => terminal ?? device,
    mine: ({ body }, { terminal }, device) =>
      string(object(jsonObject(body).info)?.facesluiceId) === (terminal ?? device),
  },

  decode({ body }, options, arrival, memory) {
    const source = jsonObject(body);
    if (isMinor(source)) {
      countMinor(memory);
      return [];
    }
    const message = pick(source, allowed, memory);
    const info = object(message.info) ?? {};
    sameTerminal(info, options);
    const saidMs = localTextMs(string(info.time) ?? '', options.utcOffsetMinutes);
    const heard = { device: arrival.device, atMs: plausibleMs(saidMs, arrival.atMs) };
    const operator = string(message.operator) ?? '';
    switch (operator) {
      case 'Online':
      case 'HeartBeat': {
        const skew = saidMs === null ? {} : { clockSkewMs: saidMs - arrival.atMs };
        return checked([{ ...heard, kind: 'status', online: true, ...skew }]);
      }
      case 'Offline':
        return checked([{ ...heard, kind: 'status', online: false }]);
      case 'RecPush':
      case 'StrSnapPush':
      case 'ElectricalBicycleSnapPush': {
        const { lane, direction } = arrival;
        const id = eventOf(operator, info, heard.atMs, options.utcOffsetMinutes);
        return checked([
          {
            ...heard,
            kind: 'passage',
            lane,
            direction,
            ...whatOf(operator, info),
            ...(id === undefined ? {} : { event: id }),
            ...(number(info.Sendintime) === 0 || number(info.PushType) === 2
              ? { replayed: true }
              : {}),
          },
        ]);
      }
      default:
        // Answers to us, and pushes about looks and behaviour, which nobody here wants.
        if (/(?:-Ack|SnapPush|RidePush)$/.test(operator)) return [];
        throw new CodecError('Not an operator that a terminal sends by itself');
    }
  },

  encode(reading, { terminal = reading.device, utcOffsetMinutes: offset }) {
    const id = { facesluiceId: terminal };
    const time = localText(reading.atMs, offset);
    const message = (topic: string, operator: string, info: Json): Message => ({
      topic,
      body: jsonBytes({ operator, info: { ...id, ...info } }),
    });
    if (reading.kind === 'status') {
      if (reading.online) return [message('mqtt/face/heartbeat', 'HeartBeat', { time })];
      return [message('mqtt/face/basic', 'Offline', { time })];
    }
    const [operator, info] = said(reading);
    const topic = `mqtt/face/${terminal}/${operator === 'RecPush' ? 'Rec' : 'Snap'}`;
    return [message(topic, operator, { ...info, time })];
  },

  reply({ body }, options, arrival) {
    const { operator, info } = pick(jsonObject(body), allowed, {});
    const terminal = options.terminal ?? arrival.device;
    const answer = acknowledgement(string(operator), object(info) ?? {}, terminal);
    // Within 10 s, or it is sent again; also for what could not be read.
    return answer && { topic: `mqtt/face/${terminal}`, body: jsonBytes(answer) };
  },

  command({ kind, id, atMs }, options, device) {
    const facesluiceId = options.terminal ?? device;
    const message = (operator: string, info: Json): Message[] => [
      {
        topic: `mqtt/face/${facesluiceId}`,
        body: jsonBytes({ operator, messageId: id, info: { facesluiceId, ...info } }),
      },
    ];
    if (kind === 'open') return message('Unlock', { openDoor: '1', Showinfo: 'please pass' });
    if (kind === 'time') {
      return message('SetSysTime', { SysTime: localText(atMs, options.utcOffsetMinutes) });
    }
    return null;
  },

  answer({ body }) {
    const { operator, messageId, code, info } = pick(jsonObject(body), allowed, {});
    if (!string(operator)?.endsWith('-Ack')) return null;
    // The numbers differ between firmware texts; `result` does not.
    const accepted = object(info)?.result === 'ok' && (string(code) ?? '200') === '200';
    return {
      id: string(messageId) ?? null,
      result: accepted ? 'accepted' : 'refused',
      ...(accepted ? {} : { reason: `code ${number(code) ?? 'unknown'}` }),
    };
  },

  samples: mqttFaceSamples,
});

function sameTerminal({ facesluiceId }: Json, { terminal }: Options): void {
  if (terminal !== undefined && facesluiceId !== undefined && string(facesluiceId) !== terminal) {
    throw new CodecError('facesluiceId is not the one that is configured');
  }
}

function whatOf(operator: string, info: Json) {
  if (operator === 'ElectricalBicycleSnapPush') {
    return { credential: 'none', result: 'unknown', vehicle: 'ebike' } as const;
  }
  if (operator === 'StrSnapPush') return { credential: 'face', result: 'unknown' } as const;
  const status = string(info.VerifyStatus);
  if (status === undefined) throw new CodecError('RecPush without VerifyStatus');
  return { credential: 'face', result: results.get(status) ?? 'unknown' } as const;
}

function eventOf(operator: string, info: Json, atMs: number, offset: number): string | undefined {
  const counter =
    operator === 'RecPush'
      ? string(info.RecordID)
      : (string(info.SnapID) ?? string(info.SnapOrRecordID));
  if (counter === undefined) return undefined;
  const before = operator === 'RecPush' ? '' : snapOf[operator as keyof typeof snapOf];
  return dailyEvent(counter, atMs, offset, before);
}

/** Operator and members that say a passage. */
function said(reading: Reading): readonly [string, Json] {
  if (reading.kind !== 'passage') throw new CodecError(`A face terminal says no ${reading.kind}`);
  const { credential, result, vehicle, event, replayed } = reading;
  const counter = (before = '') => (event === undefined ? undefined : counterOf(event, before));
  const when = { Sendintime: replayed ? 0 : 1, PushType: replayed ? 2 : 0 };
  if (vehicle === 'ebike' && credential === 'none' && result === 'unknown') {
    return [
      'ElectricalBicycleSnapPush',
      { SnapOrRecordID: counter(snapOf.ElectricalBicycleSnapPush), ...when },
    ];
  }
  if (credential !== 'face' || vehicle !== undefined || reading.plate !== undefined) {
    throw new CodecError(`A face terminal reads no ${credential}, plate or vehicle`);
  }
  if (result === 'unknown' && event?.startsWith(snapOf.StrSnapPush)) {
    return ['StrSnapPush', { SnapID: counter(snapOf.StrSnapPush), ...when }];
  }
  const status = [...results].find(([, one]) => one === result)?.[0];
  if (status === undefined) throw new CodecError(`A face terminal does not tell a ${result}`);
  return ['RecPush', { RecordID: counter(), VerifyStatus: status, ...when }];
}

/** PushAckType 1: a stranger, by SnapID; 2: a record; 3: anything else. */
function acknowledgement(
  operator: string | undefined,
  info: Json,
  facesluiceId: string,
): Json | null {
  const push = (PushAckType: number, id: unknown): Json | null => {
    const written = string(id);
    if (written === undefined) return null;
    // A number on the wire, although the device writes a text.
    const SnapOrRecordID = number(written) ?? written;
    return {
      operator: 'PushAck',
      messageId: `ack-${written}`,
      info: { PushAckType, SnapOrRecordID },
    };
  };
  switch (operator) {
    case 'Online':
      return { messageId: 'online', operator: 'Online-Ack', info: { facesluiceId, result: 'ok' } };
    case 'RecPush':
      return push(2, info.RecordID);
    case 'StrSnapPush':
      return push(1, info.SnapID);
    default:
      return operator?.endsWith('Push') ? push(3, info.SnapOrRecordID ?? info.SnapID) : null;
  }
}
