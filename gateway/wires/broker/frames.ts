/** MQTT 3.1.1 control packet types, section 2.2.1. */
export const packet = { connect: 1, publish: 3, puback: 4, pingreq: 12, disconnect: 14 } as const;

/** Cuts a byte stream into MQTT packets. Throws FrameError for what can never be one. */
export interface Frames {
  /** Hands over every whole packet; the buffer is nobody else's, views of it stay right. */
  push(chunk: Buffer): void;
  /** Bytes of a packet that has only begun. */
  pending(): number;
  /** Gives back what was not taken; it has to be pushed again, before anything else. */
  release(): Buffer | null;
}

export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** After a packet: give the next one; give none for now; or this one again later, it was not taken. */
export type Taken = 'next' | 'stop' | 'again';

/** Where a packet lies: its fixed header, its variable header, its end. The same object is used again. */
export interface Span {
  at: number;
  bodyAt: number;
  end: number;
}

/**
 * `limit` is asked at each packet: the longest one allowed now, bytes. What is not taken waits inside until
 * `push` is called again (with an empty chunk, if need be).
 */
export function createFrames(
  limit: () => number,
  take: (buffer: Buffer, span: Span) => Taken,
): Frames {
  let rest: Buffer | null = null;
  const span: Span = { at: 0, bodyAt: 0, end: 0 };
  return {
    pending: () => rest?.length ?? 0,
    release() {
      const left = rest;
      rest = null;
      return left;
    },
    push(chunk) {
      let buffer = chunk;
      if (rest !== null) buffer = chunk.length === 0 ? rest : Buffer.concat([rest, chunk]);
      rest = null;
      let at = 0;
      while (at < buffer.length) {
        if (!locate(buffer, at, span)) break;
        const { end } = span;
        if (end - at > limit()) throw new FrameError(`a packet of ${end - at} bytes`);
        if (buffer.length < end) break;
        const taken = take(buffer, span);
        if (taken !== 'again') at = end;
        if (taken !== 'next') break;
      }
      if (at < buffer.length) rest = at === 0 ? buffer : buffer.subarray(at);
    },
  };
}

/** Finds the packet that begins at `at`; false while its length cannot be told. */
function locate(buffer: Buffer, at: number, span: Span): boolean {
  let value = 0;
  let scale = 1;
  for (let i = 1; i <= 4; i += 1) {
    const byte = buffer[at + i];
    if (byte === undefined) return false;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      span.at = at;
      span.bodyAt = at + 1 + i;
      span.end = span.bodyAt + value;
      return true;
    }
    scale *= 128;
  }
  throw new FrameError('a length of more than four bytes');
}

/** The topic, packet id and payload of a PUBLISH. */
export interface Publish {
  readonly topic: string;
  readonly qos: number;
  readonly retain: boolean;
  /** 0 at QoS 0. */
  readonly packetId: number;
  readonly payload: Buffer;
}

/** Turns the bytes of a topic into text; a connection says the same one again and again. */
export type TopicReader = (buffer: Buffer, from: number, to: number) => string;

/** Remembers the last topic: comparing its bytes is cheaper than making the text again. */
export function createTopicReader(): TopicReader {
  let bytes: Buffer = Buffer.alloc(0);
  let topic = '';
  return (buffer, from, to) => {
    const length = to - from;
    if (length === bytes.length) {
      let i = 0;
      while (i < length && bytes[i] === buffer[from + i]) i += 1;
      if (i === length) return topic;
    }
    topic = buffer.toString('utf8', from, to);
    bytes = Buffer.from(buffer.subarray(from, to));
    return topic;
  };
}

/** Reads a PUBLISH without copying; throws FrameError where its parts do not fit. */
export function readPublish(
  buffer: Buffer,
  { at: start, bodyAt, end }: Span,
  topicOf: TopicReader,
): Publish {
  const flags = buffer[start] ?? 0;
  const qos = (flags >> 1) & 3;
  if (end < bodyAt + 2) throw new FrameError('a PUBLISH without topic');
  const topicEnd = bodyAt + 2 + (((buffer[bodyAt] ?? 0) << 8) | (buffer[bodyAt + 1] ?? 0));
  let at = topicEnd;
  if (topicEnd === bodyAt + 2 || at + (qos > 0 ? 2 : 0) > end)
    throw new FrameError('a PUBLISH cut short');
  let packetId = 0;
  if (qos > 0) {
    packetId = ((buffer[at] ?? 0) << 8) | (buffer[at + 1] ?? 0);
    if (packetId === 0) throw new FrameError('packet id 0');
    at += 2;
  }
  const topic = topicOf(buffer, bodyAt + 2, topicEnd);
  return { topic, qos, retain: (flags & 1) === 1, packetId, payload: buffer.subarray(at, end) };
}

/** What the front must know of a CONNECT: where its keep-alive stands, and what it says. */
export interface Connect {
  readonly keepAliveS: number;
  readonly keepAliveAt: number;
  readonly level: number;
}

/** `frame` is the packet alone. */
export function readConnect(frame: Buffer, bodyAt: number): Connect {
  if (frame.length < bodyAt + 10) throw new FrameError('a CONNECT cut short');
  const nameLength = frame.readUInt16BE(bodyAt);
  const levelAt = bodyAt + 2 + nameLength;
  if (nameLength > 6 || levelAt + 4 > frame.length)
    throw new FrameError('a CONNECT with a strange protocol');
  const level = frame[levelAt] ?? 0;
  return { level, keepAliveAt: levelAt + 2, keepAliveS: frame.readUInt16BE(levelAt + 2) };
}

/** Answers to QoS 1 packets, in one buffer: `40 02 id id` each. */
export function pubacks(ids: readonly number[]): Buffer {
  const buffer = Buffer.allocUnsafe(ids.length * 4);
  for (let i = 0, at = 0; i < ids.length; i += 1, at += 4) {
    const id = ids[i] ?? 0;
    buffer[at] = 0x40;
    buffer[at + 1] = 2;
    buffer[at + 2] = id >> 8;
    buffer[at + 3] = id & 0xff;
  }
  return buffer;
}
