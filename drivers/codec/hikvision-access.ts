import type { Arrival, Memory, Message } from '../driver.ts';
import { CodecError } from '../driver.ts';
import type { PassageReading, Reading } from '../reading.ts';
import { plausibleMs } from '../time.ts';
import { type AccessOutcome, accessEvent, personalError } from './access-event.ts';
import type { Allowed } from './allow-list.ts';
import { counterOf, dailyEvent } from './event.ts';
import { type Json, jsonBytes, number, object, string } from './json.ts';
import { isoMs, zonedText } from './when.ts';

/** All that is looked at. `employeeNoString` only for whether it is there; no name, mask, card or temperature. */
const allowed: Allowed = {
  dateTime: true,
  eventType: true,
  eventState: true,
  AccessControllerEvent: {
    majorEventType: true,
    subEventType: true,
    serialNo: true,
    currentEvent: true,
  },
};

/** Of major type 5 (event). Locks and doors (21, 22, …) come beside the pass and are none of their own. */
const outcomes = new Map<number, AccessOutcome>([
  [75, { credential: 'face', result: 'registered' }],
  [76, { credential: 'face', result: 'unknown' }],
  [1, { credential: 'card', result: 'registered' }],
  // A fingerprint has no word among the credentials, and gets none.
  [38, { credential: 'none', result: 'registered' }],
]);

/** Readings of an ISAPI event in JSON (AccessControllerEvent). A pass is two or three events; one of them counts. */
export function hikvisionAccess(
  source: Json,
  offset: number,
  arrival: Arrival,
  memory: Memory,
): Reading[] {
  const message = accessEvent(source, allowed, memory);
  if (!message) return [];
  const type = string(message.eventType);
  if (type === undefined) throw personalError('An event without eventType');
  const saidMs = isoMs(string(message.dateTime), offset);
  const { device, lane, direction } = arrival;
  const atMs = plausibleMs(saidMs, arrival.atMs);
  if (/^(?:heartBeat|videoloss)$/i.test(type)) {
    const skew = saidMs === null ? {} : { clockSkewMs: saidMs - arrival.atMs };
    return [{ kind: 'status', device, atMs, online: true, ...skew }];
  }
  if (type !== 'AccessControllerEvent') return [];
  const event = object(message.AccessControllerEvent);
  const minor = number(event?.subEventType);
  if (minor === undefined) throw personalError('An access event without subEventType');
  const outcome = number(event?.majorEventType) === 5 ? outcomes.get(minor) : undefined;
  if (!outcome) return [];
  const serial = string(event?.serialNo);
  return [
    {
      kind: 'passage',
      device,
      atMs,
      lane,
      direction,
      ...outcome,
      ...(serial === undefined ? {} : { event: dailyEvent(serial, atMs, offset) }),
      ...(event?.currentEvent === false ? { replayed: true } : {}),
    },
  ];
}

/** The push that says a pass at a door. */
export function hikvisionAccessMessage(reading: PassageReading, offset: number): Message {
  const { credential, result, event, replayed, plate, vehicle } = reading;
  const minor = [...outcomes].find(
    ([, one]) => one.credential === credential && one.result === result,
  )?.[0];
  if (minor === undefined || plate !== undefined || vehicle !== undefined) {
    throw new CodecError(`A door does not say ${credential} ${result}, plates or vehicles`);
  }
  const body = jsonBytes({
    dateTime: zonedText(reading.atMs, offset),
    eventType: 'AccessControllerEvent',
    eventState: 'active',
    AccessControllerEvent: {
      majorEventType: 5,
      subEventType: minor,
      serialNo: event === undefined ? undefined : Number(counterOf(event)) || counterOf(event),
      currentEvent: !replayed,
    },
  });
  return { body, contentType: 'application/json' };
}
