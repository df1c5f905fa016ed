import { createHash } from 'node:crypto';
import { type PassageReading, Reading, type ReadingKind } from '../../drivers/reading.ts';
import { GatewayError } from '../errors.ts';
import type { Keys } from '../privacy/keys.ts';
import type { Purpose } from '../privacy/purposes.ts';
import type { Sqlite, Statements } from '../store/sqlite.ts';
import type { Quarantined } from './contract.ts';

/** Readings that are rows: everything but power. */
export type EventReading = Exclude<Reading, { kind: 'power' }>;

interface EventRow {
  readonly id: number;
  readonly seq: number;
  readonly body: string;
  readonly plate: string | null;
}

interface QuarantineRow {
  readonly at_ms: number;
  readonly device: string;
  readonly topic: string;
  readonly reason: string;
  readonly bytes: number;
  readonly payload: string | null;
}

/** The class under which plates are hashed (PR-11). */
export const plateClass = 'plate';
/** Longest payload that the quarantine keeps, bytes. */
export const maxQuarantinedBytes = 4096;

/**
 * What makes an event the same as one before: (device, event), or else (device, time, plate). Plates enter as
 * keyed hashes. The kind and the input keep two things of one moment apart.
 */
export function identityOf(reading: EventReading, keys: Keys): string {
  const { kind, device, atMs } = reading;
  if (kind === 'passage') {
    if (reading.event !== undefined) return `${device}/event/${hash(reading.event)}`;
    const plate = reading.plate === undefined ? '' : keys.pseudonym(plateClass, reading.plate);
    return `${device}/passage/${atMs}/${plate}`;
  }
  const more =
    kind === 'presence'
      ? `/${reading.input}/${reading.occupied}`
      : kind === 'barrier'
        ? `/${reading.state}`
        : '';
  return `${device}/${kind}/${atMs}${more}`;
}

/** Under which name the rows of a device's passages stand; null where nobody has the key. */
export const passageName = (device: string, keys: Keys | null): string | null =>
  keys?.pseudonym(deviceClass, device) ?? null;

const hash = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 22);

/** The class under which devices of a gate, and what makes a passage the same as one before, are hashed (PR-10). */
const deviceClass = 'device';
const identityClass = 'identity';

/** What a row of a passage says to whoever has no key: that something passed, and when (PR-10). */
interface Columns {
  readonly device: string;
  readonly identity: string;
  readonly body: string;
}

/** Seals a passage as a row: which lane, by what, with which result is read with the key alone. */
export function sealPassage({ device, identity, body }: Columns, keys: Keys): Columns {
  return {
    device: keys.pseudonym(deviceClass, device),
    identity: keys.pseudonym(identityClass, identity),
    body: Buffer.from(keys.seal(body)).toString('base64'),
  };
}

/** Rows of earlier versions, and of what is no passage, are JSON as they are. */
export const isClear = (body: string): boolean => body.startsWith('{');

/** Stores events of one group; returns those that were new, in their order. One statement, so all or none. */
export async function writeEvents(
  db: Statements,
  seq: number,
  events: readonly EventReading[],
  keys: Keys,
): Promise<EventReading[]> {
  const rows = events.map((reading, order) => {
    const { plate, ...body } = reading as PassageReading;
    const sealed = plate === undefined ? null : Buffer.from(keys.seal(plate)).toString('base64');
    const clear = {
      device: reading.device,
      identity: identityOf(reading, keys),
      body: JSON.stringify(body),
    };
    const row = reading.kind === 'passage' ? sealPassage(clear, keys) : clear;
    return [
      order,
      reading.kind,
      row.device,
      reading.atMs,
      row.identity,
      row.body,
      sealed,
      plate === undefined ? null : keys.pseudonym(plateClass, plate),
    ];
  });
  // RETURNING gives an id for each row that was new; ids grow in the order of the array.
  const kept = await db.all<{ identity: string }>(
    `INSERT OR IGNORE INTO event (seq, kind, device, at_ms, identity, body, plate, plate_hash)
     SELECT ?1, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
     FROM json_each(?2) WHERE true ORDER BY value ->> 0 RETURNING identity`,
    [seq, JSON.stringify(rows)],
  );
  const fresh = new Set(kept.map(({ identity }) => identity));
  return events.filter((_reading, order) => fresh.delete(String(rows[order]?.[4])));
}

export async function writeQuarantine(
  db: Statements,
  seq: number,
  messages: readonly Quarantined[],
): Promise<void> {
  const rows = messages.map(({ atMs, device, topic, reason, bytes, payload }) => [
    atMs,
    device,
    topic.slice(0, 256),
    reason.slice(0, 500),
    bytes,
    payload ? Buffer.from(payload.subarray(0, maxQuarantinedBytes)).toString('base64') : null,
  ]);
  await db.run(
    `INSERT INTO quarantine (seq, at_ms, device, topic, reason, bytes, payload)
     SELECT ?1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?2)`,
    [seq, JSON.stringify(rows)],
  );
}

