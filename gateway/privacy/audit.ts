import { createHash } from 'node:crypto';
import type { Sqlite, Statements } from '../store/sqlite.ts';

/** One act that must be answerable: who did what to which object, and for which purpose. No personal value in it. */
export interface AuditEntry {
  readonly atMs: number;
  /** Account or duty number. */
  readonly who: string;
  readonly role: string;
  readonly action: string;
  /** What it was done to, e.g. `alert A17`, `passages 2026-05-01`; never a plate, number or name. */
  readonly object: string;
  readonly purpose: string;
  /** How many rows were seen or changed. */
  readonly n: number;
}

/** A written entry; `chain` is the hash of this one and all before it. */
export interface ChainedEntry extends AuditEntry {
  readonly id: number;
  readonly chain: string;
}

interface Row {
  readonly id: number;
  readonly at_ms: number;
  readonly who: string;
  readonly role: string;
  readonly action: string;
  readonly object: string;
  readonly purpose: string;
  readonly n: number;
  readonly chain: string;
}

const origin = '0'.repeat(64);
const longest = 200;

/** SHA-256 over the chain before and the entry's fields as a JSON array: no two entries have the same bytes. */
export function chainOf(before: string, entry: AuditEntry): string {
  const { atMs, who, role, action, object, purpose, n } = entry;
  return createHash('sha256')
    .update(before)
    .update(JSON.stringify([atMs, who, role, action, object, purpose, n]))
    .digest('hex');
}

/** Writes an entry in the caller's transaction, so that an act and its trace stand or fall together. */
export async function writeAudit(tx: Statements, entry: AuditEntry): Promise<void> {
  const cut = (text: string) => text.slice(0, longest);
  const kept: AuditEntry = {
    ...entry,
    who: cut(entry.who),
    role: cut(entry.role),
    action: cut(entry.action),
    object: cut(entry.object),
    purpose: cut(entry.purpose),
  };
  const last = await tx.get<{ chain: string }>('SELECT chain FROM audit ORDER BY id DESC LIMIT 1');
  const chain = chainOf(last?.chain ?? origin, kept);
  await tx.run(
    'INSERT INTO audit (at_ms, who, role, action, object, purpose, n, chain) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    [kept.atMs, kept.who, kept.role, kept.action, kept.object, kept.purpose, kept.n, chain],
  );
}

/** Writes an entry that belongs to no other change. */
export const audit = (gate: Sqlite, entry: AuditEntry): Promise<void> =>
  gate.transaction((tx) => writeAudit(tx, entry));

const toEntry = ({ at_ms: atMs, ...rest }: Row): ChainedEntry => ({ ...rest, atMs });

/** Entries of a time, oldest first. */
export async function readAudit(
  gate: Statements,
  query: { readonly fromMs?: number; readonly toMs?: number; readonly limit?: number },
): Promise<readonly ChainedEntry[]> {
  const { fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, limit = 1000 } = query;
  const rows = await gate.all<Row>(
    'SELECT * FROM audit WHERE at_ms >= ? AND at_ms < ? ORDER BY id LIMIT ?',
    [fromMs, toMs, limit],
  );
  return rows.map(toEntry);
}

/** Where the chain is broken: the id of the first entry that does not follow from the one before; null when whole. */
export async function firstBreak(gate: Statements): Promise<number | null> {
  let before: Row | undefined;
  for (;;) {
    const rows: readonly Row[] = await gate.all<Row>(
      'SELECT * FROM audit WHERE id > ? ORDER BY id LIMIT 1000',
      [before?.id ?? 0],
    );
    if (rows.length === 0) return null;
    for (const row of rows) {
      // The oldest may have gone by retention; what it followed is in its own hash, and cannot be checked.
      const first = before === undefined && row.id > 1;
      if (!first && row.chain !== chainOf(before?.chain ?? origin, toEntry(row))) return row.id;
      if (before !== undefined && row.id !== before.id + 1) return row.id;
      before = row;
    }
  }
}
