import { createServer, type Socket } from 'node:net';
import { Aedes, type AuthenticateError, type Client } from 'aedes';
import type { Message } from '../../../drivers/driver.ts';
import { nativeTopic } from '../../../drivers/native.ts';
import type { Reading } from '../../../drivers/reading.ts';
import type { Clock } from '../../clock.ts';
import type { Device } from '../../config/device.ts';
import { GatewayError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Intake } from '../intake.ts';
import { concerned, type Taken, takeAll } from '../shared.ts';
import { createAccess, type User } from './access.ts';
import type { Publish } from './frames.ts';
import { type Connection, createConnection, refillMs, type SpeaksFor } from './front.ts';
import { createReaders } from './readers.ts';
import { createRoutes, isCleanTopic } from './routes.ts';
import { limitSessions, type Sessions } from './sessions.ts';

export interface BrokerParts {
  /** HOST:PORT. */
  readonly listen: string;
  readonly anonymous: boolean;
  readonly users: readonly User[];
  readonly devices: readonly Device[];
  readonly limits: {
    readonly connections: number;
    readonly messagesPerSecond: number;
    readonly failuresPerMinute: number;
    readonly frameKb: number;
  };
  readonly intake: Intake;
  readonly clock: Clock;
  readonly log: Log;
  /** True while so much waits for the disk that messages without a promise (QoS 0) are shed, and others not read. */
  readonly crowded: () => boolean;
}

