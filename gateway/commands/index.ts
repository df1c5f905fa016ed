import { readFileSync } from 'node:fs';
import { Command } from 'commander';

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

/** The commands, in the order of --help. Only what is called is loaded: the gateway itself pays for no other. */
const commands = {
  run: async () => (await import('./run.ts')).runCommand(),
  simulate: async () => (await import('./simulate.ts')).simulateCommand(),
  replay: async () => (await import('./replay.ts')).replayCommand(),
  decode: async () => (await import('./decode.ts')).decodeCommand(),
  check: async () => (await import('./check.ts')).checkCommand(),
  export: async () => (await import('./export.ts')).exportCommand(),
  sms: async () => (await import('./sms.ts')).smsCommand(),
  backup: async () => (await import('./backup.ts')).backupCommand(),
  restore: async () => (await import('./backup.ts')).restoreCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
  account: async () => (await import('./account.ts')).accountCommand(),
  person: async () => (await import('./person.ts')).personCommand(),
  privacy: async () => (await import('./privacy.ts')).privacyCommand(),
  release: async () => (await import('./release.ts')).releaseCommand(),
  probe: async () => (await import('./probe.ts')).probeCommand(),
} as const;

/**
 * The command line. Results go to standard output, everything else to standard error. With `argv` that names a command
 * that one alone is loaded.
 */
export async function createProgram(argv: readonly string[] = []): Promise<Command> {
  const program = new Command('gatehouse')
    .description(
      'The gate box of a village: readings in, alerts and SMS out. Advisory: it warns people, it never cuts power.',
    )
    .version(version())
    .showHelpAfterError('(try --help)')
    .addHelpText('after', '\nExit: 0 done, 1 failed, 2 wrong usage or configuration.');
  const [name = ''] = argv;
  const one = Object.hasOwn(commands, name) ? [commands[name as keyof typeof commands]] : null;
  for (const load of one ?? Object.values(commands)) program.addCommand(await load());
  strict(program);
  return program;
}

/** Every command throws instead of ending the process, so that one place decides the exit code. */
function strict(command: Command): void {
  command.exitOverride().allowExcessArguments(false);
  for (const child of command.commands) strict(child);
}
