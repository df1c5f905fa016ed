import type { Site } from '../../rules/site.ts';
import type { AlertRow } from '../desk/alert-row.ts';
import type { DailyInput } from '../desk/daily-report.ts';
import { addDays, atLocal } from '../desk/local-time.ts';
import type { Journal } from '../journal/contract.ts';
import type { Sqlite } from '../store/sqlite.ts';

/** The morning, when everybody leaves: 06:30 to 09:00 at the site. */
const rush = { fromMinute: 6 * 60 + 30, toMinute: 9 * 60 } as const;

/** The gate in the last rush that is over on the morning of `day` at 08:00: that of the day before. Undefined without lanes. */
export async function gateFigures(
  parts: {
    readonly journal: Pick<Journal, 'passages'>;
    readonly gate: Pick<Sqlite, 'all' | 'get'>;
    readonly site: Pick<Site, 'lanes'>;
  },
  day: string,
  zone: string,
): Promise<DailyInput['gate']> {
  const { journal, gate, site } = parts;
  if (site.lanes.length === 0) return undefined;
  const before = addDays(day, -1);
  const fromMs = atLocal(before, rush.fromMinute, zone);
  const toMs = atLocal(before, rush.toMinute, zone);
  const passages = await journal.passages({ fromMs, toMs, purpose: 'report' });
  const queues = await gate.all<Pick<AlertRow, 'since_ms' | 'last_ms' | 'cleared_ms' | 'evidence'>>(
    `SELECT since_ms, last_ms, cleared_ms, evidence FROM alerts
     WHERE rule = 'gate.queue' AND shadow = 0 AND since_ms < ? AND COALESCE(cleared_ms, last_ms) >= ? ORDER BY id`,
    [toMs, fromMs],
  );
  const opened = await gate.get<{ n: number }>(
    "SELECT COUNT(*) AS n FROM audit WHERE action = 'gate.open' AND at_ms >= ? AND at_ms < ?",
    [fromMs, toMs],
  );
  const evidence = queues.map((one): Record<string, unknown> => JSON.parse(one.evidence));
  const highest = (name: string) => {
    const values = evidence.flatMap(({ [name]: value }) =>
      typeof value === 'number' ? [value] : [],
    );
    return values.length === 0 ? undefined : Math.max(...values);
  };
  const overMs = queues.reduce(
    (sum, { since_ms, last_ms, cleared_ms }) =>
      sum + Math.max(0, Math.min(toMs, cleared_ms ?? last_ms) - Math.max(fromMs, since_ms)),
    0,
  );
  return {
    passages: passages.length,
    longestQueue: highest('vehicles'),
    longestWaitMin: highest('waitMin'),
    minutesOverLimit: Math.round(overMs / 60_000),
    manualOpenings:
      (opened?.n ?? 0) + passages.filter(({ credential }) => credential === 'manual').length,
  };
}