export interface Broker {
  /** HOST:PORT as it listens. */
  readonly address: string;
  /** Sends to whoever subscribed: commands and answers. */
  publish(topic: string, body: Uint8Array, qos: 0 | 1): void;
  /** True while the device is connected, or whoever speaks for it. */
  reaches(device: string): boolean;
  stats(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

const drainTimeoutMs = 10_000;
/** Where a message goes on that was kept: below `$`, where no wildcard listens. */
const keptTopic = '$gatehouse/kept';
const none: ReadonlySet<string> = new Set();

/** The embedded broker: aedes for what MQTT asks, our own front for what devices publish. */
export async function startBroker(parts: BrokerParts): Promise<Broker> {
  const { anonymous, clock, intake, log } = parts;
  const routes = createRoutes(parts.devices);
  const access = createAccess(parts.users, parts.limits.failuresPerMinute, clock);
  const counts = { accepted: 0, refused: 0, denied: 0, shed: 0, dropped: 0, ignored: 0 };
  const speakers = new Map(
    parts.users.map(({ name, speaksFor = [] }) => [name, new Set([name, ...speaksFor])]),
  );
  /** The users behind which a device may stand. */
  const spokenForBy = new Map<string, string[]>();
  for (const { name, speaksFor = [] } of parts.users) {
    for (const id of speaksFor) spokenForBy.set(id, [...(spokenForBy.get(id) ?? []), name]);
  }
  const connections = new Map<Duplexed, Connection>();
  const readers = createReaders();
  const present = new Map<string, Client>();

  const aedes = await Aedes.createBroker({
    concurrency: 500,
    connectTimeout: 5000,
    drainTimeout: drainTimeoutMs,
    maxTopicLevels: 16,

    preConnect(client, packet, done) {
      const connection = connections.get(client.conn as Duplexed);
      // MQTT-3.1.3-8: a session that is kept needs a name to be kept under.
      if (!packet.clientId && !packet.clean) done(new Error('no client id'), false);
      else if (packet.clientId && !/^[\w.:-]{1,128}$/.test(packet.clientId))
        done(new Error('bad client id'), false);
      else done(connection ? null : new Error('gone'), connection !== undefined);
    },

    authenticate(client, username, password, done) {
      if (anonymous) {
        done(null, true);
        return;
      }
      const address = connections.get(client.conn as Duplexed)?.address ?? '';
      const refuse = (reason: string) => {
        counts.denied += 1;
        intake.stranger(String(username ?? client.id), 'mqtt', reason);
        const error = new Error('not authorised') as AuthenticateError;
        error.returnCode = 4;
        done(error, null);
      };
      // A client id is a device's name: else one device could take another's place.
      if (username === undefined || client.id !== username)
        refuse('the client id is not the user name');
      else {
        access.check(username, password ?? Buffer.alloc(0), address).then(
          (result) => (result === 'ok' ? done(null, true) : refuse(reasons[result])),
          () => refuse('the password could not be checked'),
        );
      }
    },

    authorizePublish(client, packet, done) {
      // A will comes with its client, or with none where the broker was restarted.
      const device = client ? deviceOf(client) : null;
      if (isCleanTopic(packet.topic)) {
        const owners = ownersOf(packet.topic, client ? speaksForOf(client) : null);
        if (owners.length > 0) {
          const message = toMessage(packet.topic, packet.payload as Buffer);
          takeAll(intake, owners, concerned(owners, message), message, (error, taken) => {
            if (!error) for (const one of taken) followUp(one, message);
            // Readers get what became of it; its bytes are nobody's business, they may name a person.
            packet.topic = keptTopic;
            packet.payload = Buffer.alloc(0);
            done(error);
          });
          return;
        }
      }
      const stranger = nativeTopic(packet.topic);
      const message = toMessage(packet.topic, packet.payload as Buffer);
      if (anonymous && isCleanTopic(packet.topic) && stranger === null) {
        // Others may talk here; who says what one of our drivers understands may be a device that was forgotten.
        if (client) intake.overheard(client.id, 'mqtt', message);
        done(null);
        return;
      }
      if (anonymous && stranger)
        intake.stranger(stranger.device, 'mqtt', 'no device of this name is configured', message);
      else if (client && !device) {
        intake.stranger(client.id, 'mqtt', 'it may log in and is no device', message);
      }
      counts.denied += 1;
      log.warn({ client: client?.id, qos: packet.qos }, 'publishes where it may not: disconnected');
      done(new Error('not authorised'));
    },

    authorizeSubscribe(client, subscription, done) {
      const allowed = maySubscribe(client.id, subscription.topic);
      if (!allowed) counts.denied += 1;
      // Null instead of an error: the client is told 0x80 and stays.
      done(null, allowed ? subscription : null);
    },
  });

  const reasons = {
    wrong: 'wrong password',
    unknown: 'no such user',
    wait: 'too many wrong passwords',
  } as const;

  /** A device hears its own commands, and those of the devices that it speaks for. */
  const maySubscribe = (id: string, filter: string): boolean =>
    anonymous ||
    routes.device(id) === undefined ||
    [...(speakers.get(id) ?? [id])].some((one) => {
      const device = routes.device(one);
      return device !== undefined && routes.maySubscribe(device, filter);
    });

  const { persistence } = aedes as unknown as { readonly persistence: Sessions };
  limitSessions(persistence, {
    maySubscribe,
    onForgotten(id) {
      counts.dropped += 1;
      readers.forgotten(id);
      log.warn(
        { client: id },
        'a reader that is away, or acknowledges nothing, was forgotten: too much waited for it',
      );
      const client = present.get(id);
      if (client) connections.get(client.conn as Duplexed)?.close('it acknowledges nothing');
    },
  });

  const deviceOf = (client: Client): Device | null =>
    anonymous ? null : (routes.device(client.id) ?? null);

  const speaksForOf = (client: Client): SpeaksFor =>
    anonymous ? null : (speakers.get(client.id) ?? none);

  /** The devices that may say this here: the sender's own topic, or anybody's on an anonymous bench. */
  const ownersOf = (topic: string, speaksFor: SpeaksFor): readonly Device[] => {
    const owners = routes.of(topic);
    if (anonymous) return owners;
    // Nobody: a will of a client that went with the broker's last run.
    if (speaksFor === null) return [];
    const [only] = owners;
    if (only && owners.length === 1) return speaksFor.has(only.id) ? owners : [];
    return owners.filter(({ id }) => speaksFor.has(id));
  };

  /** After the flush: the answer that the device waits for, and the readers. */
  const followUp = ({ device, readings }: Taken, { topic = '', body: payload }: Message) => {
    const { driver } = device;
    if (driver.reply) {
      const arrival = {
        device: device.id,
        atMs: clock.nowMs(),
        lane: device.lane,
        direction: device.direction,
      };
      try {
        const answer = driver.reply({ topic, body: payload }, device.options, arrival);
        if (answer?.topic !== undefined) publish(answer.topic, answer.body, 1);
      } catch (error) {
        // A message that cannot be read cannot be answered either; it is in the quarantine.
        log.debug({ device: device.id, err: error }, 'no answer');
      }
    }
    if (readers.count() === 0) return;
    if (driver.id === 'native' && readings.length > 0 && readings[0]?.kind !== 'passage') {
      publish(topic, payload, 1);
      return;
    }
    for (const reading of readings) {
      const { kind, device: id, ...rest } = withoutPlate(reading);
      publish(`gatehouse/v1/${id}/${kind}`, Buffer.from(JSON.stringify(rest)), 1);
    }
  };

  const take = (
    { topic, qos, payload }: Publish,
    speaksFor: SpeaksFor,
    done: (error: Error | null) => void,
  ): boolean => {
    const owners = ownersOf(topic, speaksFor);
    const [device] = owners;
    if (!device) return isBesides(topic, speaksFor, done);
    if (qos === 0 && parts.crowded()) {
      counts.shed += 1;
      done(null);
      return true;
    }
    counts.accepted += 1;
    const message = toMessage(topic, payload);
    if (owners.length > 1) {
      takeAll(intake, owners, concerned(owners, message), message, (error, taken) => {
        done(error);
        if (!error) for (const one of taken) followUp(one, message);
      });
      return true;
    }
    const answers = readers.count() > 0 || device.driver.reply !== undefined;
    // Only who has to answer keeps the payload, and with it the whole chunk that came, until the flush.
    if (answers) takeAndFollowUp(device, message, done);
    else intake.take(device, message, done);
    return true;
  };

  const takeAndFollowUp = (
    device: Device,
    message: Message,
    done: (error: Error | null) => void,
  ) => {
    let readings: readonly Reading[] = [];
    const kept = (error: Error | null) => {
      done(error);
      if (!error) followUp({ device, readings }, message);
    };
    intake.take(device, message, kept, (read) => {
      readings = read;
    });
  };

  /**
   * What a bridge says besides: its own state, lamps that are none of ours. It is acknowledged and dropped: to pass it on
   * would let it speak on topics of commands, to disconnect it would silence the meters behind it.
   */
  const isBesides = (
    topic: string,
    speaksFor: SpeaksFor,
    done: (error: Error | null) => void,
  ): boolean => {
    if (speaksFor === null || speaksFor.size < 2 || !isCleanTopic(topic)) return false;
    if (routes.of(topic).length > 0 || nativeTopic(topic) !== null) return false;
    counts.ignored += 1;
    done(null);
    return true;
  };

  const publish = (topic: string, body: Uint8Array, qos: 0 | 1) => {
    const payload = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    aedes.publish({ cmd: 'publish', topic, payload, qos, retain: false, dup: false }, () => {});
  };

  aedes.on('clientReady', (client) => {
    const connection = connections.get(client.conn as Duplexed);
    connection?.open({ clientId: client.id, speaksFor: speaksForOf(client) });
    present.set(client.id, client);
    readers.came(client);
  });
  aedes.on('clientDisconnect', (client) => {
    // One that was pushed out by its own return must not take the new one with it.
    if (present.get(client.id) === client) present.delete(client.id);
  });
  aedes.on('subscribe', (list, client) => {
    if (client) readers.subscribed(client, list);
  });
  aedes.on('unsubscribe', (list, client) => {
    if (client) readers.unsubscribed(client, list);
  });
  aedes.on('clientError', (client, error) =>
    log.debug({ client: client.id, err: error }, 'client error'),
  );
  aedes.on('connectionError', (_client, error) => log.debug({ err: error }, 'connection error'));

  let resting = false;
  /** The disk is behind: nobody is read who waits for an answer, else each would leave a chunk in our memory. */
  const restAll = () => {
    if (resting) return;
    resting = true;
    setTimeout(() => {
      resting = false;
    }, refillMs).unref();
    for (const connection of connections.values()) connection.rest();
  };

  const server = createServer((socket: Socket) => {
    const connection = createConnection(socket, {
      frameBytes: parts.limits.frameKb * 1024,
      messagesPerSecond: parts.limits.messagesPerSecond,
      monoMs: clock.monoMs,
      take,
      crowded: parts.crowded,
      onCrowded: restAll,
      onClose: (reason) => {
        connections.delete(connection.stream);
        if (reason.startsWith('a ') || reason.startsWith('the first')) counts.refused += 1;
        if (reason.startsWith('it does not take')) {
          counts.dropped += 1;
          log.warn(
            { address: connection.address },
            'a reader that does not take what it is sent was dropped',
          );
        }
      },
    });
    connections.set(connection.stream, connection);
    aedes.handle(connection.stream);
  });
  server.maxConnections = parts.limits.connections;
  const address = await listenOn(server, parts.listen);

  return {
    address,
    publish,
    reaches: (device) =>
      [device, ...(spokenForBy.get(device) ?? [])].some((name) => present.has(name)),
    stats: () => ({ ...counts, connections: connections.size, subscriptions: readers.count() }),
    async stop() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const connection of connections.values()) connection.close('the box stops');
      });
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
    },
  };
}

type Duplexed = Connection['stream'];

const toMessage = (topic: string, body: Buffer): Message => ({ topic, body });

/** What readers get: a plate is nobody's business outside. */
function withoutPlate(reading: Reading): Reading {
  if (reading.kind !== 'passage' || reading.plate === undefined) return reading;
  const { plate: _plate, ...rest } = reading;
  return rest;
}

/** Listens on HOST:PORT; says who has the port where it is taken. */
export async function listenOn(
  server: ReturnType<typeof createServer>,
  listen: string,
): Promise<string> {
  const colon = listen.lastIndexOf(':');
  const host = listen.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(listen.slice(colon + 1));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const code =
        cause.code === 'EADDRINUSE' || cause.code === 'EACCES' ? 'PORT_TAKEN' : 'CONFIG_INVALID';
      reject(new GatewayError(code, `Cannot listen on ${listen}: ${cause.message}`, { cause }));
    });
    server.listen({ host, port }, () => resolve());
  });
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? `${host}:${bound.port}` : listen;
}
