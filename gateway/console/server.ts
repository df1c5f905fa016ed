import type { AddressInfo } from 'node:net';
import fastifySwagger from '@fastify/swagger';
import fastify, { type FastifyInstance } from 'fastify';
import { GatewayError } from '../errors.ts';
import { type RouteAccess, registerApi } from './api.ts';
import { type DemoLogin, demoAccount } from './demo-account.ts';
import type { ConsoleParts } from './parts.ts';
import { answerOf } from './refusal.ts';
import { secure } from './security.ts';
import { builtPages, notFound, staticPages } from './static-pages.ts';

export interface Console {
  /** HOST:PORT as it listens. */
  readonly address: string;
  /** Name and password of the demonstration's own account; absent otherwise. */
  readonly demoLogin?: DemoLogin;
  /** The code that makes the first account; absent once there is one. */
  readonly setupCode?: string;
  stop(): Promise<void>;
}

/** A console that does not listen yet; tests ask it directly. */
export interface BuiltConsole extends Omit<Console, 'address'> {
  readonly app: FastifyInstance;
  readonly routes: readonly RouteAccess[];
}

/** Bodies of the API are small, bytes. */
const bodyLimit = 16 * 1024;

/** The pages and the API behind them. */
export async function buildConsole(parts: ConsoleParts): Promise<BuiltConsole> {
  const { config, health, log } = parts;
  const demoLogin = await demoAccount(parts.gate, parts.realClock, parts.demo);
  const app = fastify({
    bodyLimit,
    logger: false,
    trustProxy: config.console.proxies.length > 0 ? [...config.console.proxies] : false,
  });
  await secure(app, config.console.https);
  await app.register(fastifySwagger, {
    openapi: { openapi: '3.1.0', info: { title: 'gatehouse', version: '1' } },
  });
  app.setErrorHandler((error, _request, reply) => {
    const { status, body } = answerOf(error, log);
    return reply.code(status).send(body);
  });
  const api = await registerApi(app, parts);

  app.get('/healthz', async (_request, reply) => {
    const state = health();
    return reply
      .code(state.ok ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(state);
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type('text/plain; version=0.0.4').send(await parts.metrics()),
  );
  const pages = builtPages();
  if (pages) await staticPages(app, pages);
  else app.setNotFoundHandler(notFound);
  return {
    app,
    routes: api.routes,
    ...(demoLogin ? { demoLogin } : {}),
    ...(api.setupCode === undefined ? {} : { setupCode: api.setupCode }),
    async stop() {
      await api.stop();
      await app.close();
    },
  };
}

/** Builds the console and listens. */
export async function startConsole(parts: ConsoleParts): Promise<Console> {
  const { app, routes: _routes, ...built } = await buildConsole(parts);
  const { listen } = parts.config.console;
  const colon = listen.lastIndexOf(':');
  const host = listen.slice(0, colon).replace(/^\[|\]$/g, '');
  try {
    await app.listen({ host, port: Number(listen.slice(colon + 1)) });
  } catch (cause) {
    throw new GatewayError(
      'PORT_TAKEN',
      `Cannot listen on ${listen}: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
  const bound = app.addresses()[0];
  return { ...built, address: bound ? `${host}:${(bound as AddressInfo).port}` : listen };
}
