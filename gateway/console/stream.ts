import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Desk } from '../desk/contract.ts';
import { type Guard, Refusal } from './guard.ts';

/** Open pages that are told of changes, of all and of one account; one more is asked to poll. */
const mostClients = 64;
const mostOfAccount = 8;
const heartbeatMs = 15_000;
/** Many changes at once are told as one. */
const gatherMs = 250;
/** What a page may leave unread, bytes. */
const mostUnread = 64 * 1024;

export interface Stream {
  handler(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
  stop(): void;
}

interface Client {
  readonly account: string;
  readonly request: FastifyRequest;
}

/** Server-sent events: "something changed, ask again". What changed is asked for with one's own rights. */
export function createStream(
  desk: Pick<Desk, 'onChange'>,
  guard: Pick<Guard, 'account' | 'session'>,
): Stream {
  const clients = new Map<FastifyReply, Client>();
  const send = (text: string) => {
    for (const { raw } of clients.keys()) {
      // A phone that sleeps must not be remembered for: it asks again when it wakes.
      if (raw.writableLength < mostUnread) raw.write(text);
    }
  };
  let gathering: NodeJS.Timeout | null = null;
  desk.onChange(() => {
    gathering ??= setTimeout(() => {
      gathering = null;
      send('event: alerts\ndata: {}\n\n');
    }, gatherMs);
  });
  /** A stream ends with its session. */
  const endOver = async () => {
    for (const [reply, { request }] of clients) {
      if (!(await guard.session(request))) reply.raw.end();
    }
  };
  const heartbeat = setInterval(() => {
    send('event: alive\ndata: {}\n\n');
    endOver().catch(() => {}); // a database that cannot be read now is asked at the next beat
  }, heartbeatMs);
  heartbeat.unref();
  return {
    async handler(request, reply) {
      const account = guard.account(request).name;
      const own = [...clients.values()].filter((client) => client.account === account).length;
      if (clients.size >= mostClients || own >= mostOfAccount)
        throw new Refusal(503, 'FULL', '请改用刷新', 'Poll instead');
      reply.hijack();
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      reply.raw.write('retry: 3000\n\n');
      clients.set(reply, { account, request });
      request.raw.on('close', () => clients.delete(reply));
      return reply;
    },
    stop() {
      clearInterval(heartbeat);
      if (gathering) clearTimeout(gathering);
      for (const { raw } of clients.keys()) raw.end();
      clients.clear();
    },
  };
}
