import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { GatewayError } from '../errors.ts';
import { gateMigrations } from '../migrations.ts';
import { firstBreak } from '../privacy/audit.ts';
import { inventory } from '../privacy/inventory.ts';
import { keysFolder, openStoredKeys } from '../privacy/keys.ts';
import { noticeOf } from '../privacy/notice.ts';
import { rotateKeys } from '../privacy/rotate.ts';
import { migrate } from '../store/migrations.ts';
import { openSqlite } from '../store/sqlite.ts';
import { tell, writeLine } from './output.ts';

/** `gatehouse privacy`: the sign at the gate, and what is stored: also for the day on which something got out. */
export function privacyCommand(): Command {
  const privacy = new Command('privacy').description('the notice at the gate, and what is stored');
  privacy.addCommand(
    new Command('notice')
      .description('the words of the sign at the gate, Chinese and English, from the configuration')
      .requiredOption('--config <file>', 'gateway.yaml with the key privacy')
      .action(async ({ config }: { config: string }) => {
        const { zh, en } = noticeOf(loadConfig(config).config);
        await writeLine(`${zh}\n\n${en}`);
      }),
  );
  privacy.addCommand(
    new Command('report')
      .description(
        'what is stored of people: classes, how much, since when, and whether the audit is whole',
      )
      .requiredOption('--data <dir>', 'the data directory; the gateway may run')
      .action(({ data }: { data: string }) => report(resolve(data))),
  );
  privacy.addCommand(
    new Command('rotate-keys')
      .description(
        'a new key for plates and telephone numbers; all are sealed anew, the old key is destroyed',
      )
      .requiredOption('--data <dir>', 'the data directory; the gateway may run')
      .action(({ data }: { data: string }) => rotate(resolve(data))),
  );
  return privacy;
}

async function rotate(dataDir: string): Promise<void> {
  const file = join(dataDir, 'gate.db');
  if (!existsSync(file)) throw new GatewayError('USAGE', `There is no store in ${dataDir}`);
  const keys = openStoredKeys(dataDir);
  if (!keys) throw new GatewayError('KEYS_MISSING', 'There are no keys to rotate');
  const gate = await openSqlite(file, { secureDelete: true, busyTimeoutMs: 30_000 });
  try {
    await migrate(gate, gateMigrations);
    const { key, resealed } = await rotateKeys({
      gate,
      keys,
      folder: keysFolder(dataDir, undefined),
      nowMs: Date.now,
      onStep: (n) => tell(`${n} sealed anew`),
    });
    tell(
      `key ${key} is used from now on, ${resealed} sealed anew, the old key is destroyed. Plates in backups made before cannot be read any more; back up the keys directory now`,
    );
  } finally {
    await gate.close();
  }
}

async function report(dataDir: string): Promise<void> {
  const file = join(dataDir, 'gate.db');
  if (!existsSync(file)) throw new GatewayError('USAGE', `There is no store in ${dataDir}`);
  const gate = await openSqlite(file, { readOnly: true });
  try {
    const broken = await firstBreak(gate);
    const auditChain = broken === null ? 'whole' : `broken at entry ${broken}`;
    await writeLine(JSON.stringify({ kept: await inventory(gate), auditChain }, null, 1));
    if (broken !== null) process.exitCode = 1;
  } finally {
    await gate.close();
  }
}
