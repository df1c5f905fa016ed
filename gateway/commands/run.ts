import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Played } from '../../simulators/play.ts';
import { type Gateway, startGateway } from '../app.ts';
import { systemClock } from '../clock.ts';
import { collectGarbage } from '../collect.ts';
import { createLog } from '../log.ts';
import { keepApart } from '../store/demo-mark.ts';
import { positiveNumber, settingsOf } from './options.ts';
import { tell } from './output.ts';

interface Options {
  readonly config?: string;
  readonly data?: string;
  readonly demo?: true;
  readonly speed: number;
}

/** Ends with this when the disk lies: systemd starts the box anew. */
const fatalExit = 1;
/** A stop may take so long; then the process ends anyway, and the journal is none the worse. */
const stopWithinMs = 10_000;
/** When what the start left is collected: devices have logged in by then. */
const collectAfterMs = 2000;

/** `gatehouse run`: the gateway. */
export function runCommand(): Command {
  return new Command('run')
    .description('the gateway; ends cleanly at SIGTERM')
    .option('--config <file>', 'gateway.yaml; the demonstration village if absent')
    .option('--data <dir>', "where the store lives; the configuration's dataDir if absent")
    .option('--demo', 'also run the simulated village against it')
    .option('--speed <n>', 'with --demo: 60 is a minute a second', positiveNumber, 60)
    .action((options: Options) => run(options));
}

async function run({ config, data, demo, speed }: Options): Promise<void> {
  // The demonstration's time is not ours: its store is its own, and goes with it.
  const throwaway =
    demo && data === undefined ? mkdtempSync(join(tmpdir(), 'gatehouse-demo-')) : undefined;
  const dataDir = data ?? (throwaway === undefined ? undefined : join(throwaway, 'data'));
  const settings = await settingsOf({
    ...(config === undefined ? {} : { config }),
    ...(dataDir === undefined ? {} : { data: dataDir }),
  });
  keepApart(settings.dataDir, demo ?? false);
  const log = createLog(demo ? 'warn' : settings.config.log.level);
  const pretending = demo || settings.config.sms.simulated;
  const pretence = pretending ? await import('./demonstration.ts') : undefined;
  const demonstration = demo
    ? pretence?.createDemonstration(speed, settings.site.utcOffsetMs)
    : undefined;
  const clock = demonstration?.clock ?? systemClock;
  const modem = settings.config.sms.simulated ? await pretence?.simulatedModem(clock) : undefined;

  let ending: Promise<void> | null = null;
  const end = (code: number) => {
    ending ??= (async () => {
      setTimeout(() => process.exit(code), stopWithinMs).unref();
      await village?.stop();
      await gateway.stop();
      await modem?.stop();
      if (throwaway !== undefined) rmSync(throwaway, { recursive: true, force: true });
      process.exit(code);
    })();
    return ending;
  };
  const gateway: Gateway = await startGateway({
    settings,
    clock,
    realClock: systemClock,
    log,
    speed: demo ? speed : 1,
    demo: demo ?? false,
    ...(modem ? { simulatedModem: modem.path } : {}),
    onFatal(error) {
      log.error({ err: error }, 'the disk cannot be trusted: ending, to be started anew');
      setTimeout(() => process.exit(fatalExit), 100);
    },
  });
  let village: Played | undefined;
  process.on('SIGTERM', () => void end(0));
  process.on('SIGINT', () => void end(0));
  tell(`ready mqtt=${gateway.mqtt} http=${gateway.http}`);
  if (gateway.console.setupCode !== undefined) {
    tell(
      `set-up code for the first account, at http://${gateway.http}: ${gateway.console.setupCode}`,
    );
  }
  if (!demonstration) {
    setTimeout(collectGarbage, collectAfterMs).unref();
    return;
  }
  const { demoLogin } = gateway.console;
  tell(`console http://${gateway.http} user=${demoLogin?.name} password=${demoLogin?.password}`);
  village = await demonstration.play(gateway, settings);
  tell(
    `the village speaks: ${village.stats().connected} devices, a minute a second at speed 60; Ctrl-C ends it`,
  );
  modem?.onSms((to, text) => tell(`SMS to ${to.replace(/\d{4}(?=\d{4}$)/, '****')}: ${text}`));
}
