import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { type Arrival, CodecError, defineDriver, type Message, type Sample } from './driver.ts';
import { createPowerReader } from './native-power.ts';
import {
  maxReadingsPerMessage,
  Name,
  type PowerReading,
  Reading,
  type ReadingKind,
  readingKinds,
} from './reading.ts';
import { aheadMs, isSet } from './time.ts';

/** Longest body of one message, bytes: a hundred full readings fit. */
export const maxNativeBytes = 64 * 1024;

const prefix = 'gatehouse/v1/';
const readPower = createPowerReader();

/** Device and kind of `gatehouse/v1/{device}/{kind}`; null where the topic is another. */
export function nativeTopic(
  topic: string,
): { readonly device: string; readonly kind: ReadingKind } | null {
  if (!topic.startsWith(prefix)) return null;
  const slash = topic.indexOf('/', prefix.length);
  if (slash < 0) return null;
  const kind = topic.slice(slash + 1);
  if (!(readingKinds as readonly string[]).includes(kind)) return null;
  return { device: topic.slice(prefix.length, slash), kind: kind as ReadingKind };
}

/** Simulators, home-made meters, load tests: contracts, section 4. */
export const native = defineDriver<Record<string, never>>({
  id: 'native',
  title: { zh: '本系统原生设备', en: 'Native device' },
  wire: 'mqtt',
  proven: 'manual',
  sources: [
    'our own format, gatehouse/v1/{device}/{kind}: the readings of drivers/reading.ts as JSON',
  ],
  lacks: {
    zh: '没有开闸等命令；只有模拟器和自制设备这样说。',
    en: 'It takes no commands; only simulators and home-made devices speak it.',
  },
  kinds: readingKinds,
  options: z.strictObject({}),
  topics: (device) => ({
    publishes: readingKinds.map((kind) => `${prefix}${device}/${kind}`),
    subscribes: [],
  }),

  decode(message, _options, arrival) {
    const kind = kindOf(message);
    const power = kind === 'power' ? readPower(message.body, arrival) : null;
    if (power !== null) {
      ahead(power.atMs, arrival.atMs);
      return [wasSet(power.atMs, arrival.atMs) ? power : { ...power, atMs: arrival.atMs }];
    }
    const value = parse(message.body);
    if (!Array.isArray(value)) return [toReading(value, kind, arrival)];
    if (value.length === 0) throw new CodecError('An array without readings');
    if (value.length > maxReadingsPerMessage) {
      throw new CodecError(
        `${value.length} readings in one message; at most ${maxReadingsPerMessage}`,
      );
    }
    // Those without a time are given one each, a millisecond apart: at the same time they would be one reading.
    return value.map((item, i) => toReading(item, kind, { ...arrival, atMs: arrival.atMs + i }));
  },

  encode({ device, kind, ...rest }) {
    return [
      { topic: `${prefix}${device}/${kind}`, body: new TextEncoder().encode(JSON.stringify(rest)) },
    ];
  },

  get samples() {
    return samples;
  },
});

function kindOf({ topic }: Message): ReadingKind {
  // Without a topic (a captured file) power is meant: by far the most frequent.
  if (topic === undefined) return 'power';
  const parts = nativeTopic(topic);
  if (!parts) throw new CodecError('The topic is not gatehouse/v1/{device}/{kind}');
  return parts.kind;
}

function parse(body: Uint8Array): unknown {
  if (body.length > maxNativeBytes)
    throw new CodecError(`${body.length} bytes; at most ${maxNativeBytes}`);
  if (!isUtf8(body)) throw new CodecError('Not UTF-8');
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new CodecError('Not JSON');
  }
}

function toReading(
  value: unknown,
  kind: ReadingKind,
  { device, atMs: arrivalMs }: Arrival,
): Reading {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CodecError('Not an object');
  const source = value as Record<string, unknown>;
  if ('kind' in source || 'device' in source)
    throw new CodecError('kind and device stand in the topic');
  const said = source.atMs;
  const atMs = said === undefined || !wasSet(said, arrivalMs) ? arrivalMs : said;
  if (kind === 'power' && isPower(source, atMs)) {
    ahead(atMs, arrivalMs);
    // It is ours, fresh from the parser: a copy would take twice as long as the parsing.
    source.kind = kind;
    source.device = device;
    source.atMs = atMs;
    return source as unknown as Reading;
  }
  const parsed = Reading.safeParse({ ...source, kind, device, atMs });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new CodecError(`${issue?.path.join('.') || 'reading'}: ${issue?.message ?? 'invalid'}`);
  }
  ahead(parsed.data.atMs, arrivalMs);
  return parsed.data;
}

