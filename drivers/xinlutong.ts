import { z } from 'zod';
import { checked } from './codec/checked.ts';
import {
  type Json,
  jsonBytes,
  jsonObject,
  jsonObjectOf,
  number,
  object,
  string,
} from './codec/json.ts';
import { plateFields } from './codec/plate.ts';
import { localText, utcOffsetMinutes } from './codec/when.ts';
import { CodecError, defineDriver, type Message, type Sample } from './driver.ts';
import { localTextMs, plausibleMs } from './time.ts';

const Options = z.strictObject({
  sn: z.string().min(1).max(64).optional().describe('Serial number, where it differs from the id.'),
  utcOffsetMinutes,
});
type Options = z.infer<typeof Options>;

/** Barrier controllers XLT-01 of Xinlutong. They answer commands only once they were told to. */
export const xinlutong = defineDriver<Options>({
  id: 'xinlutong',
  title: { zh: '信路通道闸控制器', en: 'Xinlutong barrier controller' },
  wire: 'mqtt',
  proven: 'manual',
  sources: ['a public project, checked on a real XLT-01, and its unit test'],
  lacks: {
    zh: '心跳里的 hasCar 编码没有公开含义，不读；不能校时；不报杆位。',
    en: 'The codes of hasCar in the heartbeat are not documented and not read; no time setting, no position of the arm.',
  },
  omits: ['passage.vehicle', 'passage.result', 'passage.replayed'],
  kinds: ['passage', 'status'],
  options: Options,

  topics: (device, { sn = device }) => ({
    // A reply may come on either topic.
    publishes: [`upload/${sn}`, `download/${sn}`],
    subscribes: [`download/${sn}`],
  }),

  decode({ body }, options, { device, atMs: arrivedMs, lane, direction }) {
    const message = jsonObject(body);
    const data = dataOf(message);
    if (isAnswer(data)) return [];
    const saidMs = localTextMs(string(message.time) ?? '', options.utcOffsetMinutes);
    const atMs = plausibleMs(saidMs, arrivedMs);
    const skew = saidMs === null ? {} : { clockSkewMs: saidMs - arrivedMs };
    switch (string(message.command) ?? string(message.cmd)) {
      case 'Conn':
      case 'Rtd':
        return checked([{ kind: 'status', device, atMs, online: true, ...skew }]);
      case 'Image': {
        const event = string(message.requestId) ?? string(message.msgId);
        const fields = plateFields(string(data?.plateNo));
        const id = event === undefined ? {} : { event };
        return checked([
          { kind: 'passage', device, atMs, lane, direction, ...fields, result: 'unknown', ...id },
        ]);
      }
      default:
        throw new CodecError('Not a command that a controller sends by itself');
    }
  },

  encode(reading, { sn = reading.device, utcOffsetMinutes: offset }) {
    const say = (command: string, requestId: string, data: Json): Message[] => [
      {
        topic: `upload/${sn}`,
        body: envelope(command, requestId, sn, localText(reading.atMs, offset), data),
      },
    ];
    if (reading.kind === 'status' && reading.online) return say('Rtd', `rtd-${reading.atMs}`, {});
    if (reading.kind !== 'passage') throw new CodecError(`This controller says no ${reading.kind}`);
    const { credential, plate, event } = reading;
    if ((credential !== 'plate' && credential !== 'none') || event === undefined) {
      throw new CodecError('It says plates, each with its id');
    }
    return say('Image', event, { plateNo: plate ?? '' });
  },

  reply({ body }, { sn, utcOffsetMinutes: offset }, { device, atMs }) {
    const message = jsonObject(body);
    if ((string(message.command) ?? string(message.cmd)) !== 'Conn') return null;
    const id = `config-${string(message.requestId) ?? string(message.msgId) ?? ''}`;
    const serial = sn ?? device;
    const data = { enableReply: 1 };
    return {
      topic: `download/${serial}`,
      body: envelope('Config', id, serial, localText(atMs, offset), data),
    };
  },

  command({ kind, id, atMs }, { sn, utcOffsetMinutes: offset }, device) {
    if (kind !== 'open') return null;
    const serial = sn ?? device;
    const time = localText(atMs, offset);
    return [{ topic: `download/${serial}`, body: envelope('Open', id, serial, time, '') }];
  },

  answer({ body }) {
    const message = jsonObject(body);
    const data = dataOf(message);
    if (!isAnswer(data)) return null;
    const code = number(data?.errCode);
    const id = string(message.requestId) ?? string(message.msgId) ?? null;
    if (code === 0) return { id, result: 'accepted' };
    return { id, result: 'refused', reason: `errCode ${code ?? 'unknown'}` };
  },

  get samples() {
    return samples;
  },
});

/** `data` is JSON inside a text; empty in commands. The text says cmd and msgId, the device command and requestId. */
function dataOf({ data }: Json): Json | undefined {
  if (typeof data !== 'string') return object(data);
  return data.trim() === '' ? undefined : jsonObjectOf(data);
}

/** Tells an answer from the echo of our own command on the same topic. */
const isAnswer = (data: Json | undefined): boolean => data?.errCode !== undefined;

function envelope(
  command: string,
  requestId: string,
  sn: string,
  time: string,
  data: Json | '',
): Uint8Array {
  const text = data === '' ? '' : JSON.stringify(data);
  return jsonBytes({ command, requestId, sn, time, version: '1.0.1', data: text });
}

const atMs = 1773618130000;
const arrival = { device: 'xlt-1', lane: 'in-1', atMs, direction: 'in' } as const;
const topic = 'upload/XLT-01-DEMO-001';
const samples: readonly Sample[] = [
  {
    note: 'a recognition, JSON inside a text',
    file: 'gate/xinlutong-image.json',
    topic,
    arrival,
    readings: [
      {
        kind: 'passage',
        ...arrival,
        credential: 'plate',
        plate: '浙A8T3K6',
        result: 'unknown',
        event: '6f1d2c3b-0000-4000-8000-000000000003',
      },
    ],
  },
  ...['conn', 'rtd'].map(
    (name): Sample => ({
      note: `it is there: ${name}`,
      file: `gate/xinlutong-${name}.json`,
      topic,
      arrival,
      readings: [{ kind: 'status', device: 'xlt-1', atMs, online: true, clockSkewMs: 0 }],
    }),
  ),
  {
    note: 'the member names of the text instead of the device',
    text: '{"cmd":"Image","msgId":"a1","time":"2026-03-16 07:42:10","data":{"plateNo":""}}',
    topic,
    arrival,
    readings: [{ kind: 'passage', ...arrival, credential: 'none', result: 'unknown', event: 'a1' }],
  },
  {
    note: 'an answer to a command is nothing to store',
    file: 'gate/xinlutong-open-reply.json',
    topic: 'download/XLT-01-DEMO-001',
    arrival,
    readings: [],
  },
  ...['open', 'config-enablereply'].map((name) => ({
    note: `the echo of our own command is no answer: ${name}`,
    file: `gate/xinlutong-${name}.json`,
    topic: 'download/XLT-01-DEMO-001',
    refused: 'Not a command',
  })),
];
