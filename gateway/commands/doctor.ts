import { resolve } from 'node:path';
import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { examineStore } from '../store/doctor.ts';
import { examineBus } from '../wires/poll/examine.ts';
import { settingsOf } from './options.ts';
import { writeLine } from './output.ts';

interface Options {
  readonly config?: string;
  readonly data?: string;
}

const marks = { ok: '✓', warn: '!', bad: '✗' } as const;

/** `gatehouse doctor`: what is wrong with this box, and how to mend it. Changes nothing. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('what is wrong with this box and how to mend it; changes nothing')
    .option('--config <file>', 'gateway.yaml')
    .option('--data <dir>', "the data directory; the configuration's if absent")
    .action(async ({ config, data }: Options) => {
      const settings = config === undefined ? undefined : loadConfig(config);
      const dataDir =
        data !== undefined ? resolve(data) : (settings ?? (await settingsOf({}))).dataDir;
      const checks = [
        ...(await examineStore(dataDir, Date.now())),
        ...(await Promise.all((settings?.config.buses ?? []).map(examineBus))),
      ];
      for (const { state, zh, en } of checks) await writeLine(`${marks[state]} ${zh}\n  ${en}`);
      if (checks.some(({ state }) => state === 'bad')) process.exitCode = 1;
    });
}
