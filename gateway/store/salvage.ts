import { openSqlite, type Sqlite, type SqlValue } from './sqlite.ts';

/** How much was saved out of a damaged file. */
export interface Salvaged {
  readonly rows: number;
  /** Tables of which a part at least could not be read. */
  readonly damagedTables: readonly string[];
}

const pageRows = 100;
/** Rows that cannot be read one after another before a table is given up. */
const maxLeaps = 40;

/**
 * Copies what is readable of a damaged file into a new one with the same tables, newest rows first, for at most
 * `maxMs`. Blobs of the journal carry checksums of their own: what is copied wrong is not believed later.
 */
export async function salvage(
  damagedFile: string,
  into: Sqlite,
  monoMs: () => number,
  maxMs: number,
): Promise<Salvaged> {
  const endMs = monoMs() + maxMs;
  const damagedTables: string[] = [];
  let rows = 0;
  const from = await openSqlite(damagedFile, { readOnly: true }).catch(() => null);
  if (from === null) return { rows, damagedTables: ['*'] };
  try {
    const tables = await into.all<{ name: string }>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'migration'`,
    );
    for (const { name } of tables) {
      const columns = await into.all<{ name: string }>('SELECT name FROM pragma_table_info(?)', [
        name,
      ]);
      const found = await copyTable(
        from,
        into,
        name,
        columns.map((column) => column.name),
        () => monoMs() > endMs,
      );
      rows += found.rows;
      if (!found.whole) damagedTables.push(name);
    }
    return { rows, damagedTables };
  } finally {
    await from.close().catch(() => {});
  }
}

type Row = Readonly<Record<string, SqlValue>> & { readonly rowid_: number };

async function copyTable(
  from: Sqlite,
  into: Sqlite,
  table: string,
  columns: readonly string[],
  late: () => boolean,
): Promise<{ rows: number; whole: boolean }> {
  const list = columns.map((column) => `"${column}"`).join(', ');
  const marks = columns.map(() => '?').join(', ');
  let below = Number.MAX_SAFE_INTEGER;
  let rows = 0;
  let whole = true;
  let leap = 1;
  let leaps = 0;
  let limit = pageRows;
  while (!late()) {
    let page: readonly Row[];
    try {
      page = await from.all<Row>(
        `SELECT rowid AS rowid_, ${list} FROM "${table}" WHERE rowid < ? ORDER BY rowid DESC LIMIT ${limit}`,
        [below],
      );
    } catch {
      whole = false;
      if (leaps >= maxLeaps) return { rows, whole };
      // First row by row up to the bad one, then over it in ever longer leaps.
      if (limit > 1) limit = 1;
      else {
        if (below === Number.MAX_SAFE_INTEGER) below = 2 ** 31;
        below -= leap;
        leap *= 2;
        leaps += 1;
        if (below <= 0) return { rows, whole };
      }
      continue;
    }
    const last = page.at(-1);
    if (!last) return { rows, whole };
    await into.transaction(async (tx) => {
      for (const row of page) {
        await tx
          .run(
            `INSERT OR IGNORE INTO "${table}" (${list}) VALUES (${marks})`,
            columns.map((column) => row[column] ?? null),
          )
          .catch(() => {
            // A row that the table refuses was no row of ours any more.
            whole = false;
          });
      }
    });
    rows += page.length;
    below = last.rowid_;
    if (page.length === limit && limit === 1 && leaps > 0) [limit, leap] = [pageRows, 1];
  }
  return { rows, whole: false };
}
