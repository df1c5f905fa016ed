import { CommanderError } from 'commander';
import { createProgram } from './commands/index.ts';
import { GatewayError } from './errors.ts';

/** Wrong usage or configuration ends with 2, everything else that went wrong with 1. */
function exitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof GatewayError) {
    return ['CONFIG_INVALID', 'CONFIG_MISSING', 'USAGE'].includes(error.code) ? 2 : 1;
  }
  return 1;
}

/** The whole program: understands the command line and does what it says. */
export async function main(): Promise<void> {
  // Somebody closed our output (`| head`): that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    // A full disk behind `>`: what has been written is not whole, and must not look so.
    process.stderr.write(`gatehouse: Cannot write the output: ${error.message}\n`);
    process.exit(1);
  });
  process.stderr.on('error', () => {
    // Nobody listens to what is told; the work itself goes on.
  });

  try {
    const program = await createProgram(process.argv.slice(2));
    await program.parseAsync(process.argv);
  } catch (error) {
    // Commander has written its own message already.
    if (!(error instanceof CommanderError)) {
      const told = error instanceof GatewayError ? error.message : (error as Error)?.stack;
      process.stderr.write(`gatehouse: ${told ?? String(error)}\n`);
    }
    process.exitCode = exitCode(error);
  }
}
