import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { releaseRelays } from '../wires/gpio/release.ts';
import { tell, writeLine } from './output.ts';

/**
 * `gatehouse release`: every relay on the box's own pins is let go. systemd runs it whenever the gateway has ended, for
 * the one end in which the gateway cannot (deploy/gatehouse.service, ExecStopPost).
 */
export function releaseCommand(): Command {
  return new Command('release')
    .description(
      "release every relay on the box's own pins; for whoever ended the gateway with SIGKILL",
    )
    .requiredOption('--config <file>', 'gateway.yaml')
    .action(async ({ config }: { config: string }) => {
      const all = releaseRelays(loadConfig(config).devices);
      for (const { device, line, state, reason } of all) {
        if (reason) tell(`gatehouse: ${device}: ${reason.message}`);
        else
          await writeLine(
            state === 'released'
              ? `${device}: the relay on line ${line} is released`
              : `${device}: nobody has line ${line}, nothing to release`,
          );
      }
      if (all.length === 0) tell('No relay is on the pins of this box.');
      if (all.some(({ state }) => state === 'failed')) process.exitCode = 1;
    });
}
