import type { Sqlite } from '../store/sqlite.ts';
import { dropBeyond } from './events.ts';

/**
 * The last group on the disk. Events beyond it belong to a group whose last write never came: nobody was told
 * yes, so they go. All of them have one number, for one flush is without its group at most: where there are more, load.db
 * has lost its end. Then, and where load.db is new (lost, moved aside, salvaged), they are all there is, and stay.
 */
export async function recoverSeq(load: Sqlite, gate: Sqlite, loadIsNew: boolean): Promise<number> {
  const newest = async (db: Sqlite, table: string) =>
    (await db.get<{ seq: number | null }>(`SELECT max(seq) AS seq FROM ${table}`))?.seq ?? 0;
  const groups = await newest(load, 'journal');
  const events = await newest(gate, 'event');
  if (groups === 0 || loadIsNew) return Math.max(groups, events);
  const before = await gate.get<{ seq: number | null }>(
    'SELECT max(seq) AS seq FROM event WHERE seq < ?',
    [events],
  );
  if ((before?.seq ?? 0) > groups) return events;
  await dropBeyond(gate, groups);
  return groups;
}
