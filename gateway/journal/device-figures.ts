import type { Keys } from '../privacy/keys.ts';
import type { Sqlite } from '../store/sqlite.ts';
import { scanTimes } from './blob.ts';
import { compactedSeq } from './compact.ts';
import { createDamage } from './damage.ts';
import { passageName } from './events.ts';
import { pageGroups } from './groups.ts';
import { hourMs, timesOfHour } from './hour.ts';

/** What the store tells of one device. */
export interface DeviceFigures {
  readonly device: string;
  /** Time of its newest reading, ms; absent: none in the last seven days. Loads are found however old they are. */
  readonly lastMs?: number;
  /** Readings of the last hour and the last 24 hours. */
  readonly hour: number;
  readonly day: number;
  /** Its clock minus the box's, ms, as it said last within 24 hours. */
  readonly skewMs?: number;
  /** Messages of 24 hours that could not be read, and why the newest could not. */
  readonly rejected: number;
  readonly lastReason?: string;
}

/** Figures of all devices, up to the moment when the box last wrote. */
export interface StoredFigures {
  /** ms; absent: nothing was ever written. */
  readonly untilMs?: number;
  readonly devices: readonly DeviceFigures[];
}

type Mutable = { -readonly [K in keyof DeviceFigures]: DeviceFigures[K] };

const dayMs = 24 * hourMs;
/** How far back the newest event of a silent device is looked for. */
const lookBackMs = 7 * dayMs;
const eventKinds = ['passage', 'barrier', 'presence', 'status'] as const;

/**
 * Figures of each device, from the newest groups, the hours of one day and the rows of seven: never from the whole
 * store. `names` are those of the configuration; passages are hidden from whoever does not know the name. While past
 * hours are just being packed a reading may be counted twice.
 */
export async function deviceFigures(
  { load, gate }: { readonly load: Sqlite; readonly gate: Sqlite },
  keys: Keys | null,
  names: readonly string[],
): Promise<StoredFigures> {
  const newest = await load.get<{ seq: number; at: number }>(
    'SELECT seq, at_ms AS at FROM journal ORDER BY seq DESC LIMIT 1',
  );
  const found = new Map<string, Mutable>();
  const of = (device: string): Mutable => {
    let figures = found.get(device);
    if (!figures) {
      figures = { device, hour: 0, day: 0, rejected: 0 };
      found.set(device, figures);
    }
    return figures;
  };
  for (const name of names) of(name);
  if (newest) {
    await addLoads(load, newest.at, of);
    await addEvents(gate, { untilMs: newest.at, lastSeq: newest.seq, keys, names }, of);
    await addRejected(gate, newest.at - dayMs, of);
  }
  return { ...(newest ? { untilMs: newest.at } : {}), devices: [...found.values()] };
}

type Of = (device: string) => Mutable;

const heard = (figures: Mutable, atMs: number) => {
  if (atMs > (figures.lastMs ?? Number.NEGATIVE_INFINITY)) figures.lastMs = atMs;
};

