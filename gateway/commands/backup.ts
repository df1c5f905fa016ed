import { resolve } from 'node:path';
import { Command } from 'commander';
import { GatewayConfig } from '../config/schema.ts';
import { gateMigrations } from '../migrations.ts';
import { type Forgotten, forgetAgain } from '../privacy/forget.ts';
import { keysFolder, readKey } from '../privacy/keys.ts';
import { tombstonesOf } from '../privacy/tombstones.ts';
import { type BackupReport, backup, restore } from '../store/backup.ts';
import { noteBackup } from '../store/last-backup.ts';
import { migrate } from '../store/migrations.ts';
import { openSqlite } from '../store/sqlite.ts';
import { tell } from './output.ts';

interface Options {
  readonly data: string;
}

const told = ({ files, atMs, keysFit }: BackupReport): string =>
  `${files.map(({ name, bytes }) => `${name} ${Math.round(bytes / 1000)} KB`).join(', ')}; as of ${new Date(atMs).toISOString()}${keysFit ? '' : '; without its keys plates and numbers in it cannot be read'}`;

/** `gatehouse backup`: a consistent copy of a running box. */
export function backupCommand(): Command {
  return new Command('backup')
    .description(
      'a consistent copy of a box, running or not, sealed as a whole; keys are not in it, keep them elsewhere',
    )
    .requiredOption('--data <dir>', 'the data directory')
    .argument('<file>', 'the copy; must not exist')
    .action(async (file: string, { data }: Options) => {
      const report = await backup(resolve(data), resolve(file), Date.now());
      const bytes = report.files.reduce((sum, one) => sum + one.bytes, 0);
      noteBackup(resolve(data), { atMs: report.atMs, bytes, sealed: true });
      tell(told(report));
      tell('sealed, opened again with its key and compared');
      if (report.newKey)
        tell(
          `a key for backups was made: copy ${keysFolder(resolve(data), undefined)} to where the other copy of the keys is. Without it no backup can be restored`,
        );
    });
}

/** `gatehouse restore`: back again, into a directory that no gateway uses. */
export function restoreCommand(): Command {
  return new Command('restore')
    .description('a copy back into a data directory; what is there is moved aside')
    .requiredOption('--data <dir>', 'the data directory')
    .option('--key <file>', 'the backup.key that it was sealed with, if it is not that of this box')
    .argument('<file>', 'the copy')
    .action(async (file: string, { data, key: keyFile }: Options & { readonly key?: string }) => {
      const dataDir = resolve(data);
      let again: Forgotten = { purged: 0, deleted: 0, restricted: 0, toCorrect: [] };
      const forget = async (gateFile: string) => {
        again = await forgetIn(gateFile, dataDir);
      };
      const key = keyFile === undefined ? undefined : readKey(resolve(keyFile));
      const report = await restore(dataDir, resolve(file), Date.now(), forget, key);
      tell(told(report));
      tell(
        `forgotten again: ${again.purged} rows past their time, ${again.deleted} that were deleted at a request; ${again.restricted} restricted again`,
      );
      if (again.toCorrect.length > 0)
        tell(`corrections to be made again, by request: ${again.toCorrect.join(', ')}`);
    });
}

/** The terms of a box that has set none: shorter ones are applied when it starts. */
const usualTerms = () => GatewayConfig.parse({ site: { name: '-' } }).journal;

async function forgetIn(gateFile: string, dataDir: string): Promise<Forgotten> {
  const gate = await openSqlite(gateFile, { secureDelete: true });
  try {
    await migrate(gate, gateMigrations);
    const tombstones = tombstonesOf(dataDir);
    const again = await forgetAgain(gate, { tombstones, keep: usualTerms(), nowMs: Date.now() });
    await gate.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return again;
  } finally {
    await gate.close();
  }
}
