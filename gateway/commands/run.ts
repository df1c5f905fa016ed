import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Played } from '../../simulators/play.ts';
import { type Gateway, startGateway } from '../app.ts';
import { systemClock } from '../clock.ts';
import { collectGarbage } from '../collect.ts';
import { missingSecrets } from '../config/secret.ts';
import { GatewayError } from '../errors.ts';
import { createLog } from '../log.ts';
import { keepApart } from '../store/demo-mark.ts';
import { demoPort, positiveNumber, settingsOf } from './options.ts';
import { tell } from './output.ts';

interface Options {
  readonly config?: string;
  readonly data?: string;
  readonly demo?: true;
  readonly speed?: number;
  readonly port?: number;
}

/** How much faster than time the demonstration runs, where nothing else is said. */
const demoSpeed = 60;
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
    .option(
      '--speed <n>',
      `with --demo: 60 is a minute a second (default: ${demoSpeed})`,
      positiveNumber,
    )
    .option(
      '--port <n>',
      'with --demo: the console is here and not at 8080; MQTT and HTTP pushes take the next two',
      demoPort,
    )
    .action((options: Options) => run(options));
}

async function run({ config, data, demo, speed: told, port }: Options): Promise<void> {
  if (!demo && (told !== undefined || port !== undefined))
    throw new GatewayError('USAGE', '--speed and --port go with --demo');
  if (config !== undefined && port !== undefined)
    throw new GatewayError(
      'USAGE',
      'The addresses stand in the file of --config: no --port with it',
    );
  const speed = demo ? (told ?? demoSpeed) : 1;
  // The demonstration's time is not ours: its store is its own, and goes with it.
  const throwaway =
    demo && data === undefined ? mkdtempSync(join(tmpdir(), 'gatehouse-demo-')) : undefined;
  const dataDir = data ?? (throwaway === undefined ? undefined : join(throwaway, 'data'));
  const settings = await settingsOf({
    ...(config === undefined ? {} : { config }),
    ...(dataDir === undefined ? {} : { data: dataDir }),
    ...(port === undefined ? {} : { port }),
  });
  const [missing] = missingSecrets(settings.config, settings.baseDir).filter(
    ({ stopsStart }) => stopsStart,
  );
  if (missing)
    throw new GatewayError('CONFIG_INVALID', `${missing.key}: cannot read ${missing.place}`);
  keepApart(settings.dataDir, demo ?? false);
  const log = createLog(demo ? 'warn' : settings.config.log.level);
  const pretending = demo || settings.config.sms.simulated;
  const pretence = pretending ? await import('./demonstration.ts') : undefined;
  const demonstration = demo
    ? pretence?.createDemonstration(speed, settings.site.utcOffsetMs)
    : undefined;
  const clock = demonstration?.clock ?? systemClock;
  const modem = settings.config.sms.simulated ? await pretence?.simulatedModem(clock) : undefined;

  const leave = async () => {
    await modem?.stop();
    if (throwaway !== undefined) rmSync(throwaway, { recursive: true, force: true });
  };
  let ending: Promise<void> | null = null;
  const end = (code: number) => {
    ending ??= (async () => {
      setTimeout(() => process.exit(code), stopWithinMs).unref();
      await village?.stop();
      await gateway.stop();
      await leave();
      process.exit(code);
    })();
    return ending;
  };
  const gateway: Gateway = await startGateway({
    settings,
    clock,
    realClock: systemClock,
    log,
    speed,
    demo: demo ?? false,
    ...(modem ? { simulatedModem: modem.path } : {}),
    onFatal(error) {
      log.error({ err: error }, 'the disk cannot be trusted: ending, to be started anew');
      setTimeout(() => process.exit(fatalExit), 100);
    },
  }).catch(async (cause) => {
    // The modem's terminal would keep a process alive that has nothing to do.
    await leave();
    throw cause;
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
    `the village speaks: ${village.stats().connected} devices, ${speed} times as fast as time; Ctrl-C ends it`,
  );
  modem?.onSms((to, text) => tell(`SMS to ${to.replace(/\d{4}(?=\d{4}$)/, '****')}: ${text}`));
}
