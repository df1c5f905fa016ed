import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadConfig } from '../config/load.ts';
import { withoutPersons } from '../desk/note.ts';
import { GatewayError } from '../errors.ts';
import { gateMigrations } from '../migrations.ts';
import { audit, firstBreak } from '../privacy/audit.ts';
import { type BreachKind, breachKinds, breachKit } from '../privacy/breach.ts';
import { inventory } from '../privacy/inventory.ts';
import { keysFolder, openStoredKeys } from '../privacy/keys.ts';
import { noticeOf } from '../privacy/notice.ts';
import { rotateKeys } from '../privacy/rotate.ts';
import { migrate } from '../store/migrations.ts';
import { openSqlite } from '../store/sqlite.ts';
import { actor } from './options.ts';
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
  privacy.addCommand(
    new Command('breach')
      .description(
        'something got out, was altered or lost: what is due when, and texts for authority, persons and guardians; read them before they are sent',
      )
      .requiredOption('--config <file>', 'gateway.yaml with the key privacy')
      .requiredOption('--data <dir>', 'the data directory; the gateway may run')
      .addOption(
        new Option('--kind <kind>', 'what happened').choices(breachKinds).makeOptionMandatory(),
      )
      .requiredOption(
        '--discovered <time>',
        'when it was found out, as 2026-11-20T09:00+08:00',
        time,
      )
      .requiredOption('--from <time>', 'what was recorded from here on may be affected', time)
      .requiredOption('--to <time>', 'and up to here', time)
      .requiredOption('--cause <text>', 'why it happened; no names, plates or numbers')
      .requiredOption('--measures <text>', 'what was done about it')
      .requiredOption('--by <who>', 'account or duty number, for the audit', actor)
      .option('--with-keys', 'the keys may have got out as well')
      .action((options: BreachOptions) => breach(options)),
  );
  return privacy;
}

interface BreachOptions {
  readonly config: string;
  readonly data: string;
  readonly kind: BreachKind;
  readonly discovered: number;
  readonly from: number;
  readonly to: number;
  readonly cause: string;
  readonly measures: string;
  readonly by: string;
  readonly withKeys?: true;
}

function time(text: string): number {
  const ms = Date.parse(text);
  if (!Number.isFinite(ms) || !/(Z|[+-]\d\d:?\d\d)$/.test(text))
    throw new InvalidArgumentError('a time with its zone is needed, as 2026-11-20T09:00+08:00');
  return ms;
}

async function breach(options: BreachOptions): Promise<void> {
  const { config, site } = loadConfig(options.config);
  const { kind, discovered: discoveredMs, from: fromMs, to: toMs, by, withKeys = false } = options;
  if (toMs < fromMs) throw new GatewayError('USAGE', '--to lies before --from');
  const file = join(resolve(options.data), 'gate.db');
  if (!existsSync(file)) throw new GatewayError('USAGE', `There is no store in ${options.data}`);
  const gate = await openSqlite(file, { secureDelete: true });
  try {
    await migrate(gate, gateMigrations);
    const kept = await inventory(gate, { fromMs, toMs });
    const [cause, measures] = [withoutPersons(options.cause), withoutPersons(options.measures)];
    const facts = { kind, discoveredMs, fromMs, toMs, cause, measures, withKeys };
    const kit = breachKit(config, kept, facts, site.utcOffsetMs);
    await audit(gate, {
      atMs: Date.now(),
      who: by,
      role: 'command',
      action: 'breach.kit',
      object: kind,
      purpose: 'inventory',
      n: kept.reduce((sum, { rows }) => sum + rows, 0),
    });
    for (const [title, { zh, en }] of [
      ['步骤和期限 · what is due', kit.steps],
      ['致主管部门 · to the authority', kit.authority],
      ['致个人 · to persons', kit.persons],
      ['致监护人 · to guardians', kit.guardians],
    ] as const)
      await writeLine(`# ${title}\n\n${zh}\n\n${en}\n`);
  } finally {
    await gate.close();
  }
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
