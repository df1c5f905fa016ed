import { CodecError } from '../driver.ts';
import {
  type Answer,
  crc16,
  decodeAnswer,
  encodeAnswer,
  encodeQuestion,
  type Question,
} from './frame.ts';

/** A frame of Modbus TCP: the RTU frame without its checksum behind seven bytes (Modbus messaging on TCP/IP V1.0b, 3.1.3). */
export interface TcpFrame<T> {
  /** Which question it belongs to. */
  readonly transaction: number;
  readonly said: T;
}

/** Transaction, protocol (0), length; the unit counts to what follows. */
const headerBytes = 6;
const crcBytes = 2;
/** Unit and 253 bytes (3.1.3). */
export const maxTcpLength = 254;

const framed = (transaction: number, rtu: Uint8Array): Uint8Array => {
  const rest = rtu.subarray(0, -crcBytes);
  const frame = Buffer.alloc(headerBytes + rest.length);
  frame.writeUInt16BE(transaction, 0);
  frame.writeUInt16BE(rest.length, 4);
  frame.set(rest, headerBytes);
  return frame;
};

export const encodeTcpQuestion = ({ transaction, said }: TcpFrame<Question>): Uint8Array =>
  framed(transaction, encodeQuestion(said));
export const encodeTcpAnswer = ({ transaction, said }: TcpFrame<Answer>): Uint8Array =>
  framed(transaction, encodeAnswer(said));

/** A whole frame at the beginning of `bytes`; null while more is to come. Throws where the stream is no Modbus TCP. */
export function nextTcp(
  bytes: Uint8Array,
): { readonly transaction: number; readonly pdu: Uint8Array; readonly end: number } | null {
  if (bytes.length < headerBytes) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getUint16(4);
  if (view.getUint16(2) !== 0 || length < 2 || length > maxTcpLength)
    throw new CodecError('This is not Modbus TCP');
  const end = headerBytes + length;
  if (bytes.length < end) return null;
  return { transaction: view.getUint16(0), pdu: bytes.subarray(headerBytes, end), end };
}

/** Unit, function and data as the answer that they are. */
export const answerOfPdu = (pdu: Uint8Array): Answer => decodeAnswer(withChecksum(pdu));

/** Unit, function and data as the RTU frame that would have stood on a line. */
export function withChecksum(pdu: Uint8Array): Uint8Array {
  const crc = crc16(pdu);
  return Uint8Array.from([...pdu, crc & 0xff, crc >> 8]);
}
