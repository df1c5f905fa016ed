import type { Sample } from './driver.ts';

const atMs = 1773618130000;
const at = { device: 'hik-1', lane: 'in-1', direction: 'in' } as const;
const arrival = { ...at, atMs: atMs + 300 };
const pass = {
  ...at,
  kind: 'passage',
  atMs,
  credential: 'plate',
  plate: '浙A8T3K6',
  result: 'visitor',
  vehicle: 'car',
  event: '11111111-2222-3333-4444-555555555501',
} as const;
const door = {
  ...at,
  kind: 'passage',
  atMs,
  credential: 'face',
  result: 'registered',
  event: '20482@20260316',
} as const;

/** Messages of access terminals; drivers/samples/face. */
export const hikvisionDoorSamples: readonly Sample[] = [
  {
    note: 'a door: let in by face, without a name',
    file: 'face/hikvision-acs-face-pass.json',
    arrival,
    readings: [door],
  },
  {
    note: 'a door: a face that it does not know',
    file: 'face/hikvision-acs-face-fail.json',
    arrival: { ...arrival, atMs: atMs + 30_200 },
    readings: [{ ...door, atMs: atMs + 30_000, result: 'unknown', event: '20483@20260316' }],
  },
  {
    note: 'a door: its lock opens after the face, which is no second pass',
    file: 'face/hikvision-acs-door-unlocked.json',
    arrival,
    readings: [],
  },
  {
    note: 'a door: a stored event',
    file: 'face/hikvision-acs-replay.json',
    arrival,
    readings: [{ ...door, atMs: atMs - 2_700_000, event: '20311@20260316', replayed: true }],
  },
  {
    note: 'a door: the whole multipart body, of which the text is read',
    file: 'face/hikvision-acs.multipart.bin',
    contentType: 'multipart/form-data; boundary=MIME_boundary',
    arrival,
    readings: [door],
  },
  {
    note: 'a door: our own search that came back',
    file: 'face/hikvision-acsevent-search-request.json',
    refused: 'eventType',
  },
];

/** Captured or composed messages; drivers/samples/gate and face, one file each. */
export const hikvisionSamples: readonly Sample[] = [
  {
    note: 'a recognition; the colour before the plate is not a part of it',
    file: 'gate/hikvision-anpr.xml',
    arrival,
    readings: [pass],
  },
  {
    note: 'the whole multipart body with two pictures',
    file: 'gate/hikvision-anpr.multipart.bin',
    contentType: 'multipart/form-data; boundary=---------------------------7e13971310878',
    arrival,
    readings: [pass],
  },
  {
    note: 'the same without a content type',
    file: 'gate/hikvision-anpr.multipart.bin',
    arrival,
    readings: [pass],
  },
  {
    note: 'a stored recognition, sent later',
    file: 'gate/hikvision-anpr-retransmission.xml',
    arrival,
    readings: [
      {
        ...pass,
        atMs: atMs - 2_700_000,
        plate: '浙AD12345',
        event: '11111111-2222-3333-4444-555555555500',
        replayed: true,
      },
    ],
  },
  {
    note: 'a video loss that is none: the heartbeat of the stream',
    file: 'gate/hikvision-alertstream-heartbeat.xml',
    arrival: { ...arrival, atMs: atMs + 10_000 },
    readings: [
      { device: 'hik-1', kind: 'status', atMs: atMs + 10_000, online: true, clockSkewMs: 0 },
    ],
  },
  {
    note: 'the barrier is up',
    file: 'gate/hikvision-barriergatestatus.xml',
    arrival,
    readings: [{ device: 'hik-1', kind: 'barrier', atMs: atMs + 300, lane: 'in-1', state: 'open' }],
  },
  {
    note: 'an answer to a command is nothing to store',
    file: 'gate/hikvision-responsestatus-ok.xml',
    arrival,
    readings: [],
  },
  {
    note: 'a refusal is nothing to store',
    file: 'gate/hikvision-responsestatus-notsupport.xml',
    arrival,
    readings: [],
  },
  {
    note: 'a command of ours that came back',
    file: 'gate/hikvision-barriergate-open.xml',
    refused: 'Not a document',
  },
  { note: 'a list of ours', file: 'gate/hikvision-vcl-set.xml', refused: 'Not a document' },
  { note: 'a deletion of ours', file: 'gate/hikvision-vcl-delete.xml', refused: 'Not a document' },
  { note: 'cut short', text: '<EventNotificationAlert><eventType>ANPR</ev', refused: 'Not XML' },
  {
    note: 'entities of its own',
    text: '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    refused: 'entities',
  },
  ...hikvisionDoorSamples,
];
