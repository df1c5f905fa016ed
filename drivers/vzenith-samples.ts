import type { Sample } from './driver.ts';

const at = { device: 'cam-1', lane: 'in-1', direction: 'in' } as const;
const atMs = 1773618130000;
const arrival = { ...at, atMs: atMs + 250 };
const up = (name: string) => `device/0a1b2c3d-4e5f6071/message/up/${name}`;
const sn = '0a1b2c3d-4e5f6071';
const pass = {
  ...at,
  kind: 'passage',
  credential: 'plate',
  plate: '浙A8T3K6',
  result: 'unknown',
} as const;
const { direction: _, ...heard } = at;

/** Captured or composed messages of VZenith cameras; drivers/samples/gate, one file each. */
export const vzenithSamples: readonly Sample[] = [
  {
    note: 'a blue plate, base64, with pictures; the epoch counts, not the local clock beside it',
    file: 'gate/vzenith-ivs_result.json',
    topic: up('ivs_result'),
    arrival,
    options: { sn },
    readings: [{ ...pass, atMs: atMs + 120, event: `${sn}_1773618130120` }],
  },
  {
    note: 'the same with the serial number first in the topic',
    file: 'gate/vzenith-ivs_result.json',
    topic: `${sn}/device/message/up/ivs_result`,
    arrival,
    options: { sn, layout: 'sn-first' },
    readings: [{ ...pass, atMs: atMs + 120, event: `${sn}_1773618130120` }],
  },
  {
    note: 'a preview stores nothing: the full result follows and must not lose to it',
    file: 'gate/vzenith-quick_ivs_result.json',
    topic: up('quick_ivs_result'),
    arrival,
    readings: [],
  },
  {
    note: 'a green plate whose base64 ends in a NUL',
    file: 'gate/vzenith-ivs_result-newenergy-nulpadded.json',
    topic: up('ivs_result'),
    arrival: { ...arrival, atMs: 1773618171500 },
    readings: [{ ...pass, plate: '浙AD12345', atMs: 1773618171330, event: `${sn}_1773618171330` }],
  },
  {
    note: 'a replayed record of a vehicle without a plate, at the time of the event',
    file: 'gate/vzenith-ivs_result-offline-noplate.json',
    topic: up('ivs_result'),
    arrival,
    readings: [
      {
        ...at,
        kind: 'passage',
        atMs: 1773615430010,
        credential: 'none',
        result: 'unknown',
        event: `${sn}_1773615430010`,
        replayed: true,
      },
    ],
  },
  {
    note: 'a vehicle that follows through is a pass of its own',
    file: 'gate/vzenith-ivs_result-tailgating.json',
    topic: up('ivs_result'),
    arrival: { ...arrival, atMs: 1773618136700 },
    readings: [{ ...pass, plate: '粤B7M2N9', atMs: 1773618136500, event: `${sn}_1773618136500` }],
  },
  {
    note: 'the lane control says the same once more: no second pass',
    file: 'gate/vzenith-lanectrl_result-tailgate.json',
    topic: up('lanectrl_result'),
    arrival,
    readings: [],
  },
  {
    note: 'the loop closes',
    file: 'gate/vzenith-gpio_in-vehicle-on-loop.json',
    topic: up('gpio_in'),
    arrival,
    readings: [{ ...heard, kind: 'presence', atMs: 1773618128000, input: 'loop', occupied: true }],
  },
  {
    note: 'the loop opens, wired to another name',
    file: 'gate/vzenith-gpio_in-vehicle-off-loop.json',
    topic: up('gpio_in'),
    arrival: { ...arrival, atMs: 1773618139200 },
    options: { inputs: { 0: 'loop-2' } },
    readings: [
      { ...heard, kind: 'presence', atMs: 1773618139000, input: 'loop-2', occupied: false },
    ],
  },
  {
    note: 'an input that is the switch at the upper end of the arm',
    file: 'gate/vzenith-gpio_in-vehicle-on-loop.json',
    topic: up('gpio_in'),
    arrival,
    options: { inputs: { 0: 'open-limit' } },
    readings: [{ ...heard, kind: 'barrier', atMs: 1773618128000, state: 'open' }],
  },
  {
    note: 'the arm is down',
    file: 'gate/vzenith-barr_gate_status-closed.json',
    topic: up('barr_gate_status'),
    arrival,
    readings: [{ ...heard, kind: 'barrier', atMs: 1773618129000, state: 'closed' }],
  },
  {
    note: 'the arm is between its ends',
    file: 'gate/vzenith-barr_gate_status-opening.json',
    topic: up('barr_gate_status'),
    arrival: { ...arrival, atMs: 1773618131300 },
    readings: [{ ...heard, kind: 'barrier', atMs: 1773618131000, state: 'moving' }],
  },
  {
    note: 'the arm is up',
    file: 'gate/vzenith-barr_gate_status-opened.json',
    topic: up('barr_gate_status'),
    arrival: { ...arrival, atMs: 1773618133300 },
    readings: [{ ...heard, kind: 'barrier', atMs: 1773618133000, state: 'open' }],
  },
  {
    note: 'a heartbeat, with the clock and the firmware',
    file: 'gate/vzenith-keep_alive.json',
    topic: up('keep_alive'),
    arrival,
    readings: [
      {
        device: 'cam-1',
        kind: 'status',
        atMs,
        online: true,
        clockSkewMs: -250,
        firmware: '16771',
      },
    ],
  },
  {
    note: 'a heartbeat with a NUL before it, on the topic that begins with $',
    file: 'gate/vzenith-keep_alive-nulprefix.bin',
    topic: `$/${up('keep_alive')}`,
    arrival,
    readings: [
      {
        device: 'cam-1',
        kind: 'status',
        atMs,
        online: true,
        clockSkewMs: -250,
        firmware: '16771',
      },
    ],
  },
  {
    note: '37 records wait in the camera',
    file: 'gate/vzenith-offline_record.json',
    topic: up('offline_record'),
    arrival,
    readings: [
      {
        device: 'cam-1',
        kind: 'status',
        atMs,
        online: true,
        clockSkewMs: -250,
        firmware: '16771',
        pending: 37,
      },
    ],
  },
  {
    note: 'the plug-in of 2020: plain plate, no time, no envelope',
    file: 'gate/vzenith-legacy-push-result.json',
    topic: '/device/push/result',
    arrival,
    options: { layout: 'legacy' },
    readings: [{ ...pass, atMs: atMs + 250, event: '1624@20260316' }],
  },
  {
    note: 'an answer to a command is nothing to store',
    file: 'gate/vzenith-gpio_out-reply.json',
    topic: 'device/0a1b2c3d-4e5f6071/message/down/gpio_out/reply',
    arrival,
    readings: [],
  },
  {
    note: 'the list read back from the camera is nothing to store',
    file: 'gate/vzenith-whitelist-select-reply.json',
    topic: 'device/0a1b2c3d-4e5f6071/message/down/white_list_operator/reply',
    arrival,
    readings: [],
  },
  {
    note: 'a command of ours that came back',
    file: 'gate/vzenith-gpio_out-open.json',
    refused: 'Not a message that this camera sends',
  },
  {
    note: 'another camera speaks in its name',
    file: 'gate/vzenith-ivs_result.json',
    options: { sn: 'ffffffff-00000000' },
    refused: 'serial number',
  },
  { note: 'cut short', text: '{"name":"ivs_result","payload":{"AlarmInfo', refused: 'JSON' },
];
