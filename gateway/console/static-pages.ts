import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** The built pages lie in dist/console, beside the built gateway, or below the sources' root. */
export function builtPages(): string | null {
  for (const place of ['../../console', '../../dist/console']) {
    const folder = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(`${folder}/index.html`)) return folder;
  }
  return null;
}

/** The pages: one document that is asked for anew each time, and assets whose names change with their bytes. */
export async function staticPages(app: FastifyInstance, folder: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: folder,
    cacheControl: false,
    setHeaders(reply, path) {
      const asset = path.includes('/assets/');
      reply.setHeader('cache-control', asset ? 'public, max-age=31536000, immutable' : 'no-store');
    },
  });
  app.setNotFoundHandler((request, reply) => {
    const { method, url } = request;
    // Pages are one document; what looks like a path of it gets it.
    if (method === 'GET' && !url.startsWith('/api/') && !/\.\w+$/.test(url))
      return reply.sendFile('index.html');
    return notFound(request, reply);
  });
}

/** Says that there is nothing, and not what was asked for: a path may hold anything. */
export const notFound = (_request: FastifyRequest, reply: FastifyReply) =>
  reply.code(404).send({ code: 'NOT_FOUND', zh: '没有这个页面', en: 'No such page' });
