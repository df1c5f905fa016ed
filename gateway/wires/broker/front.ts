import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import {
  createFrames,
  createTopicReader,
  FrameError,
  type Publish,
  packet,
  pubacks,
  readConnect,
  readPublish,
  type Span,
  type Taken,
} from './frames.ts';

/** Names of the devices for which a connection may speak; null on an anonymous bench: for any. */
export type SpeaksFor = ReadonlySet<string> | null;

/** One connection: the only owner of its socket. The broker behind sees a stream of packets. */
export interface Connection {
  /** What the broker reads from and writes to. */
  readonly stream: Duplex;
  readonly address: string;
  /** The broker has let it in: what it publishes may be taken. */
  open(who: { readonly clientId: string; readonly speaksFor: SpeaksFor }): void;
  /** The disk is behind: what has to be answered stays with the device for a moment. */
  rest(): void;
  close(reason: string): void;
}

export interface FrontParts {
  readonly frameBytes: number;
  readonly messagesPerSecond: number;
  readonly monoMs: () => number;
  /**
   * Takes a PUBLISH of QoS 0 or 1 on a device's own topic: calls `done` after the flush. Returns false where
   * it is none of these: then the broker gets the packet.
   */
  readonly take: (
    publish: Publish,
    speaksFor: SpeaksFor,
    done: (error: Error | null) => void,
  ) => boolean;
  /** True while so much waits for the disk that no more of QoS 1 is read. */
  readonly crowded: () => boolean;
  /** A message of QoS 1 came while it is crowded: others need not be read either. */
  readonly onCrowded: () => void;
  readonly onClose: (reason: string) => void;
}

/** A message between its coming and its PUBACK. */
interface Slot {
  /** 0 at QoS 0. */
  readonly packetId: number;
  done: boolean;
}

/** Limits that nobody needs to set. */
export const beforeLoginBytes = 4 * 1024;
const connectWithinMs = 5000;
export const refillMs = 50;
/** Bits of a PUBLISH's first byte. */
const qosBits = 0x06;
const qos1 = 0x02;
const emptyChunk = Buffer.alloc(0);
/** Messages of one connection that may wait for the disk; beyond, its socket is not read. */
export const maxInFlight = 1000;
/** A reader that does not take what it is sent is dropped, bytes. */
export const maxUnsentBytes = 4 * 1024 * 1024;

/**
 * Stands between a socket and the broker. It cuts the stream into packets, holds limits, and answers PUBLISH on
 * ingest topics itself, with the PUBACKs of one commit in one write. Keep-alive is watched here, since the
 * broker does not see most packets: towards it the CONNECT says 0.
 */
