import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Message } from '../../drivers/driver.ts';
import type { Device } from '../config/device.ts';
import type { Log } from '../log.ts';
import { listenOn } from './broker/broker.ts';
import type { Intake } from './intake.ts';
import { createBodyFilter } from './picture-filter.ts';

export interface PushParts {
  /** HOST:PORT. */
  readonly listen: string;
  /** Longest body, pictures and all, bytes. */
  readonly bodyBytes: number;
  readonly devices: readonly Device[];
  readonly intake: Intake;
  readonly log: Log;
}

export interface PushListener {
  readonly address: string;
  stats(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

/** What is held of a body when the pictures are gone, bytes. */
export const maxHeldBytes = 256 * 1024;
const maxConnections = 500;
/** `/push/DEVICE`, and whatever the maker puts behind it. */
const path = /^\/push\/([A-Za-z0-9][\w.-]{0,63})(\/.*)?$/;

/**
 * Takes what devices push over HTTP. The answer comes after the flush: the maker's own where a driver knows it,
 * else a bare 200; 503 where the disk refuses, so that the device sends again. Pictures are let go as they come.
 */
export async function startPushListener({
  listen,
  bodyBytes,
  devices,
  intake,
  log,
}: PushParts): Promise<PushListener> {
  const byId = new Map(
    devices
      .filter(({ driver }) => driver.wire === 'http' || driver.wire === 'mqtt')
      .map((device) => [device.id, device]),
  );
  const counts = { pushes: 0, tooLong: 0, unknownPushes: 0 };

  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const url = (request.url ?? '/').split('?')[0] ?? '/';
    const id = path.exec(url)?.[1];
    const device = id === undefined ? undefined : byId.get(id);
    if (!device) {
      counts.unknownPushes += 1;
      intake.stranger(id ?? url, 'http', 'no device of this name pushes here');
      answer(response, 404);
      request.resume();
      return;
    }
    const contentType = request.headers['content-type'];
    const filter = createBodyFilter(contentType, maxHeldBytes);
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bodyBytes) {
        counts.tooLong += 1;
        answer(response, 413);
        request.destroy();
        return;
      }
      filter.push(chunk);
    });
    request.on('error', () => {
      // It hung up in the middle: it will send again.
    });
    request.on('end', () => {
      counts.pushes += 1;
      const message: Message = {
        topic: request.url ?? url,
        body: filter.body(),
        ...(contentType === undefined ? {} : { contentType }),
        ...(request.method === undefined ? {} : { method: request.method }),
      };
      intake.take(device, message, (error) => {
        if (error) answer(response, 503);
        else reply(response, device, message);
      });
    });
  };

  const reply = (response: ServerResponse, device: Device, message: Message) => {
    try {
      const { id, lane, direction } = device;
      const said = device.driver.reply?.(message, device.options, {
        device: id,
        atMs: Date.now(),
        lane,
        direction,
      });
      if (said) {
        answer(response, 200, said.body, said.contentType);
        return;
      }
    } catch (error) {
      // It could not be read, so it cannot be answered in kind; it is in the quarantine, and that is an answer.
      log.debug({ device: device.id, err: error }, 'no answer');
    }
    answer(response, 200);
  };

  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 20_000 },
    handle,
  );
  server.maxConnections = maxConnections;
  const address = await listenOn(server, listen);
  return {
    address,
    stats: () => ({ ...counts }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Some cameras understand neither chunks nor gzip: always with a length. */
function answer(
  response: ServerResponse,
  status: number,
  body: Uint8Array = new Uint8Array(),
  type = 'application/json',
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    'content-length': body.length,
    ...(body.length > 0 ? { 'content-type': type } : {}),
  });
  response.end(body);
}
