import { CodecError } from '../driver.ts';
import { decodeAddress, decodeTime, encodeAddress, encodeTime, swapped } from './semi-octets.ts';
import { type Coding, cut, decodeUserData, encodeUserData } from './user-data.ts';
import { decodeValidity, encodeValidity } from './validity.ts';

/** A message to send. */
export interface SmsSubmit {
  /** `+86` and 11 digits, or a national number as it is dialled. */
  readonly to: string;
  readonly text: string;
  /** 0 to 255, a new one for each message: with a constant one phones mix the parts of two alerts. */
  readonly reference?: number;
  /** How long the service centre tries, minutes; its own default if absent. */
  readonly validityMin?: number;
  /** True: a status report is wanted. */
  readonly report?: boolean;
}

/** What a PDU says. Times are UTC ms. */
export interface SmsPdu {
  readonly type: 'deliver' | 'submit' | 'status-report';
  /** Sender of a `deliver`, recipient otherwise. Personal: never into a log. */
  readonly number: string;
  readonly text?: string;
  readonly coding?: Coding;
  /** `deliver`: when the service centre had it; `status-report`: when the matter was decided. */
  readonly atMs?: number;
  /** `status-report` only: when the service centre had taken the message. */
  readonly sentAtMs?: number;
  /** Of the parts of a longer message; of a status report: the number that the modem gave (0 to 255). */
  readonly reference?: number;
  readonly part?: number;
  readonly parts?: number;
  /** TP-ST of a status report, 0 to 255. */
  readonly status?: number;
  readonly outcome?: Outcome;
  readonly report?: boolean;
  readonly validityMin?: number;
}

/** What TP-ST means to us (sms.md, 2.5). `stopped`: the centre gave up for now, one more try may help. */
export type Outcome = 'delivered' | 'unconfirmed' | 'trying' | 'failed' | 'stopped';

/** TP-ST in words, 3GPP TS 23.040, 9.2.3.15. Reserved values count as failed. */
export function outcomeOf(status: number): Outcome {
  if (status === 1) return 'unconfirmed';
  if (status < 0x20) return 'delivered';
  if (status < 0x40) return 'trying';
  return status >= 0x60 && status < 0x80 ? 'stopped' : 'failed';
}

const hex = (octets: readonly number[]): string =>
  Buffer.from(octets).toString('hex').toUpperCase();

/** SMS-SUBMIT PDUs, one for each part, upper-case hex with the empty service-centre field in front. */
export function encodeSms({ to, text, reference = 0, validityMin, report }: SmsSubmit): string[] {
  const { coding, parts } = cut(text);
  const address = encodeAddress(to);
  const long = parts.length > 1;
  const first =
    1 | (validityMin === undefined ? 0 : 0x10) | (report ? 0x20 : 0) | (long ? 0x40 : 0);
  return parts.map((part, index) =>
    hex([
      0, // service centre: the stored one
      first,
      0, // message reference: the modem fills it in
      ...address,
      0, // protocol
      coding === 'ucs2' ? 8 : 0,
      ...(validityMin === undefined ? [] : [encodeValidity(validityMin)]),
      ...encodeUserData(
        coding,
        part,
        long ? { reference, parts: parts.length, part: index + 1 } : undefined,
      ),
    ]),
  );
}

/** The number that AT+CMGS wants: octets of the TPDU, without the service-centre field. */
export function tpduLength(pdu: string): number {
  const centre = Number.parseInt(pdu.slice(0, 2), 16);
  return pdu.length / 2 - 1 - centre;
}

const centreField = (centre: string): number[] => {
  const digits = centre.replace(/^\+/, '');
  return [1 + Math.ceil(digits.length / 2), 0x91, ...swapped(digits)];
};

/** SMS-DELIVER as a service centre sends it; what the simulated modem needs. One part only. */
export function encodeDeliver(message: {
  readonly from: string;
  readonly text: string;
  readonly atMs: number;
  readonly centre: string;
}): string {
  const { coding, parts } = cut(message.text);
  if (parts.length > 1) throw new CodecError('An inbound SMS of the simulator has one part');
  return hex([
    ...centreField(message.centre),
    4, // no more messages wait
    ...encodeAddress(message.from),
    0,
    coding === 'ucs2' ? 8 : 0,
    ...encodeTime(message.atMs),
    ...encodeUserData(coding, parts[0] ?? []),
  ]);
}

/** SMS-STATUS-REPORT as a service centre sends it. */
export function encodeStatusReport(report: {
  readonly reference: number;
  readonly to: string;
  readonly sentAtMs: number;
  readonly atMs: number;
  readonly status: number;
  readonly centre: string;
}): string {
  return hex([
    ...centreField(report.centre),
    6,
    report.reference & 0xff,
    ...encodeAddress(report.to),
    ...encodeTime(report.sentAtMs),
    ...encodeTime(report.atMs),
    report.status,
  ]);
}

/** Reads a PDU in hex, service-centre field in front. Throws CodecError for what is none. */
export function decodePdu(pdu: string): SmsPdu {
  if (!/^([0-9a-fA-F]{2})+$/.test(pdu)) throw new CodecError('SMS PDU is not hex');
  const octets = Uint8Array.from(Buffer.from(pdu, 'hex'));
  const at = 1 + (octets[0] ?? 0);
  const first = octets[at];
  if (first === undefined) throw new CodecError('SMS PDU is cut short');
  switch (first & 3) {
    case 0:
      return deliver(octets, at, first);
    case 1:
      return submit(octets, at, first);
    case 2:
      return statusReport(octets, at);
    default:
      throw new CodecError('SMS PDU is of a reserved type');
  }
}

function deliver(octets: Uint8Array, at: number, first: number): SmsPdu {
  const { number, next } = decodeAddress(octets, at + 1);
  const atMs = decodeTime(octets, next + 2);
  const { text, coding, place } = body(octets, next + 1, next + 9, first);
  return { type: 'deliver', number, text, coding, atMs, ...place };
}

function submit(octets: Uint8Array, at: number, first: number): SmsPdu {
  const { number, next } = decodeAddress(octets, at + 2);
  const format = (first >> 3) & 3;
  const validity = format === 2 ? octets[next + 2] : undefined;
  const { text, coding, place } = body(
    octets,
    next + 1,
    next + 2 + (format === 0 ? 0 : format === 2 ? 1 : 7),
    first,
  );
  return {
    type: 'submit',
    number,
    text,
    coding,
    ...place,
    ...(first & 0x20 ? { report: true } : {}),
    ...(validity === undefined ? {} : { validityMin: decodeValidity(validity) }),
  };
}

function body(octets: Uint8Array, dcsAt: number, at: number, first: number) {
  const dcs = octets[dcsAt];
  if (dcs === undefined) throw new CodecError('SMS PDU is cut short');
  return decodeUserData(octets, at, dcs, (first & 0x40) !== 0);
}

function statusReport(octets: Uint8Array, at: number): SmsPdu {
  const reference = octets[at + 1];
  const { number, next } = decodeAddress(octets, at + 2);
  const status = octets[next + 14];
  if (reference === undefined || status === undefined) {
    throw new CodecError('SMS status report is cut short');
  }
  return {
    type: 'status-report',
    number,
    reference,
    sentAtMs: decodeTime(octets, next),
    atMs: decodeTime(octets, next + 7),
    status,
    outcome: outcomeOf(status),
  };
}
