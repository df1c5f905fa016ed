import {
  answersTo,
  encodeFrame,
  type Frame,
  functionOf,
  identifierOf,
  isAnswer,
  isRefusal,
  maxDataBytes,
  moreFollows,
  questionForMore,
  reads,
  refusalText,
  scanFrames,
} from '../../../drivers/dlt645/frame.ts';
import type { Message } from '../../../drivers/driver.ts';
import type { Bus } from '../../config/schema.ts';
import { type Channel, openSerialChannel, openTcpChannel } from '../poll/channel.ts';
import { type Line, NoAnswer, type OpenLine } from '../poll/line.ts';
import { type Master as AnyMaster, createMaster } from '../poll/master.ts';

/** Factory setting of DL/T 645 meters (2007, 5.1: 2400 bit/s, even parity, one stop bit). */
export const factory = { baudRate: 2400, parity: 'even' } as const;
/** Parts of one answer: a part carries some 190 bytes, and nothing that is asked for has more than a dozen. */
export const maxParts = 16;

/** Wake-up bytes, the frame round its data. */
const longestAnswer = 56 + maxDataBytes;

export type Master = AnyMaster<Frame>;

/** The one who asks on a line of DL/T 645 meters. */
export const dlt645Master = (
  channel: Channel,
  settings: { readonly baudRate: number; readonly timeoutMs: number },
): Master =>
  createMaster(channel, {
    ...settings,
    longestAnswer,
    scan(bytes) {
      const { frames, trouble, end } = scanFrames(bytes);
      return { frames: frames.filter(isAnswer), trouble, end };
    },
  });

/** A bus of DL/T 645 meters, on a serial port or behind a converter. */
export const openDlt645: OpenLine = async (bus) => {
  const { baudRate = factory.baudRate, timeoutMs } = bus;
  return dlt645Line(dlt645Master(await channelOf(bus), { baudRate, timeoutMs }));
};

function channelOf({ path, address, stopBits, ...bus }: Bus): Promise<Channel> {
  if (path === undefined) return openTcpChannel(address ?? '');
  const { baudRate = factory.baudRate, parity = factory.parity } = bus;
  return openSerialChannel({ path, baudRate, parity, stopBits });
}

export function dlt645Line(master: Master): Line {
  return {
    async ask(poll) {
      if (poll.wire !== 'dlt645') throw new Error(`A ${poll.wire} question on a DL/T 645 bus`);
      const [asked] = scanFrames(poll.frame).frames;
      if (!asked) throw new Error('The question is no DL/T 645 frame');
      return { body: await whole(master, poll.frame, asked) };
    },
    close: master.close,
  };
}

/** The answer with all parts that follow, as they stood on the line. */
async function whole(master: Master, bytes: Uint8Array, asked: Frame): Promise<Message['body']> {
  const wakeUp = bytes.length - encodeFrame(asked).length;
  const identifier = identifierOf(asked.data);
  let part = await answer(master, bytes, asked);
  const parts = [encodeFrame(part)];
  while (moreFollows(part)) {
    if (parts.length >= maxParts) {
      throw new NoAnswer('garbled', `The answer goes on after ${maxParts} parts`);
    }
    const next = questionForMore(part.address, identifier, parts.length);
    part = await answer(master, encodeFrame(next, wakeUp), next);
    parts.push(encodeFrame(part));
  }
  return Buffer.concat(parts);
}

/** The frame that answers `asked`; late answers to earlier questions and those of other meters are passed over. */
async function answer(master: Master, bytes: Uint8Array, asked: Frame): Promise<Frame> {
  const outcome = await master.exchange(bytes, (frame) => (fits(asked, frame) ? frame : null));
  if (outcome.kind === 'silent') throw new NoAnswer('silent', 'No answer');
  if (outcome.kind === 'garbled') {
    const { trouble } = outcome;
    throw new NoAnswer(
      'garbled',
      trouble === null ? 'The answer to something else' : `The answer cannot be read: ${trouble}`,
    );
  }
  if (isRefusal(outcome.value)) throw new NoAnswer('refused', refusalText(outcome.value));
  return outcome.value;
}

function fits(asked: Frame, frame: Frame): boolean {
  if (!answersTo(asked.address, frame.address) || functionOf(frame) !== functionOf(asked)) {
    return false;
  }
  if (isRefusal(frame)) return true;
  const { length } = asked.data;
  const numbered = functionOf(asked) === reads.more;
  // The number of a part stands last in the question and in its answer.
  const size = numbered ? length - 1 : length;
  return (
    asked.data.subarray(0, size).every((byte, n) => byte === frame.data[n]) &&
    (!numbered || asked.data.at(-1) === frame.data.at(-1))
  );
}
