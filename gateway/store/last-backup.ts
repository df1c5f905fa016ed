import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from './durable.ts';

const LastBackup = z.object({
  atMs: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** Sealed as a whole; those of earlier versions were not. */
  sealed: z.boolean().default(false),
});
/** When a copy of this box was last made, and how large it was. Where it went is not written down. */
export type LastBackup = z.infer<typeof LastBackup>;

const name = 'last-backup.json';

/** Says in the data directory that a backup was made: the console shows its age. */
export function noteBackup(dataDir: string, backup: LastBackup): void {
  const file = join(dataDir, name);
  writeDurably(`${file}.new`, `${JSON.stringify(backup)}\n`);
  renameSync(`${file}.new`, file);
}

/** The last backup of this box; null where none is known. */
export function lastBackup(dataDir: string): LastBackup | null {
  try {
    return LastBackup.parse(JSON.parse(readFileSync(join(dataDir, name), 'utf8')));
  } catch {
    // Absent or unreadable: then no backup is known, and the page says so.
    return null;
  }
}
