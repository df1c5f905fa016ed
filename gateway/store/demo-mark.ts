import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '../errors.ts';

/** Stands in a data directory whose content is made up. */
const mark = 'demonstration';

/**
 * Keeps demonstrations and real boxes apart: a demonstration runs only in a directory that it made itself.
 * Once a real gateway has run there the directory is a real one for good.
 */
export function keepApart(dataDir: string, demo: boolean): void {
  const file = join(dataDir, mark);
  if (!demo) {
    rmSync(file, { force: true });
    return;
  }
  if (existsSync(file)) return;
  if (existsSync(join(dataDir, 'gate.db'))) {
    throw new GatewayError(
      'USAGE',
      `${dataDir} holds the records of a real box: a demonstration does not run in it`,
    );
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(file, '', { mode: 0o600 });
}
