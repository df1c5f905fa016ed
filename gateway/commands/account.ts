import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { AccountRefused, createAccounts } from '../console/accounts.ts';
import { GatewayError } from '../errors.ts';
import { gateMigrations } from '../migrations.ts';
import { migrate } from '../store/migrations.ts';
import { openSqlite } from '../store/sqlite.ts';
import { actor } from './options.ts';
import { tell, writeLine } from './output.ts';

interface Options {
  readonly data: string;
  readonly name: string;
  readonly by: string;
}

/**
 * `gatehouse account`: the way back in for a chair whose phone and recovery codes are gone and who has no colleague.
 * Whoever may run it could read the store anyway; the audit says that it was done.
 */
export function accountCommand(): Command {
  const account = new Command('account').description(
    'accounts of the console, from the box itself',
  );
  account.addCommand(
    new Command('reset')
      .description(
        'a one-time code for a new password, and the second factor is taken away; all sessions end',
      )
      .requiredOption('--data <dir>', 'the data directory; the gateway may run')
      .requiredOption('--name <name>', 'the account')
      .requiredOption(
        '--by <who>',
        'account or duty number of whoever does it, for the audit',
        actor,
      )
      .action((options: Options) => reset(options)),
  );
  return account;
}

async function reset({ data, name, by }: Options): Promise<void> {
  const file = join(resolve(data), 'gate.db');
  if (!existsSync(file)) throw new GatewayError('USAGE', `There is no store in ${resolve(data)}`);
  const gate = await openSqlite(file, { secureDelete: true });
  try {
    await migrate(gate, gateMigrations);
    const accounts = createAccounts(gate, systemClock);
    const who = { name: by, role: 'command' } as const;
    await accounts.removeFactor(name, who);
    const { code, untilMs } = await accounts.reset(name, who);
    await writeLine(code);
    tell(
      `good until ${new Date(untilMs).toISOString()}: log in as ${name} with it in place of the password, choose a new one, set up the second factor again`,
    );
  } catch (cause) {
    if (cause instanceof AccountRefused) throw new GatewayError('USAGE', cause.en, { cause });
    throw cause;
  } finally {
    await gate.close();
  }
}
