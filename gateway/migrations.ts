import { consoleMigrations } from './console/migrations.ts';
import { strangerMigrations } from './console/stranger-routes.ts';
import { deskMigrations } from './desk/migrations.ts';
import { engineMigrations } from './engine/checkpoint.ts';
import { eventMigrations } from './journal/migrations.ts';
import { privacyMigrations } from './privacy/migrations.ts';
import type { Migration } from './store/sqlite.ts';

/** Every room's steps in gate.db. Those of load.db are the journal's alone. */
export const gateMigrations: readonly Migration[] = [
  ...eventMigrations,
  ...engineMigrations,
  ...deskMigrations,
  ...consoleMigrations,
  ...strangerMigrations,
  ...privacyMigrations,
];
