import { GatewayError } from '../errors.ts';
import type { Migration, Sqlite } from './sqlite.ts';

/**
 * Brings every room's tables to the newest version, each step in a transaction of its own together with its
 * mark: killed anywhere, a step is done or not done. A store from a newer program is refused, not guessed at.
 */
export async function migrate(db: Sqlite, migrations: readonly Migration[]): Promise<void> {
  await db.run(
    `CREATE TABLE IF NOT EXISTS migration (
      room TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (room, version)
    ) WITHOUT ROWID`,
  );
  const done = await db.all<{ room: string; version: number }>(
    'SELECT room, max(version) AS version FROM migration GROUP BY room',
  );
  const versions = new Map(done.map(({ room, version }) => [room, version]));
  const newest = new Map<string, number>();
  for (const { room, version } of migrations)
    newest.set(room, Math.max(newest.get(room) ?? 0, version));
  for (const [room, version] of versions) {
    const known = newest.get(room);
    if (known !== undefined && version > known) {
      throw new GatewayError(
        'STORE_FOREIGN',
        `The store was written by a newer gatehouse (${room} ${version}, this one knows ${known})`,
      );
    }
  }
  const steps = [...migrations].sort(
    (a, b) => a.room.localeCompare(b.room) || a.version - b.version,
  );
  for (const { room, version, sql } of steps) {
    if (version <= (versions.get(room) ?? 0)) continue;
    await db.transaction(async (tx) => {
      for (const statement of statementsOf(sql)) await tx.run(statement);
      await tx.run('INSERT INTO migration (room, version) VALUES (?, ?)', [room, version]);
    });
  }
}

/** Statements between semicolons at the end of a line; triggers keep theirs inside BEGIN … END. */
function statementsOf(sql: string): string[] {
  return sql
    .split(/;\s*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement.length > 0);
}
