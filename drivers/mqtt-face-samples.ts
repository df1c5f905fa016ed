import type { Sample } from './driver.ts';

const atMs = 1773618130000;
const arrival = { device: 'f017', lane: 'door-017', direction: 'in', atMs: atMs + 400 } as const;
const pass = {
  device: 'f017',
  kind: 'passage',
  atMs,
  lane: 'door-017',
  direction: 'in',
  credential: 'face',
  result: 'registered',
} as const;
const topic = 'mqtt/face/1990001/Rec';
const options = { terminal: '1990001' };

/** Captured or composed messages of `mqtt/face` terminals; drivers/samples/face, one file each. */
export const mqttFaceSamples: readonly Sample[] = [
  {
    note: 'let in: when and where, not who',
    file: 'face/mqttface-recpush-allowed.json',
    topic,
    arrival,
    options,
    readings: [{ ...pass, event: '490805@20260316' }],
  },
  {
    note: 'refused',
    file: 'face/mqttface-recpush-refused.json',
    topic,
    arrival: { ...arrival, atMs: atMs + 21_500 },
    options,
    readings: [{ ...pass, atMs: atMs + 21_000, result: 'rejected', event: '490806@20260316' }],
  },
  {
    note: 'somebody who was enrolled at the terminal itself',
    file: 'face/mqttface-recpush-no-customid.json',
    topic,
    arrival: { ...arrival, atMs: atMs + 60_000 },
    readings: [{ ...pass, atMs: atMs + 52_000, event: '490807@20260316' }],
  },
  {
    note: 'a stored record, sent later: it never acts',
    file: 'face/mqttface-recpush-replay.json',
    topic,
    arrival,
    readings: [{ ...pass, atMs: atMs - 2_700_000, event: '490731@20260316', replayed: true }],
  },
  {
    note: 'the spelling of older firmware',
    file: 'face/mqttface-recpush-legacy-spelling.json',
    topic: 'mqtt/face/1990001/rec/AttendanceRecord',
    arrival,
    readings: [{ ...pass, event: '102@20260316' }],
  },
  {
    note: 'a face that is not registered: a count, no picture',
    file: 'face/mqttface-strsnappush.json',
    topic: 'mqtt/face/1990001/Snap',
    arrival: { ...arrival, atMs: atMs + 110_400 },
    readings: [{ ...pass, atMs: atMs + 110_000, result: 'unknown', event: 'snap-946@20260316' }],
  },
  {
    note: 'an e-bike in the stairwell',
    file: 'face/mqttface-electricalbicyclesnappush.json',
    topic: 'mqtt/face/1990001/Snap',
    arrival: { ...arrival, atMs: atMs + 182_400 },
    readings: [
      {
        ...pass,
        atMs: atMs + 182_000,
        credential: 'none',
        result: 'unknown',
        vehicle: 'ebike',
        event: 'ebike-1201@20260316',
      },
    ],
  },
  {
    note: 'it came on, with its clock',
    file: 'face/mqttface-online.json',
    topic: 'mqtt/face/basic',
    arrival: { ...arrival, atMs: atMs - 130_000 },
    readings: [
      { device: 'f017', kind: 'status', atMs: atMs - 130_000, online: true, clockSkewMs: 0 },
    ],
  },
  {
    note: 'a heartbeat',
    file: 'face/mqttface-heartbeat.json',
    topic: 'mqtt/face/heartbeat',
    arrival,
    readings: [{ device: 'f017', kind: 'status', atMs, online: true, clockSkewMs: -400 }],
  },
  {
    note: 'its last will',
    file: 'face/mqttface-offline-lwt.json',
    topic: 'mqtt/face/basic',
    arrival: { ...arrival, atMs },
    readings: [{ device: 'f017', kind: 'status', atMs, online: false }],
  },
  ...['pushack-ack', 'editperson-ack', 'editpersonsnew-ack', 'unlock-ack'].map((name) => ({
    note: `an answer to us is nothing to store: ${name}`,
    file: `face/mqttface-${name}.json`,
    topic: 'mqtt/face/1990001/Ack',
    arrival,
    readings: [],
  })),
  ...[
    'pushack',
    'editperson',
    'editpersonsnew',
    'delperson',
    'deletepersons',
    'unlock',
    'upmqttconfig',
    'setsystime',
  ].map((name) => ({
    note: `a command is not what a terminal says: ${name}`,
    file: `face/mqttface-${name}.json`,
    refused: 'Not an operator',
  })),
  {
    note: 'a child: nothing is kept but the count',
    text: '{"operator":"RecPush","info":{"RecordID":"1","VerifyStatus":"1","isMinor":1,"time":"2026-03-16 07:42:10"}}',
    readings: [],
  },
  {
    note: 'another terminal speaks in its name',
    file: 'face/mqttface-recpush-allowed.json',
    options: { terminal: '1990002' },
    refused: 'facesluiceId',
  },
  { note: 'cut short', text: '{"operator":"RecPush","info":{', refused: 'JSON' },
];
