import type { Message, Poll } from '../../../drivers/driver.ts';
import { encodeAnswer, exceptionText } from '../../../drivers/modbus/frame.ts';
import type { Bus } from '../../config/schema.ts';
import { type Channel, openSerialChannel, openTcpChannel } from '../poll/channel.ts';
import { type Line, NoAnswer, type OpenLine } from '../poll/line.ts';
import type { Asker } from './ask.ts';
import { createRtuAsker } from './rtu.ts';
import { createTcpAsker } from './tcp.ts';

/** Most meters come so, or are set so (maker's manuals; the standard's own is even parity, V1.02, 2.5.1). */
export const usual = { baudRate: 9600, parity: 'none' } as const;

/** Meters on a serial port, or behind a converter that passes RTU frames on as they are. */
export const openModbusRtu: OpenLine = async (bus) =>
  modbusLine(createRtuAsker(await channelOf(bus), speedOf(bus)));

/** Meters that speak Modbus TCP, or hang on a converter that does. */
export const openModbusTcp: OpenLine = async (bus) =>
  modbusLine(createTcpAsker(await openTcpChannel(bus.address ?? ''), speedOf(bus)));

const speedOf = ({ baudRate = usual.baudRate, timeoutMs }: Bus) => ({ baudRate, timeoutMs });

function channelOf({ path, address, stopBits, ...bus }: Bus): Promise<Channel> {
  if (path === undefined) return openTcpChannel(address ?? '');
  const { baudRate = usual.baudRate, parity = usual.parity } = bus;
  return openSerialChannel({ path, baudRate, parity, stopBits });
}

function modbusLine({ ask, close }: Asker): Line {
  return {
    async ask(poll: Poll): Promise<Message> {
      if (poll.wire !== 'modbus') throw new Error(`A ${poll.wire} question on a Modbus bus`);
      const answer = await ask(poll);
      if ('exception' in answer) throw refusal(answer.exception);
      return { start: poll.start, body: encodeAnswer(answer) };
    },
    close,
  };
}

/** Needs longer, is busy: worth another try (V1.1b3, 7). */
const later: readonly number[] = [5, 6];
/** A converter says that nobody behind it answered. */
const nobody: readonly number[] = [10, 11];

function refusal(exception: number): NoAnswer {
  const why = later.includes(exception)
    ? 'garbled'
    : nobody.includes(exception)
      ? 'silent'
      : 'refused';
  return new NoAnswer(why, `refused: ${exceptionText(exception)}`);
}
