import type { Purged } from '../journal/retention.ts';
import type { Sqlite } from '../store/sqlite.ts';
import { audit } from './audit.ts';

/** Writes into the chain what was deleted because its time was over: how many of which class, and when (PR-16). */
export async function provePurge(gate: Sqlite, purged: Purged, atMs: number): Promise<void> {
  for (const [object, n] of Object.entries(purged)) {
    if (n === 0) continue;
    await audit(gate, {
      atMs,
      who: 'box',
      role: '',
      action: 'retention.purge',
      object,
      purpose: 'retention',
      n,
    });
  }
}