export function createConnection(socket: Socket, parts: FrontParts): Connection {
  const address = socket.remoteAddress ?? '';
  let speaksFor: SpeaksFor = null;
  let state: 'new' | 'waiting' | 'open' | 'closed' = 'new';
  let keepAliveMs = 0;
  let heardMs = parts.monoMs();
  let inFlight = 0;
  /** Messages in the order in which they came; the first `settled` have their answer. */
  let slots: Slot[] = [];
  let settled = 0;
  const topicOf = createTopicReader();
  let acks: number[] = [];
  let ackScheduled = false;
  let tokens = parts.messagesPerSecond;
  let filledMs = heardMs;
  let throttled: NodeJS.Timeout | null = null;
  let wanted = true;
  /** It sends what has to be answered. Others are read on, also while the disk is behind: QoS 0 is shed, pings live. */
  let promises = false;
  /** What leaves in the next write. */
  let unsent: Buffer[] = [];
  let flushing: NodeJS.Immediate | null = null;

  const stream = new Duplex({
    // The broker wants more; what waits in the cutter comes first.
    read() {
      if (!wanted) {
        wanted = true;
        advance();
      }
    },
    // A packet comes in five or six pieces, and many packets in one turn: they leave in one write.
    write(chunk: Buffer, _encoding, next) {
      send(chunk);
      next();
    },
    writev(pieces, next) {
      for (const { chunk } of pieces) send(chunk);
      next();
    },
    final(next) {
      flush();
      socket.end();
      next();
    },
    destroy(error, next) {
      flush();
      socket.destroy();
      next(error);
    },
  });
  stream.on('error', () => {});

  const send = (chunk: Buffer) => {
    unsent.push(chunk);
    flushing ??= setImmediate(flush);
  };

  const flush = () => {
    if (flushing) clearImmediate(flushing);
    flushing = null;
    const [first] = unsent;
    if (first === undefined) return;
    if (!socket.destroyed) socket.write(unsent.length === 1 ? first : Buffer.concat(unsent));
    unsent = [];
    // Never lets the broker wait for one slow reader: that one is dropped instead.
    if (socket.writableLength > maxUnsentBytes) close('it does not take what it is sent');
  };

  const close = (reason: string) => {
    if (state === 'closed') return;
    state = 'closed';
    flush();
    clearInterval(watch);
    if (throttled) clearTimeout(throttled);
    socket.destroy();
    stream.destroy();
    parts.onClose(reason);
  };

  const sendAcks = () => {
    ackScheduled = false;
    if (acks.length === 0 || state === 'closed') return;
    // At once, together with what waits: no turn has to be asked for.
    unsent.push(pubacks(acks));
    acks = [];
    flush();
  };

  const taken = (slot: Slot, error: Error | null) => {
    inFlight -= 1;
    slot.done = true;
    if (state === 'closed') return;
    if (error) {
      // Nothing was kept: without a PUBACK and without a connection the device sends it again.
      close('the disk refuses');
      return;
    }
    // MQTT-4.6.0-2: in the order in which the messages came, also where one had nothing to store.
    for (let first = slots[settled]; first?.done; first = slots[settled]) {
      settled += 1;
      if (first.packetId > 0) acks.push(first.packetId);
    }
    if (settled === slots.length) {
      slots = [];
      settled = 0;
    } else if (settled > maxInFlight) {
      slots = slots.slice(settled);
      settled = 0;
    }
    if (acks.length > 0 && !ackScheduled) {
      ackScheduled = true;
      process.nextTick(sendAcks);
    }
    if (inFlight === maxInFlight >> 1) advance();
  };

  /** A token for each message; without one the socket rests until there are some again. */
  const allowed = (): boolean => {
    if (tokens < 1) {
      const nowMs = parts.monoMs();
      const earned = ((nowMs - filledMs) / 1000) * parts.messagesPerSecond;
      tokens = Math.min(parts.messagesPerSecond, tokens + earned);
      filledMs = nowMs;
    }
    if (tokens >= 1) {
      tokens -= 1;
      return true;
    }
    hold();
    return false;
  };

  /** The socket is not read for a moment; what the device says meanwhile waits on its side. */
  const hold = () => {
    socket.pause();
    throttled ??= setTimeout(() => {
      throttled = null;
      advance();
    }, refillMs);
  };

  const step = (buffer: Buffer, span: Span): Taken => {
    if (state === 'closed') return 'stop';
    const { at, bodyAt, end } = span;
    const type = (buffer[at] ?? 0) >> 4;
    if (state === 'new') {
      if (type !== packet.connect) throw new FrameError('the first packet is no CONNECT');
      const copy = Buffer.from(buffer.subarray(at, end));
      const { keepAliveAt, keepAliveS } = readConnect(copy, bodyAt - at);
      keepAliveMs = keepAliveS * 1500;
      copy.writeUInt16BE(0, keepAliveAt);
      state = 'waiting';
      stream.push(copy);
      return 'stop';
    }
    if (type === packet.publish) {
      if (((buffer[at] ?? 0) & qosBits) === qos1) {
        promises = true;
        if (parts.crowded()) {
          parts.onCrowded();
          hold();
          return 'again';
        }
      }
      if (!allowed()) return 'again';
      const publish = readPublish(buffer, span, topicOf);
      if (publish.qos < 2) {
        inFlight += 1;
        const slot: Slot = { packetId: publish.packetId, done: false };
        slots.push(slot);
        if (parts.take(publish, speaksFor, (error) => taken(slot, error))) {
          return inFlight < maxInFlight ? 'next' : 'stop';
        }
        inFlight -= 1;
        slots.pop();
      }
    }
    wanted = stream.push(buffer.subarray(at, end));
    return wanted ? 'next' : 'stop';
  };

  const frames = createFrames(() => (state === 'new' ? beforeLoginBytes : parts.frameBytes), step);

  const feed = (chunk: Buffer) => {
    if (state === 'closed') return;
    try {
      frames.push(chunk);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      close(error.message);
    }
  };

  const advance = () => {
    if (state === 'closed' || state === 'waiting') return;
    if (inFlight >= maxInFlight || throttled || !wanted) return;
    // A chunk is up to 64 KB of memory: none is taken that could only wait.
    if (promises && parts.crowded()) {
      hold();
      return;
    }
    feed(emptyChunk);
    if (inFlight < maxInFlight && !throttled && wanted && state === 'open') socket.resume();
  };

  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    heardMs = parts.monoMs();
    feed(chunk);
    if (state === 'closed') return;
    if (state === 'waiting' || inFlight >= maxInFlight || throttled || !wanted) {
      socket.pause();
      // A socket that is paused reads one more chunk, unless something lies in its own buffer.
      const left = frames.release();
      if (left !== null) socket.unshift(left);
    }
  });
  socket.on('error', () => close('the connection broke'));
  socket.on('close', () => close('it hung up'));
  socket.on('end', () => stream.push(null));
  stream.on('close', () => close('the broker closed it'));

  const startedMs = heardMs;
  const watch = setInterval(() => {
    const nowMs = parts.monoMs();
    if (state === 'new' && nowMs - startedMs > connectWithinMs) close('no CONNECT within 5 s');
    // While the socket is held back, its silence is ours.
    else if (socket.isPaused()) heardMs = nowMs;
    else if (keepAliveMs > 0 && nowMs - heardMs > keepAliveMs) close('no sign of life');
  }, 1000);
  watch.unref();

  return {
    stream,
    address,
    open(who) {
      if (state !== 'waiting') return;
      speaksFor = who.speaksFor;
      state = 'open';
      advance();
    },
    rest() {
      if (promises && state === 'open') hold();
    },
    close,
  };
}
