import type { Site } from '../../rules/site.ts';
import type { CaseState } from '../desk/cases.ts';
import { times } from '../desk/kpi.ts';
import { addDays, atLocal, localTime } from '../desk/local-time.ts';
import type { MonthlyInput } from '../desk/monthly-report.ts';
import { periodFigures } from '../desk/weekly-report.ts';
import type { Journal } from '../journal/contract.ts';
import { inventory } from '../privacy/inventory.ts';
import type { Sqlite } from '../store/sqlite.ts';
import type { DeviceState } from '../wires/intake.ts';
import { loadFigures } from './load-figures.ts';

/** First day of the month before the one that begins on `day`. */
export const monthBefore = (day: string): string => `${addDays(day, -1).slice(0, 7)}-01`;

export interface MonthParts {
  readonly village: string;
  readonly zone: string;
  readonly gate: Sqlite;
  readonly journal: Pick<Journal, 'quarters' | 'passages'>;
  readonly site: Pick<Site, 'points' | 'devices' | 'lanes'>;
  readonly devices: readonly Pick<DeviceState, 'device' | 'driver'>[];
  readonly isSilent: (device: string) => boolean;
}

/** Everything that a month's report tells, read for the month that ends before `day`. The same rows give the same input. */
export async function monthInput(parts: MonthParts, day: string): Promise<MonthlyInput> {
  const { gate, zone, journal, site } = parts;
  const fromDay = monthBefore(day);
  const fromMs = atLocal(fromDay, 0, zone);
  const toMs = atLocal(day, 0, zone);
  const days = Math.round((Date.parse(day) - Date.parse(fromDay)) / 86_400_000);
  const between = [fromMs, toMs] as const;
  const passages = await journal.passages({ fromMs, toMs, purpose: 'report' });
  return {
    village: parts.village,
    zone,
    day,
    figures: await periodFigures(gate, day, days, zone),
    load: await loadFigures(journal, site, fromMs, toMs),
    sms: await smsLeft(gate, between),
    held: (await inventory(gate)).map(({ zh, rows }) => ({ what: zh, rows })),
    // Looks, exports, and what was done at a person's request.
    accesses: await gate.all(
      `SELECT purpose, COUNT(*) AS n FROM audit WHERE at_ms >= ? AND at_ms < ?
         AND (action IN ('view', 'export') OR action LIKE 'person.%') GROUP BY purpose ORDER BY purpose`,
      [...between],
    ),
    deleted: await purged(gate, between),
    nonFace: {
      n: passages.filter(({ credential }) => credential !== 'face').length,
      of: passages.length,
    },
    devices: equipment(parts),
    changes: await gate.all(
      `SELECT action, role, COUNT(*) AS n FROM audit WHERE at_ms >= ? AND at_ms < ?
         AND (action LIKE 'rule%' OR action LIKE 'roster%' OR action LIKE 'account%' OR action LIKE 'calendar%' OR action LIKE 'maintenance%' OR action LIKE 'stranger%')
       GROUP BY action, role ORDER BY action, role`,
      [...between],
    ),
    gate: await gateService(gate, between),
    due: await dueIn(gate, toMs, atLocal(addDays(day, 31), 0, zone), zone),
  };
}

type Between = readonly [fromMs: number, toMs: number];

async function smsLeft(gate: Sqlite, between: Between): Promise<MonthlyInput['sms']> {
  const rows = await gate.all<{ channel: 'sms' | 'cloud'; n: number }>(
    `SELECT channel, SUM(1 + again) AS n FROM outbox WHERE sent_ms >= ? AND sent_ms < ?
       AND channel IN ('sms', 'cloud') GROUP BY channel`,
    [...between],
  );
  const of = (channel: 'sms' | 'cloud') => rows.find((row) => row.channel === channel)?.n ?? 0;
  return { sms: of('sms'), cloud: of('cloud') };
}

async function purged(gate: Sqlite, between: Between): Promise<number> {
  const row = await gate.get<{ n: number | null }>(
    "SELECT SUM(n) AS n FROM audit WHERE action = 'retention.purge' AND at_ms >= ? AND at_ms < ?",
    [...between],
  );
  return row?.n ?? 0;
}

function equipment({ devices, isSilent }: MonthParts): MonthlyInput['devices'] {
  const drivers = [...new Set(devices.map(({ driver }) => driver))].sort();
  return drivers.map((driver) => {
    const own = devices.filter((one) => one.driver === driver);
    return { driver, n: own.length, silent: own.filter(({ device }) => isSilent(device)).length };
  });
}

async function gateService(gate: Sqlite, between: Between): Promise<MonthlyInput['gate']> {
  const rows = await gate.all<{ raised_ms: number; ack_ms: number | null }>(
    `SELECT raised_ms, ack_ms FROM alerts WHERE rule LIKE 'gate.%' AND shadow = 0 AND severity <> 'info'
       AND raised_ms >= ? AND raised_ms < ? ORDER BY id`,
    [...between],
  );
  const waits = rows.flatMap(({ raised_ms, ack_ms }) =>
    ack_ms === null ? [] : [(ack_ms - raised_ms) / 60_000],
  );
  return {
    alerts: rows.length,
    acknowledged: { n: waits.length, of: rows.length },
    medianMin: times(waits).medianMin,
  };
}

async function dueIn(
  gate: Sqlite,
  fromMs: number,
  toMs: number,
  zone: string,
): Promise<MonthlyInput['due']> {
  const rows = await gate.all<{ place: string; state: CaseState; due_ms: number }>(
    'SELECT place, state, due_ms FROM cases WHERE due_ms >= ? AND due_ms < ? ORDER BY due_ms, id',
    [fromMs, toMs],
  );
  return rows.map(({ place, state, due_ms }) => ({
    place,
    state,
    day: localTime(due_ms, zone).day,
  }));
}
