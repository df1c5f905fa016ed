import { z } from 'zod';
import { personalError } from './codec/access-event.ts';
import { countDropped } from './codec/allow-list.ts';
import { checked } from './codec/checked.ts';
import { counterOf, dailyEvent } from './codec/event.ts';
import { number } from './codec/json.ts';
import { atMost, textOf, trimmed, utf8 } from './codec/text.ts';
import { localText, utcOffsetMinutes } from './codec/when.ts';
import { type Arrival, CodecError, defineDriver, type Memory, type Sample } from './driver.ts';
import { maxReadingsPerMessage, type PassageReading, type Reading } from './reading.ts';
import { localTextMs, plausibleMs } from './time.ts';

const Options = z.strictObject({ utcOffsetMinutes });
type Options = z.infer<typeof Options>;

const maxBytes = 256 * 1024;
/** Tables of records; of all others (operations, users, templates, photographs) only the number of lines is known. */
const records = /[?&]table=(?:ATTLOG|rtlog)(?:&|$)/i;
const face = '15';

/** ZKTeco terminals with push: attendance (ATTLOG) and access control (rtlog). */
export const zkteco = defineDriver<Options>({
  id: 'zkteco',
  title: { zh: '中控 ZKTeco 门禁考勤终端', en: 'ZKTeco terminal' },
  wire: 'http',
  proven: 'manual',
  personal: true,
  sources: ['public ZKTeco push receivers (attendance and access variants)'],
  lacks: {
    zh: '不下发命令；考勤记录没有编号；除人脸外的验证方式不分；工号、卡号一律不读。',
    en: 'No commands are handed to it. Records of attendance have no id; means other than a face are not told apart; pins and cards are never read.',
  },
  omits: ['passage.event', 'passage.replayed'],
  kinds: ['passage', 'status'],
  options: Options,

  decode({ body, topic, method }, options, arrival, memory) {
    atMost(body, maxBytes);
    const { device, atMs } = arrival;
    const text = trimmed(textOf(body));
    // The device asks for its options, or for commands: it is there.
    if (text === '' && (method === 'GET' || /\/iclock\//.test(topic ?? ''))) {
      return checked([{ kind: 'status', device, atMs, online: true }]);
    }
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
    if (/[?&]table=/.test(topic ?? '') && !records.test(topic ?? '')) {
      countDropped(memory, lines.length);
      return [];
    }
    if (lines.length > maxReadingsPerMessage) {
      throw personalError(`${lines.length} records; at most ${maxReadingsPerMessage}`);
    }
    return checked(readingsOf(lines, options, arrival, memory));
  },

  encode(reading, { utcOffsetMinutes: offset }) {
    const base = `/iclock/cdata?SN=${reading.device}`;
    if (reading.kind === 'status' && reading.online) {
      return [{ method: 'GET', topic: `${base}&options=all`, body: new Uint8Array() }];
    }
    if (reading.kind !== 'passage') throw new CodecError(`A terminal says no ${reading.kind}`);
    const { credential, result, plate, vehicle, event } = reading;
    const odd = plate !== undefined || vehicle !== undefined;
    const code = { registered: 0, rejected: 23, unknown: undefined, visitor: undefined }[result];
    if ((credential !== 'face' && credential !== 'none') || code === undefined || odd) {
      throw new CodecError(`A terminal does not say ${credential} ${result}`);
    }
    const line = [
      `time=${localText(reading.atMs, offset)}`,
      'pin=0',
      `event=${code}`,
      `verifytype=${credential === 'face' ? face : '1'}`,
      ...(event === undefined ? [] : [`index=${counterOf(event)}`]),
    ];
    return [{ topic: `${base}&table=rtlog`, body: utf8(`${line.join('\t')}\n`) }];
  },

  reply({ body, topic = '', method }, { utcOffsetMinutes: offset }) {
    const say = (text: string) => ({ body: utf8(text), contentType: 'text/plain' });
    if (/[?&]options=all/.test(topic)) {
      const sn = /[?&]SN=([\w-]{1,32})/.exec(topic)?.[1] ?? '';
      return say(handshake(sn, Math.round(offset / 60)));
    }
    if (method === 'GET') return say('OK');
    const lines = trimmed(textOf(body))
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '');
    return say(`OK: ${lines.length}`);
  },

  get samples() {
    return samples;
  },
});

/** Neither AttPhoto nor EnrollUser among the flags: photographs and templates stay in the terminal. */
const handshake = (sn: string, timeZone: number): string =>
  `GET OPTION FROM: ${sn}\nATTLOGStamp=None\nOPERLOGStamp=9999\nATTPHOTOStamp=None\nErrorDelay=30\nDelay=10\n` +
  'TransTimes=00:00;14:05\nTransInterval=1\nTransFlag=TransData AttLog OpLog\n' +
  `TimeZone=${timeZone}\nRealtime=1\nEncrypt=None\n`;

