import type { Sample } from './driver.ts';

const atMs = 1773618130000;
const at = { device: 'dh-1', lane: 'in-1', direction: 'in' } as const;
const arrival = { ...at, atMs: atMs + 300 };
const pass = {
  ...at,
  kind: 'passage',
  atMs: atMs + 120,
  credential: 'plate',
  plate: '浙A8T3K6',
  result: 'unknown',
  vehicle: 'car',
} as const;
const { vehicle: _, ...noVehicle } = pass;
const alive = { device: 'dh-1', kind: 'status', atMs: atMs + 300, online: true } as const;
const stream = 'multipart/x-mixed-replace; boundary=myboundary';

/** Messages of door terminals; drivers/samples/face. */
export const dahuaDoorSamples: readonly Sample[] = [
  {
    note: 'a door: let in by face; the true epoch counts',
    file: 'face/dahua-accesscontrol.json',
    arrival: { ...arrival, direction: 'unknown' },
    readings: [
      {
        ...at,
        kind: 'passage',
        atMs,
        credential: 'face',
        result: 'registered',
        event: '396@20260316',
      },
    ],
  },
  {
    note: 'a door stands open',
    file: 'face/dahua-doorstatus.json',
    arrival: { ...arrival, atMs: atMs + 1300 },
    readings: [{ device: 'dh-1', kind: 'barrier', atMs: atMs + 1000, lane: 'in-1', state: 'open' }],
  },
];

/** Captured or composed messages; drivers/samples/gate and face, one file each. */
export const dahuaSamples: readonly Sample[] = [
  {
    note: 'a pushed recognition: local time, faces and heads left out',
    file: 'gate/dahua-itsapi-tollgateinfo.json',
    topic: '/NotificationInfo/TollgateInfo',
    arrival,
    readings: [pass],
  },
  {
    note: 'the same in GB2312',
    file: 'gate/dahua-itsapi-tollgateinfo-gb2312.bin',
    topic: '/NotificationInfo/TollgateInfo',
    options: { charset: 'gb2312' },
    arrival,
    readings: [noVehicle],
  },
  {
    note: 'the plate in hexadecimal, as one setting writes it',
    text: '{"Picture":{"Plate":{"IsExist":true,"PlateNumber":"E6B5994138543 34B36"},"SnapInfo":{"SnapTime":"2026-03-16 07:42:10"}}}'.replace(
      ' ',
      '',
    ),
    arrival,
    readings: [{ ...noVehicle, atMs }],
  },
  {
    note: 'it introduces itself',
    file: 'gate/dahua-itsapi-deviceinfo.json',
    topic: '/NotificationInfo/DeviceInfo',
    arrival,
    readings: [alive],
  },
  {
    note: 'a heartbeat by push',
    file: 'gate/dahua-itsapi-keepalive.json',
    topic: '/NotificationInfo/KeepAlive',
    arrival,
    readings: [alive],
  },
  {
    note: 'an event of the stream: UTC is local time written as an epoch, RealUTC is the epoch',
    file: 'gate/dahua-cgi-trafficjunction.json',
    options: { form: 'cgi' },
    arrival,
    readings: [{ ...pass, event: '516@1773618130' }],
  },
  {
    note: 'a tricycle: no plate, and nothing of its rider',
    file: 'gate/dahua-cgi-trafficjunction-nonmotor.json',
    options: { form: 'cgi' },
    arrival: { ...arrival, atMs: 1773618181500 },
    readings: [
      {
        ...at,
        kind: 'passage',
        atMs: 1773618181305,
        credential: 'none',
        result: 'unknown',
        vehicle: 'unknown',
        event: '517@1773618181',
      },
    ],
  },
  {
    note: 'a piece of the stream: a heartbeat, then an event of many lines',
    file: 'gate/dahua-cgi-stream.multipart.txt',
    contentType: stream,
    options: { form: 'cgi' },
    arrival,
    readings: [alive, { ...pass, event: '516@1773618130' }],
  },
  {
    note: 'only local time in the event: it is set right by the offset',
    text: '{"Code":"TrafficJunction","EventID":5,"TrafficCar":{"PlateNumber":"浙A8T3K6"},"UTC":1773646930}',
    options: { form: 'cgi' },
    arrival,
    readings: [{ ...noVehicle, atMs, event: '5@1773618130' }],
  },
  {
    note: 'an answer of ours that came back',
    file: 'gate/dahua-itsapi-tollgateinfo-response.json',
    refused: 'Neither a recognition',
  },
  { note: 'cut short', text: '{"Picture":{"Plate":', refused: 'JSON' },
  ...dahuaDoorSamples,
];
