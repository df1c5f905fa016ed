import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Message } from '../../../drivers/driver.ts';
import type { Clock } from '../../clock.ts';
import type { Device } from '../../config/device.ts';
import type { Log } from '../../log.ts';
import { listenOn } from '../broker/broker.ts';
import type { Intake } from '../intake.ts';
import { createBodyFilter } from './body-filter.ts';
import { createLoginCheck, type Login } from './login.ts';

export interface PushParts {
  /** HOST:PORT. */
  readonly listen: string;
  /** Longest body, pictures and all, bytes. */
  readonly bodyBytes: number;
  readonly devices: readonly Device[];
  /** By device id; who is not in it pushes without a log-in. */
  readonly logins: ReadonlyMap<string, Login>;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Partial<PushLimits>;
}

export interface PushListener {
  readonly address: string;
  stats(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

/** What one caller, and all of them together, may take. */
export interface PushLimits {
  readonly connections: number;
  /** Request line and headers, bytes. */
  readonly headerBytes: number;
  /** What is held of one body when the pictures are gone, bytes. */
  readonly heldBytes: number;
  /** The same of all bodies that are on their way, bytes. */
  readonly heldTotalBytes: number;
  /** Headers must have come by then, ms. */
  readonly headersMs: number;
  /** The whole request must have come by then, ms. */
  readonly requestMs: number;
  /** A connection on which nothing is asked is closed, ms. */
  readonly idleMs: number;
  /** How often the three above are looked at, ms. */
  readonly lookMs: number;
  /** What is still read, and thrown away, of a body that is refused, bytes: so that its sender hears why. */
  readonly refusedBytes: number;
}

export const pushLimits: PushLimits = {
  connections: 500,
  headerBytes: 16 * 1024,
  heldBytes: 256 * 1024,
  heldTotalBytes: 32 * 1024 * 1024,
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 20_000,
  lookMs: 2000,
  refusedBytes: 1024 * 1024,
};

/** `/push/DEVICE`, and whatever the maker puts behind it. */
const path = /^\/push\/([A-Za-z0-9][\w.-]{0,63})(\/.*)?$/;

/**
 * Takes what devices push over HTTP. The answer comes after the flush: the maker's own where a driver knows it,
 * else a bare 200; 503 where the disk refuses, so that the device sends again. Pictures are let go as they come.
 */
export async function startPushListener(parts: PushParts): Promise<PushListener> {
  const { bodyBytes, intake, clock, log } = parts;
  const limits = { ...pushLimits, ...parts.limits };
  const byId = new Map(
    parts.devices
      .filter(({ driver }) => driver.wire === 'http' || driver.wire === 'mqtt')
      .map((device) => [device.id, device]),
  );
  const login = createLoginCheck(parts.logins, clock);
  const counts = {
    pushes: 0,
    pushesTooLong: 0,
    pushesCrowded: 0,
    pushesBroken: 0,
    pushLoginsWrong: 0,
    pushLoginsLimited: 0,
    unknownPushes: 0,
  };
  let heldTotal = 0;

  /** The device that may push this, or null: then it has been answered. */
  const admitted = (
    request: IncomingMessage,
    response: ServerResponse,
    waitsForWord: boolean,
  ): Device | null => {
    const refuse = (
      status: number,
      headers: Headers = {},
      readBytes: number = limits.refusedBytes,
    ) => {
      // Whoever waits for our word to send the body may send it all the same: nobody could tell it from a request.
      refuseBody(request, response, { status, hangUp: waitsForWord, readBytes, headers });
      return null;
    };
    const url = (request.url ?? '/').split('?')[0] ?? '/';
    const id = path.exec(url)?.[1];
    const device = id === undefined ? undefined : byId.get(id);
    if (!device) {
      counts.unknownPushes += 1;
      intake.stranger(id ?? url, 'http', 'no device of this name pushes here');
      return refuse(404);
    }
    const verdict = login.check(device.id, {
      method: request.method ?? 'GET',
      url: request.url ?? '/',
      authorization: request.headers.authorization,
      address: request.socket.remoteAddress ?? '',
    });
    if (verdict.kind === 'wait') {
      counts.pushLoginsLimited += 1;
      return refuse(429, { 'retry-after': String(verdict.retryAfterS) });
    }
    if (verdict.kind === 'challenge') {
      if (verdict.wrong) {
        counts.pushLoginsWrong += 1;
        intake.stranger(device.id, 'http', 'wrong user name or password');
      }
      // The same body comes again on the same connection, with a log-in: it must be read to its end.
      return refuse(401, { 'www-authenticate': verdict.challenges }, bodyBytes);
    }
    if (Number(request.headers['content-length'] ?? 0) > bodyBytes) {
      counts.pushesTooLong += 1;
      return refuse(413);
    }
    return device;
  };

  const handle = (request: IncomingMessage, response: ServerResponse, waitsForWord: boolean) => {
    const device = admitted(request, response, waitsForWord);
    if (!device) return;
    if (waitsForWord) response.writeContinue();
    const contentType = request.headers['content-type'];
    const filter = createBodyFilter(contentType, limits.heldBytes);
    let bytes = 0;
    let held = 0;
    let refused = false;
    const hold = (now: number) => {
      heldTotal += now - held;
      held = now;
    };
    const refuse = (status: number) => {
      refused = true;
      hold(0);
      request.removeAllListeners('data');
      refuseBody(request, response, { status, hangUp: true, readBytes: limits.refusedBytes });
    };
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bodyBytes) {
        counts.pushesTooLong += 1;
        refuse(413);
        return;
      }
      filter.push(chunk);
      hold(filter.held());
      if (heldTotal > limits.heldTotalBytes) {
        counts.pushesCrowded += 1;
        refuse(503);
      }
    });
    request.on('error', () => {
      // It hung up in the middle: it will send again.
      counts.pushesBroken += 1;
    });
    request.on('close', () => hold(0));
    request.on('end', () => {
      if (refused) return;
      counts.pushes += 1;
      const message: Message = {
        topic: request.url ?? '/',
        body: filter.body(),
        ...(contentType === undefined ? {} : { contentType }),
        ...(request.method === undefined ? {} : { method: request.method }),
      };
      intake.take(device, message, (error) => {
        if (error) answer(response, 503, { 'retry-after': '5' });
        else reply(response, device, message);
      });
    });
  };

  const reply = (response: ServerResponse, device: Device, message: Message) => {
    try {
      const { id, lane, direction } = device;
      const arrival = { device: id, atMs: clock.nowMs(), lane, direction };
      const said = device.driver.reply?.(message, device.options, arrival);
      if (said) {
        answer(
          response,
          200,
          { 'content-type': said.contentType ?? 'application/json' },
          said.body,
        );
        return;
      }
    } catch (error) {
      // It could not be read, so it cannot be answered in kind; it is in the quarantine, and that is an answer.
      log.debug({ device: device.id, err: error }, 'no answer');
    }
    answer(response, 200);
  };

  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: limits.lookMs,
    },
    (request, response) => handle(request, response, false),
  );
  server.on('checkContinue', (request, response) => handle(request, response, true));
  server.maxConnections = limits.connections;
  const address = await listenOn(server, parts.listen);
  return {
    address,
    stats: () => ({ ...counts, pushBytesHeld: heldTotal }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Headers = Readonly<Record<string, string | readonly string[]>>;

/** Answers before the body has come. So much of the body is read and thrown away; then the connection goes. */
function refuseBody(
  request: IncomingMessage,
  response: ServerResponse,
  {
    status,
    hangUp,
    readBytes,
    headers = {},
  }: {
    readonly status: number;
    readonly hangUp: boolean;
    readonly readBytes: number;
    readonly headers?: Headers;
  },
): void {
  answer(response, status, { ...headers, ...(hangUp ? { connection: 'close' } : {}) });
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > readBytes) request.destroy();
  });
  request.on('error', () => {
    // It heard why, and hung up.
  });
}

/** Some cameras understand neither chunks nor gzip: always with a length. */
function answer(
  response: ServerResponse,
  status: number,
  headers: Headers = {},
  body: Uint8Array = new Uint8Array(),
): void {
  if (response.headersSent || response.destroyed) return;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('content-length', body.length);
  response.writeHead(status);
  // Nothing is said in one write, an empty body would be a second one.
  response.end(body.length === 0 ? undefined : body);
}