/** What was sealed of a row, as JSON. */
export function bodyOf(body: string, keys: Keys | null): string {
  if (isClear(body)) return body;
  if (keys === null)
    throw new GatewayError('KEYS_MISSING', 'Passages are sealed, and their keys are not here');
  return keys.open(Buffer.from(body, 'base64'));
}

function toReading({ body, plate }: EventRow, keys: Keys | null): EventReading {
  const reading = Reading.parse(JSON.parse(bodyOf(body, keys))) as EventReading;
  if (plate === null || keys === null || reading.kind !== 'passage') return reading;
  return { ...reading, plate: keys.open(Buffer.from(plate, 'base64')) };
}

/** Events of the groups from `fromSeq` to `toSeq`, by group. */
export async function eventsOfGroups(
  db: Sqlite,
  fromSeq: number,
  toSeq: number,
  keys: Keys,
): Promise<ReadonlyMap<number, EventReading[]>> {
  const rows = await db.all<EventRow>(
    'SELECT id, seq, body, plate FROM event WHERE seq BETWEEN ? AND ? ORDER BY id',
    [fromSeq, toSeq],
  );
  const groups = new Map<number, EventReading[]>();
  for (const row of rows) {
    const group = groups.get(row.seq);
    if (group) group.push(toReading(row, keys));
    else groups.set(row.seq, [toReading(row, keys)]);
  }
  return groups;
}

const pageRows = 2000;

/** Stored events, oldest first, page by page. Passages need the keys, and whoever asks for them says what for (PR-07). */
export async function* readEvents(
  db: Sqlite,
  keys: Keys | null,
  query: {
    readonly kind: ReadingKind;
    readonly fromMs: number;
    readonly toMs: number;
    readonly device?: string | undefined;
    readonly lastSeq: number;
    /** False: plates stay sealed. */
    readonly plates?: boolean;
    readonly purpose?: Purpose | undefined;
  },
): AsyncGenerator<EventReading> {
  if (query.kind === 'passage' && query.purpose === undefined)
    throw new TypeError('Passages are read for a purpose, or not at all');
  const { device = null, plates = true } = query;
  const hidden = device === null ? null : (keys?.pseudonym(deviceClass, device) ?? device);
  let [atMs, id] = [query.fromMs, 0];
  for (;;) {
    const rows = await db.all<EventRow & { at_ms: number }>(
      `SELECT id, seq, at_ms, body, plate FROM event
       WHERE kind = ? AND (at_ms > ? OR (at_ms = ? AND id > ?)) AND at_ms <= ? AND seq <= ?
         AND (? IS NULL OR device IN (?, ?))
       ORDER BY at_ms, id LIMIT ${pageRows}`,
      [query.kind, atMs, atMs, id, query.toMs, query.lastSeq, device, device, hidden],
    );
    for (const row of rows) yield toReading(plates ? row : { ...row, plate: null }, keys);
    const last = rows.at(-1);
    if (!last || rows.length < pageRows) return;
    [atMs, id] = [last.at_ms, last.id];
  }
}

export async function* readQuarantined(
  db: Sqlite,
  query: { readonly fromMs: number; readonly toMs: number; readonly device?: string | undefined },
): AsyncGenerator<Quarantined> {
  let id = 0;
  for (;;) {
    const rows = await db.all<QuarantineRow & { id: number }>(
      `SELECT * FROM quarantine WHERE id > ? AND at_ms BETWEEN ? AND ? AND (? IS NULL OR device = ?)
       ORDER BY id LIMIT ${pageRows}`,
      [id, query.fromMs, query.toMs, query.device ?? null, query.device ?? null],
    );
    for (const { at_ms: atMs, device, topic, reason, bytes, payload } of rows) {
      const kept = payload === null ? {} : { payload: Buffer.from(payload, 'base64') };
      yield { atMs, device, topic, reason, bytes, ...kept };
    }
    const last = rows.at(-1);
    if (!last || rows.length < pageRows) return;
    id = last.id;
  }
}

/** Takes back what was flushed for a group that never came: nobody was told yes. */
export const dropBeyond = (gate: Sqlite, seq: number): Promise<void> =>
  gate.transaction(async (tx) => {
    await tx.run('DELETE FROM event WHERE seq > ?', [seq]);
    await tx.run('DELETE FROM quarantine WHERE seq > ?', [seq]);
  });
