/** MQTT 3.1.1 control packet types, section 2.2.1. */
export const packet = { connect: 1, publish: 3, puback: 4, pingreq: 12, disconnect: 14 } as const;

/** Cuts a byte stream into MQTT packets. Throws FrameError for what can never be one. */
export interface Frames {
  /** Hands over every whole packet, with its fixed header; `bodyAt` is where the variable header begins. */
  push(chunk: Buffer): void;
  /** Bytes of a packet that has only begun. */
  pending(): number;
}

export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** After a packet: give the next one; give none for now; or this one again later, it was not taken. */
export type Taken = 'next' | 'stop' | 'again';

/**
 * `limit` is asked at each packet: the longest one allowed now, bytes. What is not taken waits inside until
 * `push` is called again (with an empty chunk, if need be).
 */
export function createFrames(
  limit: () => number,
  take: (frame: Buffer, bodyAt: number) => Taken,
): Frames {
  let rest: Buffer | null = null;
  return {
    pending: () => rest?.length ?? 0,
    push(chunk) {
      let buffer = chunk;
      if (rest !== null) buffer = chunk.length === 0 ? rest : Buffer.concat([rest, chunk]);
      rest = null;
      let at = 0;
      while (at < buffer.length) {
        const size = lengthOf(buffer, at);
        if (size === null) break;
        const { length, bodyAt } = size;
        if (length > limit()) throw new FrameError(`a packet of ${length} bytes`);
        if (buffer.length - at < length) break;
        const frame = buffer.subarray(at, at + length);
        const taken = take(frame, bodyAt);
        if (taken !== 'again') at += length;
        if (taken !== 'next') break;
      }
      if (at < buffer.length) rest = at === 0 ? buffer : buffer.subarray(at);
    },
  };
}

/** Length of the packet that begins at `at`, header and all; null while it cannot be told. */
function lengthOf(
  buffer: Buffer,
  at: number,
): { readonly length: number; readonly bodyAt: number } | null {
  let value = 0;
  let scale = 1;
  for (let i = 1; i <= 4; i += 1) {
    const byte = buffer[at + i];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { length: value + 1 + i, bodyAt: 1 + i };
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

/** Reads a PUBLISH without copying; throws FrameError where its parts do not fit. */
export function readPublish(frame: Buffer, bodyAt: number): Publish {
  const flags = frame[0] ?? 0;
  const qos = (flags >> 1) & 3;
  if (frame.length < bodyAt + 2) throw new FrameError('a PUBLISH without topic');
  const topicLength = frame.readUInt16BE(bodyAt);
  let at = bodyAt + 2 + topicLength;
  if (topicLength === 0 || at + (qos > 0 ? 2 : 0) > frame.length)
    throw new FrameError('a PUBLISH cut short');
  const topic = frame.toString('utf8', bodyAt + 2, at);
  let packetId = 0;
  if (qos > 0) {
    packetId = frame.readUInt16BE(at);
    if (packetId === 0) throw new FrameError('packet id 0');
    at += 2;
  }
  return { topic, qos, retain: (flags & 1) === 1, packetId, payload: frame.subarray(at) };
}

/** What the front must know of a CONNECT: where its keep-alive stands, and what it says. */
export interface Connect {
  readonly keepAliveS: number;
  readonly keepAliveAt: number;
  readonly level: number;
}

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
