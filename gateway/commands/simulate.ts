import { Command, InvalidArgumentError } from 'commander';
import { lastLocal } from '../../simulators/clock.ts';
import { readingLine, villageDay } from '../../simulators/day.ts';
import { isStandInHere, simFileHere } from '../../simulators/gpio/stand-in.ts';
import { playVillage } from '../../simulators/play.ts';
import type { Scenario } from '../../simulators/scenario.ts';
import { scenarios } from '../../simulators/scenarios/index.ts';
import { createVillage } from '../../simulators/village.ts';
import { devicesOf } from '../../simulators/village-devices.ts';
import { readSecret } from '../config/secret.ts';
import { GatewayError } from '../errors.ts';
import { positiveNumber, settingsOf, wholeNumber } from './options.ts';
import { tell, writeLine } from './output.ts';
import { startProgress } from './progress.ts';

interface Options {
  readonly config?: string;
  readonly scenario: string;
  readonly broker?: string;
  readonly speed: number;
  readonly seed: number;
  readonly truth?: string;
  readonly readings?: true;
  readonly hours: number;
}

/** `gatehouse simulate`: the village that does not exist, on a wire that does. */
export function simulateCommand(): Command {
  const names = Object.entries(scenarios).map(([name, { title }]) => `${name} (${title.zh})`);
  return new Command('simulate')
    .description('the simulated village: every device speaks its own protocol over real MQTT')
    .option(
      '--config <file>',
      'gateway.yaml, for the address and the passwords; the demonstration village if absent',
    )
    .option('--scenario <name>', `what happens: ${names.join(', ')}`, 'evening')
    .option('--broker <url>', 'mqtt://HOST:PORT; the configured broker if absent', brokerUrl)
    .option('--speed <n>', 'a minute a second at 60', positiveNumber, 1)
    .option('--seed <n>', 'the same seed is the same village', wholeNumber, 1)
    .option('--truth <file>', 'writes what really happened, as NDJSON')
    .option('--readings', 'prints the readings as NDJSON for `replay` instead of sending them')
    .option('--hours <n>', 'with --readings: how long', positiveNumber, 24)
    .action((options: Options) => simulate(options));
}

async function simulate(options: Options): Promise<void> {
  const { speed, seed, truth } = options;
  const scenario = scenarios[options.scenario];
  if (!scenario) {
    throw new GatewayError(
      'USAGE',
      `No scenario is called ${options.scenario}; known are ${Object.keys(scenarios).join(', ')}`,
    );
  }
  const settings = await settingsOf(options.config === undefined ? {} : { config: options.config });
  const { utcOffsetMs } = settings.site;
  if (options.readings) {
    await print(scenario, seed, options.hours, utcOffsetMs);
    return;
  }
  const { config, baseDir } = settings;
  const passwords = new Map(
    config.broker.users.map((user) => [user.name, readSecret(user, baseDir)]),
  );
  const village = createVillage(seed, { pins: isStandInHere() });
  const url = options.broker ?? `mqtt://${config.broker.listen}`;
  const progress = startProgress('connecting', devicesOf(village).length);
  const played = await playVillage({
    village,
    scenario,
    seed,
    brokerUrl: url,
    ...(config.http ? { pushUrl: `http://${config.http.listen}` } : {}),
    buses: settings.config.buses,
    ...(isStandInHere() ? { simFile: simFileHere } : {}),
    time: {
      startMs: speed === 1 ? Date.now() : lastLocal(scenario.startHour, Date.now(), utcOffsetMs),
      realStartMs: Date.now(),
      speed,
    },
    utcOffsetMs,
    ...(truth === undefined ? {} : { truthFile: truth }),
    ...(config.broker.anonymous ? {} : { password: (device: string) => passwords.get(device) }),
    onProgress: progress.to,
  })
    .catch((cause: Error) => {
      throw new GatewayError(
        'BROKER_UNREACHABLE',
        `No broker lets us in at ${url}: ${cause.message}`,
        {
          cause,
        },
      );
    })
    .finally(progress.stop);
  tell(`${played.stats().connected} devices speak; Ctrl-C ends it`);
  const timer = setInterval(() => {
    const { sent, acknowledged, waiting } = played.stats();
    tell(`sent ${sent}, acknowledged ${acknowledged}, waiting ${waiting}`);
  }, 10_000);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  clearInterval(timer);
  await played.stop();
}

/** The password of an URL would be told in errors: the configuration has them. */
function brokerUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^mqtts?:$/.test(url.protocol) && url.hostname !== '' && url.password === '')
    return text;
  throw new InvalidArgumentError('mqtt://HOST:PORT is needed, without a password');
}

/** A day of the village as text; always the same winter day, so that two runs give the same bytes. */
async function print(
  scenario: Scenario,
  seed: number,
  hours: number,
  utcOffsetMs: number,
): Promise<void> {
  const midnightMs = Date.UTC(2026, 0, 15) - utcOffsetMs;
  const fromHour = hours >= 24 ? 0 : scenario.startHour;
  const plan = {
    village: createVillage(seed),
    scenario,
    seed,
    midnightMs,
    fromHour,
    toHour: fromHour + hours,
  };
  const progress = startProgress('readings', hours * 3_600_000);
  for (const reading of villageDay(plan)) {
    await writeLine(readingLine(reading).trimEnd());
    progress.to(reading.atMs - midnightMs - fromHour * 3_600_000);
  }
  progress.stop();
}
