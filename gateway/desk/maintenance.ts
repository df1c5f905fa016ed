import type { Site } from '../../rules/site.ts';
import type { Sqlite } from '../store/sqlite.ts';
import type { AlertRow, Tx } from './alert-row.ts';
import { changing, type Editor, StaffRefused } from './edit.ts';
import { withoutPersons } from './note.ts';

/** What works may be announced for; `site` is everything. */
export const maintenanceKinds = ['point', 'device', 'lane', 'site'] as const;
export type MaintenanceKind = (typeof maintenanceKinds)[number];

/** An announced work: what it covers is recorded and not told, but for what is critical. It ends by itself. */
export interface Maintenance {
  readonly id: number;
  readonly kind: MaintenanceKind;
  /** Id of the point, device or lane; empty for the whole site. */
  readonly subject: string;
  readonly title: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly reason: string;
  readonly author: string;
}

/** Longest work, and how far ahead it may be announced, ms. */
export const longestWorkMs = 7 * 86_400_000;
export const furthestAheadMs = 60 * 86_400_000;
/** So many may run or lie ahead at a time. */
export const maxWorks = 50;

const columns =
  'id, kind, subject, title, from_ms AS fromMs, COALESCE(ended_ms, until_ms) AS untilMs, reason, author';

/** Announces a work. */
export async function addMaintenance(
  gate: Sqlite,
  site: Pick<Site, 'name' | 'points' | 'devices' | 'lanes'>,
  work: Pick<Maintenance, 'kind' | 'subject' | 'fromMs' | 'untilMs' | 'reason'>,
  editor: Editor,
): Promise<void> {
  const { kind, subject, fromMs, untilMs } = work;
  const { nowMs, who } = editor;
  const reason = withoutPersons(work.reason).trim().slice(0, 200);
  if (reason === '') throw new StaffRefused('A work has a reason');
  if (!(untilMs > nowMs && untilMs > fromMs && untilMs - fromMs <= longestWorkMs))
    throw new StaffRefused('A work ends, within 7 days');
  if (fromMs > nowMs + furthestAheadMs) throw new StaffRefused('A work begins within 60 days');
  const title = titleOf(site, kind, subject);
  if (title === undefined) throw new StaffRefused('There is no such place or device');
  await changing(gate, editor, 'maintenance.add', `${kind} ${subject}`.trim(), async (tx) => {
    const ahead = await worksFrom(tx, nowMs);
    if (ahead.length >= maxWorks) throw new StaffRefused('Too many works are announced');
    await tx.run(
      `INSERT INTO maintenance (kind, subject, title, from_ms, until_ms, reason, author)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      // The past stays as it was: an announcement covers nothing that has been told.
      [kind, subject, title, Math.max(fromMs, nowMs), untilMs, reason, who],
    );
  });
}

function titleOf(
  site: Pick<Site, 'name' | 'points' | 'devices' | 'lanes'>,
  kind: MaintenanceKind,
  subject: string,
): string | undefined {
  const of = (list: readonly { readonly id: string; readonly title?: string | undefined }[]) => {
    const one = list.find(({ id }) => id === subject);
    return one && (one.title ?? one.id);
  };
  switch (kind) {
    case 'point':
      return of(site.points);
    case 'device':
      return of(site.devices);
    case 'lane':
      return of(site.lanes);
    case 'site':
      return subject === '' ? site.name : undefined;
  }
}

/** Ends a work before its time, or takes back one that has not begun. */
export async function endMaintenance(gate: Sqlite, id: number, editor: Editor): Promise<void> {
  await changing(gate, editor, 'maintenance.end', String(id), async (tx) => {
    const { changes } = await tx.run(
      'UPDATE maintenance SET ended_ms = ? WHERE id = ? AND COALESCE(ended_ms, until_ms) > ?',
      [editor.nowMs, id, editor.nowMs],
    );
    if (changes === 0) throw new StaffRefused('The work is over');
  });
}

/** Works that run at `nowMs` or lie ahead, in the order of their beginning. */
export const worksFrom = (tx: Tx, nowMs: number): Promise<readonly Maintenance[]> =>
  tx.all<Maintenance>(
    `SELECT ${columns} FROM maintenance WHERE COALESCE(ended_ms, until_ms) > ? AND until_ms > ?
       AND COALESCE(ended_ms, until_ms) > from_ms ORDER BY from_ms, id LIMIT 100`,
    [nowMs, nowMs],
  );

/** Works that ran between two times, for the reports. */
export const worksBetween = (
  tx: Tx,
  fromMs: number,
  toMs: number,
): Promise<readonly Maintenance[]> =>
  tx.all<Maintenance>(
    `SELECT ${columns} FROM maintenance WHERE from_ms < ? AND COALESCE(ended_ms, until_ms) > ?
       AND COALESCE(ended_ms, until_ms) > from_ms ORDER BY from_ms, id LIMIT 200`,
    [toMs, fromMs],
  );

/** True while a work covers what this alert is about: the place itself, what hangs below it, its devices. */
export async function underMaintenance(
  tx: Tx,
  site: Pick<Site, 'points' | 'devices'>,
  alert: Pick<AlertRow, 'subject_kind' | 'subject'>,
  nowMs: number,
): Promise<boolean> {
  const works = await tx.all<Pick<Maintenance, 'kind' | 'subject'>>(
    'SELECT kind, subject FROM maintenance WHERE from_ms <= ? AND until_ms > ? AND COALESCE(ended_ms, until_ms) > ?',
    [nowMs, nowMs, nowMs],
  );
  if (works.length === 0) return false;
  const device = site.devices.find(({ id }) => id === alert.subject);
  const above = placesAbove(
    site,
    alert.subject_kind === 'point'
      ? alert.subject
      : alert.subject_kind === 'device'
        ? device?.point
        : undefined,
  );
  return works.some(({ kind, subject }) => {
    if (kind === 'site') return true;
    if (kind === 'point') return above.has(subject);
    if (kind === alert.subject_kind) return subject === alert.subject;
    // A camera stands at its lane.
    return kind === 'lane' && alert.subject_kind === 'device' && device?.lane === subject;
  });
}

function placesAbove(site: Pick<Site, 'points'>, point: string | undefined): ReadonlySet<string> {
  const places = new Set<string>();
  let at = point;
  while (at !== undefined && !places.has(at)) {
    places.add(at);
    const here = at;
    at = site.points.find(({ id }) => id === here)?.parent;
  }
  return places;
}
