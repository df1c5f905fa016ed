import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Desk } from '../desk/contract.ts';

/** Open pages that are told of changes; one more is asked to poll. */
const maxClients = 64;
const heartbeatMs = 15_000;
/** Many changes at once are told as one. */
const gatherMs = 250;

export interface Stream {
  handler(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
  stop(): void;
}

/** Server-sent events: "something changed, ask again". What changed is asked for with one's own rights. */
export function createStream(desk: Pick<Desk, 'onChange'>): Stream {
  const clients = new Set<FastifyReply>();
  const send = (text: string) => {
    for (const { raw } of clients) {
      // A phone that sleeps must not be remembered for: it asks again when it wakes.
      if (raw.writableLength < 64 * 1024) raw.write(text);
    }
  };
  let gathering: NodeJS.Timeout | null = null;
  desk.onChange(() => {
    gathering ??= setTimeout(() => {
      gathering = null;
      send('event: alerts\ndata: {}\n\n');
    }, gatherMs);
  });
  const heartbeat = setInterval(() => send('event: alive\ndata: {}\n\n'), heartbeatMs);
  heartbeat.unref();
  return {
    async handler(request, reply) {
      if (clients.size >= maxClients)
        return reply.code(503).send({ code: 'FULL', zh: '请改用刷新', en: 'Poll instead' });
      reply.hijack();
      const headers = {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      };
      reply.raw.writeHead(200, headers);
      reply.raw.write('retry: 3000\n\n');
      clients.add(reply);
      request.raw.on('close', () => clients.delete(reply));
      return reply;
    },
    stop() {
      clearInterval(heartbeat);
      if (gathering) clearTimeout(gathering);
      for (const { raw } of clients) raw.end();
      clients.clear();
    },
  };
}
