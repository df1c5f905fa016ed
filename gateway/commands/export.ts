import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { type ReadingKind, readingKinds } from '../../drivers/reading.ts';
import { GatewayError } from '../errors.ts';
import { openStored, type Stored } from '../journal/stored.ts';
import { audit } from '../privacy/audit.ts';
import { openSqlite } from '../store/sqlite.ts';
import { actor, wholeNumber } from './options.ts';
import { tell, writeLine } from './output.ts';

interface Options {
  readonly data: string;
  readonly kind: Kind;
  readonly from?: number;
  readonly to?: number;
  readonly device?: string;
  readonly point?: string;
  readonly format: 'ndjson' | 'csv';
  readonly by: string;
}

const deskKinds = { alert: 'alerts', case: 'cases', audit: 'audit' } as const;
const kinds = [...readingKinds, 'alert', 'case', 'audit', 'quarantine'] as const;
type Kind = (typeof kinds)[number];

/** `gatehouse export`: what is stored, while the gateway runs or after a crash. */
export function exportCommand(): Command {
  return new Command('export')
    .description('what is stored, oldest first; works while the gateway runs and after a crash')
    .requiredOption('--data <dir>', 'the data directory')
    .addOption(new Option('--kind <kind>', 'what').choices(kinds).makeOptionMandatory())
    .option('--from <ms>', 'from this time on, ms since 1970 UTC', wholeNumber)
    .option('--to <ms>', 'up to this time, ms since 1970 UTC', wholeNumber)
    .option('--device <id>', 'only this device')
    .option('--point <id>', 'alerts and cases: only this point')
    .option('--by <who>', 'passages: who takes them, for the audit', actor, 'command')
    .addOption(new Option('--format <format>', 'how').choices(['ndjson', 'csv']).default('ndjson'))
    .action((options: Options) => run(options));
}

async function run(options: Options): Promise<void> {
  const { data, kind, from, to, device, point, format } = options;
  if (point !== undefined && !(kind in deskKinds)) {
    throw new GatewayError(
      'USAGE',
      '--point goes with alert, case and audit; readings are chosen by --device',
    );
  }
  const stored = await openStored(resolve(data));
  let n = 0;
  const write = format === 'csv' ? csvWriter() : (row: object) => writeLine(row);
  try {
    const query = {
      ...(from === undefined ? {} : { fromMs: from }),
      ...(to === undefined ? {} : { toMs: to }),
      ...(device === undefined ? {} : { device }),
    };
    for await (const row of rowsOf(stored, kind, query, point)) {
      await write(row);
      n += 1;
    }
  } finally {
    await stored.close();
    if (kind === 'passage') await noteExport(resolve(data), options.by, n);
  }
  tell(`${n} rows`);
}

/** Whoever takes passages is in the audit (PR-30); a store that nobody may write to can be read all the same, and says so. */
async function noteExport(dataDir: string, who: string, n: number): Promise<void> {
  const nowMs = Date.now();
  try {
    const gate = await openSqlite(join(dataDir, 'gate.db'), { busyTimeoutMs: 10_000 });
    try {
      await audit(gate, {
        atMs: nowMs,
        who,
        role: 'command',
        action: 'export',
        object: 'passages',
        purpose: 'export',
        n,
      });
    } finally {
      await gate.close();
    }
  } catch (cause) {
    tell(`not in the audit: ${(cause as Error).message}`);
  }
}

interface Query {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly device?: string;
}

async function* rowsOf(
  stored: Stored,
  kind: Kind,
  query: Query,
  point: string | undefined,
): AsyncGenerator<object> {
  if (kind === 'quarantine') {
    for await (const { payload, ...message } of stored.readQuarantine(query)) {
      yield payload === undefined ? message : { ...message, payload: textOf(payload) };
    }
    return;
  }
  if (kind in deskKinds) {
    yield* deskRows(stored, deskKinds[kind as keyof typeof deskKinds], query, point);
    return;
  }
  yield* stored.read({ kind: kind as ReadingKind, purpose: 'export', ...query });
}

/** Rows of the desk's tables as they are, times in ms; JSON columns are opened. A table that is not there has no rows. */
async function* deskRows(
  { gate }: Stored,
  table: string,
  { fromMs = 0, toMs = Number.MAX_SAFE_INTEGER }: Query,
  point: string | undefined,
): AsyncGenerator<object> {
  const columns = await gate.all<{ name: string }>('SELECT name FROM pragma_table_info(?)', [
    table,
  ]);
  const names = columns.map(({ name }) => name);
  const time = ['raised_ms', 'at_ms', 'created_ms', 'opened_ms', 'made_ms'].find((name) =>
    names.includes(name),
  );
  if (time === undefined) return;
  const about = ['subject', 'point'].find((name) => names.includes(name));
  const rows = await gate.all<Record<string, unknown>>(
    `SELECT * FROM ${table} WHERE ${time} BETWEEN ? AND ? ${point !== undefined && about ? `AND ${about} = ?` : ''} ORDER BY ${time}`,
    [fromMs, toMs, ...(point !== undefined && about ? [point] : [])],
  );
  for (const row of rows) {
    yield Object.fromEntries(
      Object.entries(row)
        .filter(([, value]) => value !== null && !(value instanceof Uint8Array))
        .map(([key, value]) => [key, opened(value)]),
    );
  }
}

function opened(value: unknown): unknown {
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    // A text that only begins like JSON.
    return value;
  }
}

/** Text where it is some, else base64 with that said in front. */
function textOf(payload: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(payload);
  } catch {
    // Bytes that are no text are shown as such.
    return `base64:${Buffer.from(payload).toString('base64')}`;
  }
}

/** Nested figures become columns like `phases.0.currentA`; the head is that of the first row, later keys are added at the end as JSON. */
function csvWriter(): (row: object) => Promise<void> {
  let head: string[] | null = null;
  return async (row) => {
    const flat = flatten(row);
    if (head === null) {
      head = [...Object.keys(flat), 'more'];
      await writeLine(head.map(cell).join(','));
    }
    const known = new Set(head);
    const more = Object.fromEntries(Object.entries(flat).filter(([key]) => !known.has(key)));
    const cells = head.map((key) =>
      key === 'more'
        ? Object.keys(more).length > 0
          ? JSON.stringify(more)
          : ''
        : (flat[key] ?? ''),
    );
    await writeLine(cells.map(cell).join(','));
  };
}

function flatten(value: object, prefix = ''): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(value)) {
    if (typeof child === 'object' && child !== null)
      Object.assign(flat, flatten(child, `${prefix}${key}.`));
    else flat[`${prefix}${key}`] = child;
  }
  return flat;
}

/** A spreadsheet must not take a text for a formula. */
function cell(value: unknown): string {
  const text = String(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
