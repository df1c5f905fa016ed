import { createServer, type Socket } from 'node:net';
import {
  type Answer,
  encodeAnswer,
  type Question,
  questionOf,
} from '../../drivers/modbus/frame.ts';
import { encodeTcpAnswer, nextTcp, withChecksum } from '../../drivers/modbus/tcp.ts';
import { createCopper } from './copper.ts';
import { ptyEnd, tcpEnd } from './end.ts';
import { answerOf, type ModbusMeterPlan } from './modbus-meter.ts';

export interface ModbusBus {
  /** What the gateway opens: a device file, or HOST:PORT. */
  readonly where: string;
  /** Whole questions heard so far. */
  asked(): number;
  /** What came that reads no registers. Must stay 0. */
  writes(): number;
  /** Says something into the line as it is: noise, another protocol. */
  disturb(bytes: Uint8Array): void;
  stop(): Promise<void>;
}

export interface ModbusBusPlan {
  readonly meters: readonly ModbusMeterPlan[];
  /** bit/s; 9600 as most are set. */
  readonly baudRate?: number;
  /** A serial line on a real pseudo-terminal, one behind a converter that passes bytes on, or Modbus TCP. */
  readonly end?: 'pty' | 'converter' | 'tcp';
  readonly port?: number;
  /** Adapters that hear themselves: the question comes back before the answer. */
  readonly echo?: boolean;
  /** Behind Modbus TCP: a converter says that nobody answers (exception 0BH), instead of nothing. */
  readonly tellsNobody?: boolean;
}

const answerDelayMs = 20;
const questionBytes = 8;
/** Where the count of bytes stands in an answer. */
const rtuCountAt = 2;
const tcpCountAt = 8;
const writeCodes: readonly number[] = [5, 6, 15, 16, 22, 23];

/** Modbus meters on a line that takes its time, or behind Modbus TCP. */
export const startModbusBus = (plan: ModbusBusPlan): Promise<ModbusBus> =>
  plan.end === 'tcp' ? startTcp(plan) : startLine(plan);

async function startLine(plan: ModbusBusPlan): Promise<ModbusBus> {
  const { meters, baudRate = 9600, echo = false } = plan;
  const end = plan.end === 'converter' ? await tcpEnd(plan.port) : await ptyEnd();
  const copper = createCopper(end, baudRate);
  const counts = { asked: 0, writes: 0 };
  let held = new Uint8Array();
  copper.onBytes((bytes) => {
    if (echo) end.write(bytes);
    held = Uint8Array.from([...held, ...bytes]).slice(-questionBytes);
    const question = questionOf(held);
    if (!question) {
      if (isWrite(held)) counts.writes += 1;
      return;
    }
    held = new Uint8Array();
    counts.asked += 1;
    const sayings = meters.flatMap((meter) => {
      const answer = answerOf(meter, question);
      return answer
        ? [
            {
              afterMs: meter.delayMs ?? answerDelayMs,
              bytes: garbled(meter, encodeAnswer(answer), rtuCountAt),
            },
          ]
        : [];
    });
    if (sayings.length > 0) copper.say(sayings);
  });
  return {
    where: end.where,
    asked: () => counts.asked,
    writes: () => counts.writes,
    disturb: (bytes) => end.write(bytes),
    stop: copper.stop,
  };
}

async function startTcp({ meters, port = 0, tellsNobody }: ModbusBusPlan): Promise<ModbusBus> {
  const clients = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  const counts = { asked: 0, writes: 0 };
  const say = (socket: Socket, afterMs: number, bytes: Uint8Array) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      socket.write(bytes);
    }, afterMs);
    timers.add(timer);
  };
  const hear = (socket: Socket, transaction: number, pdu: Uint8Array) => {
    if (writeCodes.includes(pdu[1] ?? 0)) counts.writes += 1;
    const question = questionOf(withChecksum(pdu));
    if (!question) return;
    counts.asked += 1;
    for (const { meter, answer } of answersOf(meters, question, tellsNobody === true)) {
      const bytes = encodeTcpAnswer({ transaction, said: answer });
      say(
        socket,
        meter?.delayMs ?? answerDelayMs,
        meter ? garbled(meter, bytes, tcpCountAt) : bytes,
      );
    }
  };
  const server = createServer({ noDelay: true }, (socket) => {
    let held = Buffer.alloc(0);
    clients.add(socket);
    socket.on('data', (bytes) => {
      held = Buffer.concat([held, bytes]);
      for (let next = nextTcp(held); next; next = nextTcp(held)) {
        hear(socket, next.transaction, next.pdu);
        held = held.subarray(next.end);
      }
    });
    socket.on('close', () => clients.delete(socket));
    socket.on('error', () => {
      // It is closed next.
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port');
  return {
    where: `127.0.0.1:${address.port}`,
    asked: () => counts.asked,
    writes: () => counts.writes,
    disturb(bytes) {
      for (const client of clients) client.write(bytes);
    },
    stop: () =>
      new Promise((resolve) => {
        for (const timer of timers) clearTimeout(timer);
        server.close(() => resolve());
        for (const client of clients) client.destroy();
      }),
  };
}

/** Who answers; behind a converter that tells so, nobody does in words. */
function answersOf(
  meters: readonly ModbusMeterPlan[],
  question: Question,
  tellsNobody: boolean,
): readonly { readonly meter: ModbusMeterPlan | null; readonly answer: Answer }[] {
  const said = meters.flatMap((meter) => {
    const answer = answerOf(meter, question);
    return answer ? [{ meter, answer }] : [];
  });
  if (said.length > 0 || !tellsNobody) return said;
  const { unitId, code } = question;
  return [{ meter: null, answer: { unitId, code, exception: 11 } }];
}

/** The count of bytes is wrong: over TCP there is no checksum that would show anything else. */
function garbled(meter: ModbusMeterPlan, bytes: Uint8Array, countAt: number): Uint8Array {
  if ((meter.garble ?? 0) === 0) return bytes;
  meter.garble = (meter.garble ?? 0) - 1;
  const changed = Uint8Array.from(bytes);
  changed[countAt] = (changed[countAt] ?? 0) ^ 0x02;
  return changed;
}

/** A whole frame that would set a register or a coil. */
const isWrite = (bytes: Uint8Array): boolean =>
  bytes.length === questionBytes &&
  writeCodes.includes(bytes[1] ?? 0) &&
  withChecksum(bytes.subarray(0, -2)).every((byte, n) => byte === bytes[n]);
