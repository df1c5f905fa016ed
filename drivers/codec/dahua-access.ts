import type { Arrival, Memory } from '../driver.ts';
import { CodecError } from '../driver.ts';
import type { PassageReading, Reading } from '../reading.ts';
import { plausibleMs } from '../time.ts';
import { accessEvent, personalError } from './access-event.ts';
import type { Allowed } from './allow-list.ts';
import { counterOf, dailyEvent } from './event.ts';
import { type Json, number, object, objects, string } from './json.ts';
import { secondsMs } from './when.ts';

/** All that is looked at. No CardName, CardNo, UserID, picture. */
const allowed: Allowed = {
  Channel: true,
  Events: {
    Action: true,
    Code: true,
    DataSource: true,
    Data: { Method: true, RealUTC: true, UTC: true, SN: true, Status: true, Type: true },
  },
};

/** Method 15 is a face, 1 a card; the others (fingerprint, password, button) have no word among ours. */
const credentials = new Map<number, PassageReading['credential']>([
  [15, 'face'],
  [1, 'card'],
]);

/** `UTC` is local time written as an epoch; `RealUTC` is the epoch. */
export function dahuaMs(data: Json, offset: number): number | null {
  const ms = number(data.UTCMS) ?? 0;
  const real = secondsMs(number(data.RealUTC));
  const local = secondsMs(number(data.UTC));
  const saidMs = real ?? (local === null ? null : local - offset * 60_000);
  return saidMs === null ? null : saidMs + (ms >= 0 && ms < 1000 ? Math.floor(ms) : 0);
}

/** Readings of the events of a door terminal (ASI): AccessControl, DoorStatus. */
export function dahuaAccess(
  source: Json,
  offset: number,
  arrival: Arrival,
  memory: Memory,
): Reading[] {
  const message = accessEvent(source, allowed, memory);
  if (!message) return [];
  return objects(message.Events).flatMap((event): Reading[] => {
    const data = object(event.Data) ?? {};
    const { device, lane } = arrival;
    const atMs = plausibleMs(dahuaMs(data, offset), arrival.atMs);
    switch (string(event.Code)) {
      case 'AccessControl':
        return [passage(event, data, atMs, offset, arrival)];
      case 'DoorStatus': {
        const state = { Open: 'open', Close: 'closed' }[string(data.Status) ?? ''];
        if (state !== 'open' && state !== 'closed') throw personalError('A door without its state');
        return [{ kind: 'barrier', device, atMs, lane, state }];
      }
      case undefined:
        throw personalError('An event without Code');
      default:
        return [];
    }
  });
}

function passage(
  event: Json,
  data: Json,
  atMs: number,
  offset: number,
  { device, lane, direction }: Arrival,
): PassageReading {
  const status = number(data.Status);
  if (status === undefined) throw personalError('AccessControl without Status');
  const serial = string(data.SN);
  const told = { Entry: 'in', Exit: 'out' } as const;
  const type = string(data.Type);
  return {
    kind: 'passage',
    device,
    atMs,
    lane,
    direction:
      direction === 'unknown' && (type === 'Entry' || type === 'Exit') ? told[type] : direction,
    credential: credentials.get(number(data.Method) ?? -1) ?? 'none',
    result: status === 1 ? 'registered' : 'rejected',
    ...(serial === undefined ? {} : { event: dailyEvent(serial, atMs, offset) }),
    ...(string(event.DataSource) === 'Offline' ? { replayed: true } : {}),
  };
}

/** The members of an access event that says `reading`. */
export function dahuaAccessSaid(reading: PassageReading, offset: number): Json {
  const { credential, result, event, replayed, direction } = reading;
  const method = [...credentials].find(([, one]) => one === credential)?.[0];
  const status = { registered: 1, rejected: 0, unknown: undefined, visitor: undefined }[result];
  const odd = reading.plate !== undefined || reading.vehicle !== undefined;
  if (method === undefined || status === undefined || odd) {
    throw new CodecError(`A door does not say ${credential} ${result}, plates or vehicles`);
  }
  const counter = event === undefined ? undefined : counterOf(event);
  return {
    Code: 'AccessControl',
    Action: 'Pulse',
    DataSource: replayed ? 'Offline' : '',
    Data: {
      Method: method,
      RealUTC: Math.floor(reading.atMs / 1000),
      UTC: Math.floor(reading.atMs / 1000) + offset * 60,
      SN: counter,
      Status: status,
      Type: { in: 'Entry', out: 'Exit', unknown: undefined }[direction],
    },
  };
}
