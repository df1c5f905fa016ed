import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Clock } from '../clock.ts';
import type { GatewayConfig } from '../config/schema.ts';
import { readSecret } from '../config/secret.ts';
import type { Desk } from '../desk/contract.ts';
import { type PhoneKeys, phoneOf } from '../desk/people.ts';
import { applyPlatformCases } from '../desk/platform-cases.ts';
import { createReplies, nextSmsReference, type Replies } from '../desk/replies.ts';
import { robotName } from '../desk/tell.ts';
import { GatewayError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Sqlite } from '../store/sqlite.ts';
import type { OutboxChannel } from './channel.ts';
import { type CloudChannel, createCloudChannel } from './cloud/channel.ts';
import { cloudProviders } from './cloud/providers.ts';
import { type Outbox, startOutbox } from './outbox.ts';
import { createRobotChannel, type Robot } from './robot.ts';
import { signedRobot } from './robot-sign.ts';
import type { ModemState } from './sms/modem.ts';
import type { SmsChannel } from './sms/sms-channel.ts';
import type { CaseResult } from './upstream-words.ts';

export interface OutboundParts {
  readonly gate: Sqlite;
  readonly desk: Desk;
  readonly config: GatewayConfig;
  /** Folder of the configuration: secret files are relative to it. */
  readonly baseDir: string;
  readonly keys: PhoneKeys;
  readonly clock: Clock;
  readonly log: Log;
  /** Port of the simulated modem, where the configuration wants one. */
  readonly simulatedModem?: string;
}

/** All ways out of the box. */
export interface Outbound {
  readonly outbox: Outbox;
  /** State of the modem; undefined where none is configured. */
  modem(): ModemState | undefined;
  /** Since when no SMS can leave, ms; null while they can or no modem is configured. */
  smsDownSinceMs(): number | null;
  /** Why no SMS leaves over the provider; null while it does, or none is configured. */
  cloudTrouble(): string | null;
  replies(): ReturnType<Replies['counts']>;
  stop(): Promise<void>;
}

const lookMs = 1000;

/** Builds the channels that the configuration names and sends what waits. Ends in the reverse order. */
export async function startOutbound(parts: OutboundParts): Promise<Outbound> {
  const { gate, desk, config, baseDir, keys, clock, log } = parts;
  const replies = createReplies({
    gate,
    desk,
    keys,
    clock,
    log,
    signature: config.site.signature ?? config.site.name.slice(0, 10),
    dailyPerPerson: config.sms.dailyPerPerson,
  });
  let kick = () => {};
  const sms = await smsChannel(parts, async (reply) => {
    await replies.take(reply);
    kick();
  });
  const cloud = cloudChannel(parts);
  const mail = await mailChannel(parts);
  const channels: OutboxChannel[] = [sms, cloud, mail].filter((one) => one !== undefined);
  if (config.robots.length > 0) {
    channels.push(
      createRobotChannel(robotsOf(config, baseDir), { nowMs: clock.nowMs, sign: signedRobot }),
    );
  }
  const upstream = await upstreamChannel(parts);
  if (upstream) channels.push(upstream);
  const outbox = await startOutbox({ gate, channels, clock, log });
  kick = outbox.kick;
  desk.onChange(kick);
  kick();
  // Back-offs, summaries and a channel that has come back: what nobody else announces.
  const timer = setInterval(kick, lookMs);
  return {
    outbox,
    modem: () => sms?.modem(),
    smsDownSinceMs: () => sms?.downSinceMs() ?? null,
    cloudTrouble: () => cloud?.trouble() ?? null,
    replies: replies.counts,
    stop: async () => {
      clearInterval(timer);
      await outbox.stop();
    },
  };
}

