import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { GatewayError } from '../errors.ts';
import { keysFolder } from './keys.ts';

/**
 * What was deleted or restricted at somebody's request: the keyed hash and the time, nothing else. It lies beside the keys,
 * outside of the store, so that a copy of the store from before knows of it when it comes back (PR-19). A correction would
 * need the right plate: of it the request's number alone stands there, and a person makes it again.
 */
const Tombstone = z.strictObject({
  atMs: z.int().nonnegative(),
  hash: z.string().min(1).max(64),
  what: z.enum(['restrict', 'lift', 'correct']).optional().describe('Absent: deleted.'),
  request: z.string().max(40).optional(),
});
export type Tombstone = z.infer<typeof Tombstone>;

const fileOf = (dataDir: string): string => join(keysFolder(dataDir, undefined), 'deleted.ndjson');

/** Written and flushed before anything is deleted: killed in between, the deletion is done again at the next restore. */
export function noteTombstone(dataDir: string, tombstone: Tombstone): void {
  const handle = openSync(fileOf(dataDir), 'a', 0o600);
  try {
    // Checked as it will be when it is read: one line that cannot be would stop every restore.
    writeSync(handle, `${JSON.stringify(Tombstone.parse(tombstone))}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** All of them, oldest first. A half line at the end is that of a power cut: its deletion has not begun. */
export function tombstonesOf(dataDir: string): readonly Tombstone[] {
  const file = fileOf(dataDir);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.slice(0, -1).map((line, n) => {
    try {
      return Tombstone.parse(JSON.parse(line));
    } catch (cause) {
      throw new GatewayError('INPUT_UNREADABLE', `${file}, line ${n + 1}: no deletion`, { cause });
    }
  });
}
