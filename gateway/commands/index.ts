import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { backupCommand, restoreCommand } from './backup.ts';
import { checkCommand } from './check.ts';
import { decodeCommand } from './decode.ts';
import { doctorCommand } from './doctor.ts';
import { exportCommand } from './export.ts';
import { personCommand } from './person.ts';
import { privacyCommand } from './privacy.ts';
import { probeCommand } from './probe.ts';
import { replayCommand } from './replay.ts';
import { runCommand } from './run.ts';
import { simulateCommand } from './simulate.ts';
import { smsCommand } from './sms.ts';

/** Version of the package; package.json stands beside the build and above the sources. */
export function version(): string {
  for (const place of ['../../package.json', '../../../package.json']) {
    try {
      return JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')).version;
    } catch {
      // Sources and build lie at different depths; the other place has it.
    }
  }
  return 'unknown';
}

/** The command line. Results go to standard output, everything else to standard error. */
export function createProgram(): Command {
  const program = new Command('gatehouse')
    .description(
      'The gate box of a village: readings in, alerts and SMS out. Advisory: it warns people, it never cuts power.',
    )
    .version(version())
    .showHelpAfterError('(try --help)')
    .addHelpText('after', '\nExit: 0 done, 1 failed, 2 wrong usage or configuration.');
  const commands = [
    runCommand(),
    simulateCommand(),
    replayCommand(),
    decodeCommand(),
    checkCommand(),
    exportCommand(),
    smsCommand(),
    backupCommand(),
    restoreCommand(),
    doctorCommand(),
    personCommand(),
    privacyCommand(),
    probeCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  strict(program);
  return program;
}

/** Every command throws instead of ending the process, so that one place decides the exit code. */
function strict(command: Command): void {
  command.exitOverride().allowExcessArguments(false);
  for (const child of command.commands) strict(child);
}