async function addLoads(load: Sqlite, untilMs: number, of: Of): Promise<void> {
  const damage = createDamage();
  const rows = await load.all<{ number: number; name: string }>('SELECT number, name FROM device');
  const byNumber = new Map(rows.map(({ number, name }) => [number, of(name)]));
  const [hourFromMs, dayFromMs] = [untilMs - hourMs, untilMs - dayMs];
  const count = (figures: Mutable | undefined, atMs: number) => {
    if (!figures) return;
    heard(figures, atMs);
    if (atMs > hourFromMs) figures.hour += 1;
    if (atMs > dayFromMs) figures.day += 1;
  };
  let seq = await compactedSeq(load);
  for (;;) {
    const groups = await load.all<{ seq: number; body: Uint8Array }>(
      `SELECT seq, body FROM journal WHERE seq > ? AND n > 0 ORDER BY seq LIMIT ${pageGroups}`,
      [seq],
    );
    for (const group of groups) {
      const visit = () =>
        scanTimes(group.body, (number, atMs) => count(byNumber.get(number), atMs));
      damage.pass(`group ${group.seq}`, visit, undefined);
    }
    seq = groups.at(-1)?.seq ?? seq;
    if (groups.length < pageGroups) break;
  }
  // Hours that lie wholly in the day and not in the last hour are counted without being opened.
  const whole = await load.all<{ device: number; n: number }>(
    `SELECT device, sum(n) AS n FROM hour WHERE hour_ms > ? AND hour_ms <= ? GROUP BY device`,
    [dayFromMs, hourFromMs - hourMs],
  );
  for (const { device, n } of whole) {
    const figures = byNumber.get(device);
    if (figures) figures.day += n;
  }
  const open = async (where: string, values: readonly number[]) => {
    const blocks = await load.all<{ device: number; hour: number; body: Uint8Array }>(
      `SELECT device, hour_ms AS hour, body FROM hour WHERE ${where}`,
      values,
    );
    for (const { device, hour, body } of blocks) {
      const times = damage.pass(`hour ${device} ${hour}`, () => timesOfHour(body), noTimes);
      for (const atMs of times) count(byNumber.get(device), atMs);
    }
  };
  await open('hour_ms > ? AND hour_ms <= ?', [dayFromMs - hourMs, dayFromMs]);
  await open('hour_ms > ?', [hourFromMs - hourMs]);
  for (const [number, figures] of byNumber) {
    // Of whoever is silent the last block of all tells since when.
    if (figures.lastMs !== undefined && figures.lastMs > hourFromMs - hourMs) continue;
    const last = await load.get<{ body: Uint8Array; hour: number }>(
      'SELECT body, hour_ms AS hour FROM hour WHERE device = ? ORDER BY hour_ms DESC LIMIT 1',
      [number],
    );
    if (!last) continue;
    const read = () => timesOfHour(last.body);
    const atMs = damage.pass(`hour ${number} ${last.hour}`, read, noTimes).at(-1);
    if (atMs !== undefined) heard(figures, atMs);
  }
}

const noTimes = new Float64Array(0);

async function addEvents(
  gate: Sqlite,
  {
    untilMs,
    lastSeq,
    keys,
    names,
  }: {
    readonly untilMs: number;
    readonly lastSeq: number;
    readonly keys: Keys | null;
    readonly names: readonly string[];
  },
  of: Of,
): Promise<void> {
  const known = new Map(names.map((name) => [name, name]));
  for (const name of names) {
    const hidden = passageName(name, keys);
    if (hidden !== null) known.set(hidden, name);
  }
  // Rows of passages whose name nobody can tell are of devices that are in no configuration.
  const figuresOf = (kind: string, device: string) => {
    const name = kind === 'passage' ? known.get(device) : device;
    return name === undefined ? null : of(name);
  };
  for (const kind of eventKinds) {
    const rows = await gate.all<{ device: string; day: number; hour: number; last: number }>(
      `SELECT device, count(*) AS day, sum(at_ms > ?) AS hour, max(at_ms) AS last FROM event
       WHERE kind = ? AND at_ms > ? AND seq <= ? GROUP BY device`,
      [untilMs - hourMs, kind, untilMs - dayMs, lastSeq],
    );
    for (const { device, day, hour, last } of rows) {
      const figures = figuresOf(kind, device);
      if (!figures) continue;
      figures.day += day;
      figures.hour += hour;
      heard(figures, last);
    }
  }
  const told = await gate.all<{ device: string; skew: number; last: number }>(
    `SELECT device, json_extract(body, '$.clockSkewMs') AS skew, max(at_ms) AS last FROM event
     WHERE kind = 'status' AND at_ms > ? AND seq <= ? AND skew IS NOT NULL GROUP BY device`,
    [untilMs - dayMs, lastSeq],
  );
  for (const { device, skew } of told) of(device).skewMs = skew;
  if (names.every((name) => of(name).lastMs !== undefined)) return;
  for (const kind of eventKinds) {
    const rows = await gate.all<{ device: string; last: number }>(
      `SELECT device, max(at_ms) AS last FROM event
       WHERE kind = ? AND at_ms BETWEEN ? AND ? AND seq <= ? GROUP BY device`,
      [kind, untilMs - lookBackMs, untilMs - dayMs, lastSeq],
    );
    for (const { device, last } of rows) {
      const figures = figuresOf(kind, device);
      if (figures) heard(figures, last);
    }
  }
}

async function addRejected(gate: Sqlite, fromMs: number, of: Of): Promise<void> {
  const rows = await gate.all<{ device: string; n: number; reason: string; newest: number }>(
    'SELECT device, count(*) AS n, reason, max(id) AS newest FROM quarantine WHERE at_ms > ? GROUP BY device',
    [fromMs],
  );
  for (const { device, n, reason } of rows)
    Object.assign(of(device), { rejected: n, lastReason: reason });
}
