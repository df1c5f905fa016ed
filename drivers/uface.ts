import { z } from 'zod';
import { personalError } from './codec/access-event.ts';
import { type Allowed, countMinor, isMinor, pick } from './codec/allow-list.ts';
import { checked } from './codec/checked.ts';
import { formBytes, formFields, formType } from './codec/form.ts';
import { type Json, jsonBytes, jsonObject, number, string } from './codec/json.ts';
import { textOf } from './codec/text.ts';
import { type Arrival, CodecError, defineDriver, type Sample } from './driver.ts';
import type { PassageReading, Reading } from './reading.ts';
import { plausibleMs } from './time.ts';

const Options = z.strictObject({});

/** All that is looked at. `path` holds the person's id in a file name, `data` an identity card: let go. */
const allowed: Allowed = {
  time: true,
  type: true,
  eventType: true,
  version: true,
  personCount: true,
};
const credentials = new Map<string, PassageReading['credential']>([
  ['face', 'face'],
  ['faceAndcard', 'face'],
  ['card', 'card'],
  ['idcard', 'card'],
  ['qrCode', 'qr'],
  ['open', 'manual'],
  // A fingerprint or a password has no word among the credentials, and gets none.
  ['finger', 'none'],
  ['password', 'none'],
]);
const stranger = 'STRANGERBABY';

/** Uface terminals: callbacks of an identification, of events, and heartbeats. */
export const uface = defineDriver<z.infer<typeof Options>>({
  id: 'uface',
  title: { zh: '宇泛 Uface 人脸终端', en: 'Uface face terminal' },
  wire: 'http',
  proven: 'manual',
  personal: true,
  sources: [
    "public copy of the maker's text of the device's HTTP interface",
    'two public callback receivers (the answer)',
  ],
  lacks: {
    zh: '不能远程开门、校时；没有记录编号和补传标志；人员编号、照片、身份证数据一律不读。',
    en: "It neither opens a door nor sets a clock. No id of a record, no replay flag; a person's id, pictures and identity cards are never read.",
  },
  omits: ['passage.event', 'passage.replayed'],
  kinds: ['passage', 'barrier', 'status'],
  options: Options,

  decode({ body }, _options, arrival, memory) {
    const source = fieldsOf(body);
    if (isMinor(source)) {
      countMinor(memory);
      return [];
    }
    // Only whether it knows the person at all; who it is, is let go.
    const unknown = source.personId === stranger;
    return checked(readingsOf(pick(source, allowed, memory), unknown, arrival));
  },

  encode(reading) {
    const time = String(reading.atMs);
    const say = (fields: Readonly<Record<string, string>>) => [
      { body: formBytes({ deviceKey: reading.device, time, ...fields }), contentType: formType },
    ];
    switch (reading.kind) {
      case 'status':
        if (!reading.online) throw new CodecError('It cannot say that it is gone');
        return say({
          personCount: '0',
          ...(reading.firmware ? { version: reading.firmware } : {}),
        });
      case 'barrier': {
        const eventType = { open: '2', closed: '3' }[reading.state as string];
        if (eventType === undefined) throw new CodecError('A door is open or closed');
        return say({ eventType });
      }
      case 'passage':
        return say(said(reading));
      default:
        throw new CodecError(`A face terminal says no ${reading.kind}`);
    }
  },

  reply: () => ({ body: jsonBytes({ result: 1, success: true }), contentType: 'application/json' }),

  get samples() {
    return samples;
  },
});

/** A form, or the same members in JSON. */
function fieldsOf(body: Uint8Array): Json {
  if (/^\s*\{/.test(textOf(body.subarray(0, 64)))) return jsonObject(body);
  return Object.fromEntries(formFields(body));
}

function readingsOf(fields: Json, unknown: boolean, arrival: Arrival): Reading[] {
  const { device, lane, direction } = arrival;
  const saidMs = number(fields.time);
  const heard = { device, atMs: plausibleMs(saidMs, arrival.atMs) };
  const event = string(fields.eventType);
  // 1 fire, 4 tamper, 5 recognition, 7 password, 8 duress: not positions of the door.
  if (event !== undefined) {
    const state = { 2: 'open', 3: 'closed' }[event];
    if (state !== 'open' && state !== 'closed') return [];
    return [{ ...heard, kind: 'barrier', lane, state }];
  }
  const type = string(fields.type);
  if (type === undefined) {
    if (fields.version === undefined && fields.personCount === undefined) {
      throw personalError('Neither an identification, an event nor a heartbeat');
    }
    const skew = saidMs === undefined ? {} : { clockSkewMs: saidMs - arrival.atMs };
    const firmware = string(fields.version)?.slice(0, 64);
    const version = firmware === undefined ? {} : { firmware };
    return [{ ...heard, kind: 'status', online: true, ...skew, ...version }];
  }
  // 0 within the schedule, 1 outside it, 2 failed or a stranger.
  const [, method = '', outcome] = /^([A-Za-z]+)_([012])$/.exec(type) ?? [];
  const credential = credentials.get(method);
  if (credential === undefined || outcome === undefined) {
    throw personalError('type is not a known method and outcome');
  }
  const result = outcome === '0' ? 'registered' : unknown ? 'unknown' : 'rejected';
  return [{ ...heard, kind: 'passage', lane, direction, credential, result }];
}

function said({ credential, result, plate, vehicle }: PassageReading) {
  const method = [...credentials].find(([, one]) => one === credential)?.[0];
  const odd = plate !== undefined || vehicle !== undefined;
  if (method === undefined || result === 'visitor' || odd) {
    throw new CodecError(`A face terminal does not say ${credential} ${result}`);
  }
  return {
    type: `${method}_${result === 'registered' ? 0 : result === 'rejected' ? 1 : 2}`,
    ...(result === 'unknown' ? { personId: stranger } : {}),
  };
}

const atMs = 1773618130000;
const arrival = { device: 'uf-1', lane: 'door-1', direction: 'in', atMs: atMs + 200 } as const;
const samples: readonly Sample[] = [
  {
    note: 'let in by face; its id and picture are let go',
    file: 'face/uface-identify.form.txt',
    contentType: formType,
    arrival,
    readings: [{ kind: 'passage', ...arrival, atMs, credential: 'face', result: 'registered' }],
  },
  {
    note: 'somebody whom it does not know',
    file: 'face/uface-identify-stranger.form.txt',
    contentType: formType,
    arrival: { ...arrival, atMs: atMs + 30_200 },
    readings: [
      { kind: 'passage', ...arrival, atMs: atMs + 30_000, credential: 'face', result: 'unknown' },
    ],
  },
  {
    note: 'a heartbeat',
    file: 'face/uface-heartbeat.json',
    arrival,
    readings: [
      {
        kind: 'status',
        device: 'uf-1',
        atMs,
        online: true,
        clockSkewMs: -200,
        firmware: 'GD-V32.00',
      },
    ],
  },
  {
    note: 'the door is open',
    file: 'face/uface-event-door.json',
    arrival,
    readings: [{ kind: 'barrier', device: 'uf-1', atMs, lane: 'door-1', state: 'open' }],
  },
  { note: 'an answer of ours', file: 'face/uface-response.json', refused: 'Neither' },
  { note: 'a method that nobody knows', text: 'type=iris_0&time=1', refused: 'method' },
];
