import fc from 'fast-check';
import { generate } from 'mqtt-packet';
import { expect, test } from 'vitest';
import {
  createFrames,
  createTopicReader,
  FrameError,
  packet,
  pubacks,
  readConnect,
  readPublish,
  type Span,
  type Taken,
} from './frames.ts';

const topic = fc.stringMatching(/^[a-z0-9/]{1,40}$/);
const publish = fc
  .record({
    topic,
    payload: fc.uint8Array({ maxLength: 300 }),
    qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
    retain: fc.boolean(),
    messageId: fc.integer({ min: 1, max: 65_535 }),
  })
  .map((said) => ({ ...said, payload: Buffer.from(said.payload) }));
const written = (said: {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly messageId: number;
}) => generate({ cmd: 'publish', dup: false, ...said });
const cuts = fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 6 });

function* inPieces(whole: Buffer, lengths: readonly number[]): Generator<Buffer> {
  for (let at = 0, n = 0; at < whole.length; n += 1) {
    const length = lengths[n % lengths.length] ?? 1;
    yield whole.subarray(at, at + length);
    at += length;
  }
}

test('whatever is published, cut anywhere, is read as it was written', () => {
  fc.assert(
    fc.property(fc.array(publish, { minLength: 1, maxLength: 8 }), cuts, (said, lengths) => {
      const heard: unknown[] = [];
      const topicOf = createTopicReader();
      const frames = createFrames(
        () => 100_000,
        (buffer, span) => {
          expect((buffer[span.at] ?? 0) >> 4).toBe(packet.publish);
          const { payload, ...rest } = readPublish(buffer, span, topicOf);
          heard.push({ ...rest, payload: Buffer.from(payload) });
          return 'next';
        },
      );
      for (const piece of inPieces(Buffer.concat(said.map(written)), lengths)) frames.push(piece);
      expect(frames.pending()).toBe(0);
      expect(heard).toEqual(
        said.map(({ messageId, ...rest }) => ({
          ...rest,
          packetId: rest.qos === 0 ? 0 : messageId,
        })),
      );
    }),
    { numRuns: 300 },
  );
});

test('a packet that is not taken waits, and comes again; none is lost and none comes twice', () => {
  const verdicts = fc.array(fc.constantFrom<Taken>('next', 'stop', 'again'), { maxLength: 30 });
  fc.assert(
    fc.property(
      fc.array(publish, { minLength: 1, maxLength: 8 }),
      cuts,
      verdicts,
      (said, lengths, answers) => {
        const taken: string[] = [];
        const left = [...answers];
        const frames = createFrames(
          () => 100_000,
          (buffer, { at, end }) => {
            const answer = left.shift() ?? 'next';
            if (answer !== 'again') taken.push(buffer.toString('hex', at, end));
            return answer;
          },
        );
        for (const piece of inPieces(Buffer.concat(said.map(written)), lengths)) frames.push(piece);
        while (frames.pending() > 0) frames.push(Buffer.alloc(0));
        expect(taken).toEqual(said.map((one) => written(one).toString('hex')));
      },
    ),
    { numRuns: 300 },
  );
});

test('no bytes at all bring out anything but a FrameError, and no more waits than one packet and a piece', () => {
  const limit = 1000;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4000 }), cuts, (bytes, lengths) => {
      const topicOf = createTopicReader();
      const frames = createFrames(
        () => limit,
        (buffer, span) => {
          const kind = (buffer[span.at] ?? 0) >> 4;
          if (kind === packet.publish) readPublish(buffer, span, topicOf);
          if (kind === packet.connect) {
            readConnect(buffer.subarray(span.at, span.end), span.bodyAt - span.at);
          }
          return 'next';
        },
      );
      try {
        for (const piece of inPieces(Buffer.from(bytes), lengths)) {
          frames.push(piece);
          expect(frames.pending()).toBeLessThanOrEqual(limit);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(FrameError);
      }
    }),
    { numRuns: 500 },
  );
});

test('a packet over the limit is refused from its first bytes, before the rest has come', () => {
  const frames = createFrames(
    () => 100,
    () => 'next',
  );
  expect(() => frames.push(Buffer.from([0x30, 0x80, 0x01]))).toThrow(FrameError);
  const endless = createFrames(
    () => 100,
    () => 'next',
  );
  expect(() => endless.push(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff]))).toThrow('four bytes');
});

test('the limit is asked at each packet: what is too long before a log-in is fine behind it', () => {
  let limit = 20;
  const frames = createFrames(
    () => limit,
    () => {
      limit = 1000;
      return 'next';
    },
  );
  const long = generate({
    cmd: 'publish',
    topic: 't',
    payload: Buffer.alloc(500),
    qos: 0,
    dup: false,
    retain: false,
  });
  expect(() => frames.push(Buffer.concat([generate({ cmd: 'pingreq' }), long]))).not.toThrow();
});

const whole = (buffer: Buffer): Span => {
  let found: Span | undefined;
  createFrames(
    () => 1000,
    (_, span) => {
      found = { ...span };
      return 'next';
    },
  ).push(buffer);
  if (!found) throw new Error('Not a whole packet');
  return found;
};

test('a PUBLISH without a topic, cut short, or with packet id 0 is refused', () => {
  for (const [bytes, why] of [
    [[0x30, 0x00], 'without topic'],
    [[0x30, 0x02, 0x00, 0x00], 'cut short'],
    [[0x30, 0x03, 0x00, 0x05, 0x61], 'cut short'],
    [[0x32, 0x03, 0x00, 0x01, 0x61], 'cut short'],
    [[0x32, 0x05, 0x00, 0x01, 0x61, 0x00, 0x00], 'packet id 0'],
  ] as const) {
    const buffer = Buffer.from(bytes);
    expect(() => readPublish(buffer, whole(buffer), createTopicReader())).toThrow(why);
  }
});

test('a CONNECT tells its level and keep-alive, of MQTT 3.1 and 3.1.1; a strange one is refused', () => {
  for (const [protocolId, protocolVersion] of [
    ['MQIsdp', 3],
    ['MQTT', 4],
  ] as const) {
    const frame = generate({
      cmd: 'connect',
      protocolId,
      protocolVersion,
      clean: true,
      clientId: 'm1',
      keepalive: 45,
    });
    const { bodyAt } = whole(frame);
    const connect = readConnect(frame, bodyAt);
    expect(connect).toMatchObject({ level: protocolVersion, keepAliveS: 45 });
    expect(frame.readUInt16BE(connect.keepAliveAt)).toBe(45);
  }
  const strange = Buffer.from([0x10, 0x0c, 0x00, 0x09, ...Buffer.from('MQTTMQTTM'), 4]);
  expect(() => readConnect(strange, 2)).toThrow('strange protocol');
  expect(() => readConnect(Buffer.from([0x10, 0x02, 0x00, 0x04]), 2)).toThrow('cut short');
});

test('answers are those that the library writes, in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 65_535 }), { maxLength: 50 }), (ids) => {
      const expected = ids.map((messageId) => generate({ cmd: 'puback', messageId }));
      expect(pubacks(ids).equals(Buffer.concat(expected))).toBe(true);
    }),
  );
});

test('a topic is told right whether it is the last one again or another of the same length', () => {
  fc.assert(
    fc.property(fc.array(topic, { maxLength: 20 }), (topics) => {
      const read = createTopicReader();
      for (const one of topics.flatMap((same) => [same, same])) {
        const bytes = Buffer.from(`..${one}..`);
        expect(read(bytes, 2, 2 + Buffer.byteLength(one))).toBe(one);
      }
    }),
  );
});
