import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Command } from 'commander';
import { lastLocal, type SimulatedTime, simulatedMs } from '../../simulators/clock.ts';
import { isStandInHere, simFileHere } from '../../simulators/gpio/stand-in.ts';
import type { Played } from '../../simulators/play.ts';
import { scenarios } from '../../simulators/scenarios/index.ts';
import { createVillage } from '../../simulators/village.ts';
import { pinsLane } from '../../simulators/village-lanes.ts';
import { type Gateway, startGateway } from '../app.ts';
import { type Clock, systemClock } from '../clock.ts';
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
  // Under load V8 takes short-lived arrays for long-lived ones and puts them where only a full collection clears:
  // what they refer to stays as well. Without that guess: 130 to 178 thousand readings a second, 270 to 157 MB.
  setFlagsFromString('--no-allocation-site-pretenuring');
  // The demonstration's time is not ours: its store is its own, and goes with it.
  const throwaway =
    demo && data === undefined ? mkdtempSync(join(tmpdir(), 'gatehouse-demo-')) : undefined;
  const dataDir = data ?? (throwaway === undefined ? undefined : join(throwaway, 'data'));
  const settings = settingsOf({
    ...(config === undefined ? {} : { config }),
    ...(dataDir === undefined ? {} : { data: dataDir }),
  });
  keepApart(settings.dataDir, demo ?? false);
  const log = createLog(demo ? 'warn' : settings.config.log.level);
  const scenario = scenarios.demo;
  if (!scenario) throw new Error('The demonstration has no scenario');
  const { utcOffsetMs } = settings.site;
  const time: SimulatedTime = {
    startMs: lastLocal(scenario.startHour, Date.now(), utcOffsetMs),
    realStartMs: Date.now(),
    speed,
  };
  const clock = demo ? fastClock(time) : systemClock;
  const modem = settings.config.sms.simulated ? await simulatedModem(clock) : undefined;

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
  if (!demo) return;
  const { demoLogin } = gateway.console;
  tell(`console http://${gateway.http} user=${demoLogin?.name} password=${demoLogin?.password}`);
  const { playVillage } = await import('../../simulators/play.ts');
  village = await playVillage({
    village: createVillage(1, { pins: settings.devices.some(({ id }) => id === pinsLane.device) }),
    scenario,
    seed: 1,
    brokerUrl: `mqtt://${gateway.mqtt}`,
    ...(gateway.push === undefined ? {} : { pushUrl: `http://${gateway.push}` }),
    buses: settings.config.buses,
    ...(isStandInHere() ? { simFile: simFileHere } : {}),
    time,
    utcOffsetMs,
  });
  tell(
    `the village speaks: ${village.stats().connected} devices, a minute a second at speed 60; Ctrl-C ends it`,
  );
  modem?.onSms((to, text) => tell(`SMS to ${to.replace(/\d{4}(?=\d{4}$)/, '****')}: ${text}`));
}

/** A wall clock and a monotonic one that run faster than real ones, together. */
function fastClock(time: SimulatedTime): Clock {
  const { speed } = time;
  return {
    nowMs: () => Math.round(simulatedMs(Date.now(), time)),
    monoMs: () => systemClock.monoMs() * speed,
    trusted: () => true,
  };
}

/** A modem on a pseudo-terminal; what leaves it is shown, as the telephone would. */
async function simulatedModem(clock: Clock) {
  const { startModem } = await import('../../simulators/modem/modem.ts');
  const modem = await startModem({ nowMs: clock.nowMs });
  let told = 0;
  let timer: NodeJS.Timeout | undefined;
  return {
    path: modem.path,
    onSms(show: (to: string, text: string) => void) {
      timer = setInterval(() => {
        for (const { to, text } of modem.inbox().slice(told)) show(to, text);
        told = modem.inbox().length;
      }, 500);
    },
    async stop() {
      clearInterval(timer);
      await modem.stop();
    },
  };
}
