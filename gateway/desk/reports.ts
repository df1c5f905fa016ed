import type { Sqlite } from '../store/sqlite.ts';
import type { Report } from './report-page.ts';

/** `public` is the month for everybody, `monthly` the committee's own. */
export const reportKinds = ['daily', 'weekly', 'monthly', 'public'] as const;
export type ReportKind = (typeof reportKinds)[number];

export interface StoredReport extends Report {
  readonly kind: ReportKind;
  /** Local date on whose morning it was made. */
  readonly day: string;
  readonly madeAtMs: number;
}

interface Row {
  readonly kind: ReportKind;
  readonly day: string;
  readonly title: string;
  readonly text: string;
  readonly html: string;
  readonly made_ms: number;
}

/** Keeps a report; made again for the same day it replaces the first. */
export async function saveReport(
  gate: Sqlite,
  report: Omit<StoredReport, 'madeAtMs'>,
  nowMs: number,
): Promise<void> {
  const { kind, day, title, text, html } = report;
  await gate.run(
    `INSERT INTO reports (kind, day, title, text, html, made_ms) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (kind, day) DO UPDATE SET title = excluded.title, text = excluded.text,
       html = excluded.html, made_ms = excluded.made_ms`,
    [kind, day, title, text, html, nowMs],
  );
}

/** Local date of the newest report of a kind; undefined when there is none. */
export async function lastReportDay(gate: Sqlite, kind: ReportKind): Promise<string | undefined> {
  const row = await gate.get<{ day: string | null }>(
    'SELECT MAX(day) AS day FROM reports WHERE kind = ?',
    [kind],
  );
  return row?.day ?? undefined;
}

/** The newest reports, at most `limit`. */
export async function listReports(
  gate: Sqlite,
  limit = 60,
): Promise<readonly Omit<StoredReport, 'text' | 'html'>[]> {
  const rows = await gate.all<Row>(
    'SELECT kind, day, title, made_ms FROM reports ORDER BY day DESC, kind LIMIT ?',
    [limit],
  );
  return rows.map(({ kind, day, title, made_ms }) => ({ kind, day, title, madeAtMs: made_ms }));
}

export async function readReport(
  gate: Sqlite,
  kind: ReportKind,
  day: string,
): Promise<StoredReport | undefined> {
  const row = await gate.get<Row>('SELECT * FROM reports WHERE kind = ? AND day = ?', [kind, day]);
  if (!row) return undefined;
  const { made_ms, ...rest } = row;
  return { ...rest, madeAtMs: made_ms };
}