/** A device whose clock was never set says 1970, or for how long it has run: its readings would be deleted for their age. */
const wasSet = (saidMs: unknown, arrivalMs: number): boolean =>
  !isWholeMs(saidMs) || !isSet(arrivalMs) || isSet(saidMs);
const isWholeMs = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0;

/** A clock that runs far ahead would mark the future as heard. Before the box's own clock is set nobody can tell. */
function ahead(atMs: unknown, arrivalMs: number): void {
  if (typeof atMs !== 'number' || atMs <= arrivalMs + aheadMs || !isSet(arrivalMs)) return;
  throw new CodecError('atMs lies more than 10 minutes ahead of the box');
}

/** True for a power reading that the schema `Reading` takes, device and kind and all; the fast way of asking. */
export function isPowerReading(value: unknown): value is PowerReading {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const source = value as Record<string, unknown>;
  return source.kind === 'power' && isName(source.device) && isPower(source, source.atMs, true);
}

const names = new Set<string>();
const maxNames = 50_000;

/** Names come again and again: each is looked at once. */
function isName(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  if (names.has(value)) return true;
  if (!Name.safeParse(value).success) return false;
  if (names.size >= maxNames) names.clear();
  names.add(value);
  return true;
}

/*
 * The hot path: the power shape checked by hand, exactly as strict as the schema `Reading` (a property test
 * holds the two together). zod takes over for every other kind and for the words of a refusal.
 */
const finite = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);

function isPower(source: Record<string, unknown>, atMs: unknown, whole = false): boolean {
  if (!Number.isSafeInteger(atMs) || (atMs as number) < 0 || !finite(source.powerW)) return false;
  for (const key in source) {
    const value = source[key];
    switch (key) {
      case 'atMs':
      case 'powerW':
        break;
      case 'kind':
      case 'device':
        if (!whole) return false;
        break;
      case 'phases':
        if (!isPhases(value)) return false;
        break;
      case 'neutralA':
      case 'energyWh':
      case 'residualMa':
      case 'frequencyHz':
        if (!finite(value) || value < 0) return false;
        break;
      case 'temperatureC':
        if (!finite(value)) return false;
        break;
      default:
        return false;
    }
  }
  return true;
}

function isPhases(value: unknown): boolean {
  if (!Array.isArray(value) || value.length < 1 || value.length > 3) return false;
  for (const phase of value) {
    if (typeof phase !== 'object' || phase === null || Array.isArray(phase)) return false;
    for (const key in phase) {
      const figure: unknown = phase[key];
      if (!finite(figure)) return false;
      switch (key) {
        case 'powerW':
        case 'reactiveVar':
          break;
        case 'voltageV':
        case 'currentA':
        case 'thdPercent':
          if (figure < 0) return false;
          break;
        case 'powerFactor':
          if (figure < 0 || figure > 1) return false;
          break;
        default:
          return false;
      }
    }
  }
  return true;
}

const atMs = 1773618130000;
const arrival = { device: 'n-1', lane: 'in-1', atMs, direction: 'in' } as const;
const said = { device: 'n-1', atMs: atMs - 1000 };
const samples: readonly Sample[] = [
  {
    note: 'power of one phase, with a time of its own',
    topic: 'gatehouse/v1/n-1/power',
    text: '{"atMs":1773618129000,"powerW":120.5,"phases":[{"voltageV":229.7,"currentA":0.53}]}',
    arrival,
    readings: [
      { kind: 'power', ...said, powerW: 120.5, phases: [{ voltageV: 229.7, currentA: 0.53 }] },
    ],
  },
  {
    note: 'two readings of one message, without times: each gets one',
    topic: 'gatehouse/v1/n-1/power',
    text: '[{"powerW":1},{"powerW":2}]',
    arrival,
    readings: [
      { kind: 'power', device: 'n-1', atMs, powerW: 1 },
      { kind: 'power', device: 'n-1', atMs: atMs + 1, powerW: 2 },
    ],
  },
  {
    note: 'a device that is there',
    topic: 'gatehouse/v1/n-1/status',
    text: '{"atMs":1773618129000,"online":true}',
    arrival,
    readings: [{ kind: 'status', ...said, online: true }],
  },
  { note: 'no kind of reading', topic: 'gatehouse/v1/n-1/x', text: '{}', refused: 'topic' },
];