function readingsOf(
  lines: readonly string[],
  { utcOffsetMinutes: offset }: Options,
  arrival: Arrival,
  memory: Memory,
): Reading[] {
  const seen = new Map<number, number>();
  return lines.flatMap((line): Reading[] => {
    const fields = line.split('\t');
    const named = /^\w+=/.test(line);
    const reading = named
      ? accessLine(fields, offset, arrival)
      : attendanceLine(fields, offset, arrival);
    // pin, cardno, work code and what else stands in the line.
    countDropped(memory, Math.max(0, fields.length - (named ? 5 : 2)));
    if (!reading || named) return reading ? [reading] : [];
    // Two people in one second are two passes; a record that is sent again is the same one.
    const nth = seen.get(reading.atMs) ?? 0;
    seen.set(reading.atMs, nth + 1);
    return [{ ...reading, event: `${reading.atMs}-${nth}` }];
  });
}

/** pin, local time, status, verify, … separated by tabs; without names. */
function attendanceLine(
  [, time = '', , verify]: readonly string[],
  offset: number,
  { device, atMs, lane, direction }: Arrival,
): PassageReading {
  const saidMs = localTextMs(time, offset);
  if (saidMs === null || verify === undefined) throw personalError('Not a record of attendance');
  return {
    kind: 'passage',
    device,
    atMs: plausibleMs(saidMs, atMs),
    lane,
    direction,
    credential: verify.trim() === face ? 'face' : 'none',
    result: 'registered',
  };
}

/**
 * name=value, separated by tabs. Event 0 is a pass (seen in a capture); 20 to 99 are refusals and the others doors and
 * alarms after the maker's event table, which no capture has confirmed.
 */
function accessLine(
  fields: readonly string[],
  offset: number,
  { device, atMs: arrivedMs, lane, direction }: Arrival,
): PassageReading | null {
  const value = (name: string) =>
    fields
      .find((field) => field.startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .trim();
  const saidMs = localTextMs(value('time') ?? '', offset);
  const code = number(value('event'));
  if (saidMs === null || code === undefined) throw personalError('Not a record of access');
  if (code !== 0 && (code < 20 || code > 99)) return null;
  const atMs = plausibleMs(saidMs, arrivedMs);
  const index = value('index');
  const way = { 0: 'in', 1: 'out' }[value('inoutstatus') ?? ''];
  return {
    kind: 'passage',
    device,
    atMs,
    lane,
    direction: direction === 'unknown' && (way === 'in' || way === 'out') ? way : direction,
    credential: value('verifytype') === face ? 'face' : 'none',
    result: code === 0 ? 'registered' : 'rejected',
    ...(index === undefined || !/^[\w-]{1,64}$/.test(index)
      ? {}
      : { event: dailyEvent(index, atMs, offset) }),
  };
}

const atMs = 1773618130000;
const arrival = { device: 'zk-1', lane: 'door-1', direction: 'in', atMs: atMs + 22_000 } as const;
const pass = { kind: 'passage', ...arrival, credential: 'face', result: 'registered' } as const;
const samples: readonly Sample[] = [
  {
    note: 'an access event',
    file: 'face/zkteco-rtlog.txt',
    topic: '/iclock/cdata?SN=CKDX00000001&table=rtlog',
    arrival,
    readings: [{ ...pass, atMs, event: '42@20260316' }],
  },
  {
    note: 'two records of attendance, answered with their number',
    file: 'face/zkteco-attlog.txt',
    topic: '/iclock/cdata?SN=CKDX00000001&table=ATTLOG&Stamp=9999',
    arrival,
    readings: [
      { ...pass, atMs, event: `${atMs}-0` },
      { ...pass, atMs: atMs + 21_000, event: `${atMs + 21_000}-0` },
    ],
  },
  {
    note: 'templates and photographs: not even looked at',
    text: 'BIODATA Pin=1\tNo=0\tTmp=AAAA\nBIOPHOTO PIN=1\tContent=AAAA\n',
    topic: '/iclock/cdata?SN=CKDX00000001&table=BIODATA',
    readings: [],
  },
  {
    note: 'it asks for its options: it is there',
    text: '',
    topic: '/iclock/cdata?SN=CKDX00000001&options=all&pushver=2.4.1',
    arrival,
    readings: [{ kind: 'status', device: 'zk-1', atMs: arrival.atMs, online: true }],
  },
  {
    note: 'our own options that came back',
    file: 'face/zkteco-handshake-response.txt',
    refused: 'Not a record',
  },
];