async function smsChannel(
  parts: OutboundParts,
  onInbound: Replies['take'],
): Promise<SmsChannel | undefined> {
  const { config, gate, keys, clock, log, baseDir } = parts;
  const { modem } = config.sms;
  const path = parts.simulatedModem ?? modem?.path;
  if (path === undefined) return undefined;
  // The serial port's native part is loaded only where a modem is.
  const { openSerialLine } = await import('./sms/serial-line.ts');
  const { startSmsChannel } = await import('./sms/sms-channel.ts');
  const pinFile = modem?.pinFile;
  let pinUsed = false;
  return startSmsChannel({
    open: () => openSerialLine(path, modem?.baudRate ?? 115_200),
    clock,
    log,
    numberOf: (person) => phoneOf(gate, person, keys),
    nextReference: () => nextSmsReference(gate),
    onInbound,
    ...(pinFile === undefined
      ? {}
      : {
          pin: () => {
            // Once for each start of the program: three wrong PINs lock the SIM.
            if (pinUsed) return undefined;
            pinUsed = true;
            return readSecret({ passwordFile: pinFile }, baseDir);
          },
        }),
  });
}

async function upstreamChannel(parts: OutboundParts): Promise<OutboxChannel | undefined> {
  const { config, baseDir, gate, clock, log } = parts;
  if (!config.upstream) return undefined;
  const { url, username, clientId, topic, confirmTopic, resultTopic, onlineTopic } =
    config.upstream;
  const password = readSecret(config.upstream, baseDir);
  const onCases = (results: readonly CaseResult[]) => {
    if (results.length === 0) return;
    applyPlatformCases(gate, results, { nowMs: clock.nowMs(), zone: config.site.timeZone })
      .then((steps) => log.info({ upstream: 'cases', results: results.length, steps }))
      .catch((err: unknown) => log.error({ upstream: 'cases', err }));
  };
  const login = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
  if (/^https?:/.test(url)) {
    const { startHttpsUpstream } = await import('./upstream-https.ts');
    return startHttpsUpstream({ url, onCases, ...login });
  }
  // The client takes 5 MB: only who has such a platform pays for it.
  const { startUpstream } = await import('./upstream.ts');
  const topics = {
    topic,
    confirmTopic,
    resultTopic,
    ...(onlineTopic === undefined ? {} : { onlineTopic }),
  };
  return startUpstream({ url, clientId, ...topics, onCases, log, ...login });
}

function cloudChannel({
  config,
  baseDir,
  gate,
  keys,
  clock,
}: OutboundParts): CloudChannel | undefined {
  const { cloud } = config.sms;
  if (!cloud) return undefined;
  const { kind, secretFile, templates, ...account } = cloud;
  const provider = cloudProviders[kind]({ ...account, secret: secret(secretFile, baseDir) });
  const numberOf = (person: string) => phoneOf(gate, person, keys);
  return createCloudChannel({ provider, templates, clock, numberOf });
}

async function mailChannel({ config, baseDir }: OutboundParts): Promise<OutboxChannel | undefined> {
  const { mail, site } = config;
  if (!mail) return undefined;
  const password = readSecret(mail, baseDir);
  const { host, port, secure, username, from, to } = mail;
  // Only who writes letters pays for the library.
  const { createMailChannel } = await import('./mail.ts');
  return createMailChannel({
    host,
    port,
    secure,
    from,
    to,
    site: site.name,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  });
}

function robotsOf(config: GatewayConfig, baseDir: string): readonly Robot[] {
  return config.robots.map(({ kind, url, urlFile, secretFile }, index) => {
    const address = url ?? (urlFile === undefined ? undefined : secret(urlFile, baseDir));
    if (address === undefined) {
      throw new GatewayError('CONFIG_INVALID', `robots[${index}] has neither url nor urlFile`);
    }
    const signing = secretFile === undefined ? {} : { secret: secret(secretFile, baseDir) };
    return { name: robotName(kind, index), kind, url: address, ...signing };
  });
}

function secret(file: string, baseDir: string): string {
  try {
    return readFileSync(resolve(baseDir, file), 'utf8').trim();
  } catch {
    throw new GatewayError('CONFIG_INVALID', `Cannot read the secret file ${file}`);
  }
}
