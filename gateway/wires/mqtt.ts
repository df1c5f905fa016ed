import type { Clock } from '../clock.ts';
import type { Loaded } from '../config/load.ts';
import { readSecret } from '../config/secret.ts';
import type { Journal } from '../journal/contract.ts';
import { maxGroup } from '../journal/gather.ts';
import type { Log } from '../log.ts';
import { type Broker, startBroker } from './broker/broker.ts';
import type { Carrier } from './commands.ts';
import type { Intake } from './intake.ts';

/** Commands go at QoS 0 and are kept by nobody: a pulse that comes late would open for somebody else. */
export const mqttCarrier = ({
  reaches,
  publish,
}: Pick<Broker, 'reaches' | 'publish'>): Carrier => ({
  reaches: ({ id }) => reaches(id),
  send(_device, { topic, body }) {
    if (topic !== undefined) publish(topic, body, 0);
  },
});

/** The broker of our own, or a connection to another one: what devices say over MQTT comes from one of the two. */
export async function startMqtt({
  settings,
  intake,
  journal,
  clock,
  realClock,
  log,
}: {
  readonly settings: Loaded;
  readonly intake: Intake;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly realClock: Clock;
  readonly log: Log;
}): Promise<Pick<Broker, 'address' | 'publish' | 'reaches' | 'stats' | 'stop'>> {
  const { config, devices, baseDir } = settings;
  const { external, listen, anonymous, users, limits } = config.broker;
  if (external) {
    const { url, username, clientId } = external;
    const password = readSecret(external, baseDir);
    const { startExternal } = await import('./external.ts');
    const wire = startExternal({ url, username, password, clientId, devices, intake, log });
    // Another broker does not tell who is connected: who spoke lately is taken to be there.
    const reaches = (id: string) => {
      const state = intake.states().find(({ device }) => device === id);
      const intervalS = devices.find((device) => device.id === id)?.intervalS ?? 0;
      return clock.nowMs() - (state?.lastMs ?? 0) < 3 * intervalS * 1000;
    };
    return { ...wire, reaches, address: new URL(url).host };
  }
  return startBroker({
    listen,
    anonymous,
    users: users.map((user) => ({
      name: user.name,
      password: readSecret(user, baseDir),
      passwordHash: user.passwordHash,
    })),
    devices,
    limits,
    intake,
    clock: realClock,
    log,
    crowded: () => journal.waiting() >= crowdedReadings,
  });
}

/**
 * With so many waiting readings (the next group is full) messages without a promise are shed, and others stay with
 * their devices: what waits here would only take memory.
 */
const crowdedReadings = maxGroup;
