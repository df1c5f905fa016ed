import { loadMigrations } from '../../../gateway/journal/migrations.ts';
import { gateMigrations } from '../../../gateway/migrations.ts';
import type { Migration } from '../../../gateway/store/sqlite.ts';
import { openStore, type Store } from '../../../gateway/store/store.ts';

const inOrder = (migrations: readonly Migration[]) =>
  [...migrations].sort((a, b) => a.room.localeCompare(b.room) || a.version - b.version);

/** Every step that either file has ever taken, in the order in which a start takes them. */
export const steps = {
  load: inOrder(loadMigrations),
  gate: inOrder(gateMigrations),
} as const;

/** How many steps a program knows: an older one knows fewer. */
export interface Known {
  readonly load: number;
  readonly gate: number;
}

/** Opens a store as a program would that knows so many steps. */
export const openAs = (dataDir: string, { load, gate }: Known): Promise<Store> =>
  openStore({
    dataDir,
    load: steps.load.slice(0, load),
    gate: steps.gate.slice(0, gate),
    nowMs: Date.now(),
  });
