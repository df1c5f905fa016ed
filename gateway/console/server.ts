import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import fastifyCookie from '@fastify/cookie';
import fastifyHelmet from '@fastify/helmet';
import fastifyRateLimit from '@fastify/rate-limit';
import fastifyStatic from '@fastify/static';
import fastifySwagger from '@fastify/swagger';
import fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { GatewayError } from '../errors.ts';
import type { Log } from '../log.ts';
import { createAccounts } from './accounts.ts';
import { alertRoutes } from './alert-routes.ts';
import { createGuard } from './guard.ts';
import type { ConsoleParts } from './parts.ts';
import { pointRoutes } from './point-routes.ts';
import { type Reports, reportRoutes, startReports } from './report-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { createStream } from './stream.ts';

export interface Console {
  /** HOST:PORT as it listens. */
  readonly address: string;
  /** Name and password of the demonstration's own account; absent otherwise. */
  readonly demoLogin?: { readonly name: string; readonly password: string };
  /** The code that makes the first account; absent once there is one. */
  readonly setupCode?: string;
  readonly reports: Reports;
  stop(): Promise<void>;
}

/** Bodies of the API are small. */
const bodyLimit = 16 * 1024;
const requestsPerMinute = 600;

/** The pages and the API behind them. */
export async function startConsole(parts: ConsoleParts): Promise<Console> {
  const { config, desk, health, log } = parts;
  const app = fastify({ bodyLimit, logger: false, trustProxy: false });
  const accounts = createAccounts(parts.gate, parts.realClock);
  const empty = await accounts.empty();
  const setupCode = empty && !parts.demo ? randomBytes(6).toString('base64url') : undefined;
  const demoLogin = parts.demo
    ? {
        name: `demo-${randomBytes(2).toString('hex')}`,
        password: randomBytes(6).toString('base64url'),
      }
    : undefined;
  if (demoLogin) await accounts.create(demoLogin.name, 'chair', demoLogin.password);

  await app.register(fastifyHelmet, {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        // uPlot sets sizes on its own elements.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
        upgradeInsecureRequests: config.console.https ? [] : null,
      },
    },
    strictTransportSecurity: config.console.https,
  });
  await app.register(fastifyCookie);
  await app.register(fastifyRateLimit, { max: requestsPerMinute, timeWindow: 60_000 });
  await app.register(fastifySwagger, {
    openapi: { openapi: '3.1.0', info: { title: 'gatehouse', version: '1' } },
  });
  app.setErrorHandler(
    (error, _request, reply) => void reply.code(statusOf(error)).send(wordsOf(error, log)),
  );

  const guard = createGuard(accounts);
  const stream = createStream(desk);
  const reports = startReports(parts);
  await app.register(
    async (api: FastifyInstance) => {
      api.addHook('onRequest', guard.origin);
      sessionRoutes(api, {
        accounts,
        guard,
        setupCode: () => (setupCodeLeft ? setupCode : undefined),
        used: () => (setupCodeLeft = false),
        https: config.console.https,
      });
      alertRoutes(api, parts, guard);
      pointRoutes(api, parts, guard);
      reportRoutes(api, parts, guard, reports);
      api.get('/stream', { preHandler: guard.needs('alerts.read') }, stream.handler);
      api.get('/openapi.json', async () => app.swagger());
    },
    { prefix: '/api/v1' },
  );
  let setupCodeLeft = true;

  app.get('/healthz', async (_request, reply) => {
    const state = health();
    return reply.code(state.ok ? 200 : 503).send(state);
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type('text/plain; version=0.0.4').send(await parts.metrics()),
  );

  const pages = pagesFolder();
  if (pages) {
    await app.register(fastifyStatic, { root: pages, maxAge: '1h', immutable: false });
    app.setNotFoundHandler((request, reply) => {
      // Pages are one document; what looks like a path of it gets it.
      if (
        request.method === 'GET' &&
        !request.url.startsWith('/api/') &&
        !/\.\w+$/.test(request.url)
      )
        return reply.sendFile('index.html');
      return reply.code(404).send({ code: 'NOT_FOUND', zh: '没有这个页面', en: 'No such page' });
    });
  }
  const colon = config.console.listen.lastIndexOf(':');
  const host = config.console.listen.slice(0, colon).replace(/^\[|\]$/g, '');
  try {
    await app.listen({ host, port: Number(config.console.listen.slice(colon + 1)) });
  } catch (cause) {
    throw new GatewayError(
      'PORT_TAKEN',
      `Cannot listen on ${config.console.listen}: ${(cause as Error).message}`,
      { cause },
    );
  }
  const bound = app.addresses()[0];
  return {
    address: bound ? `${host}:${(bound as AddressInfo).port}` : config.console.listen,
    ...(demoLogin ? { demoLogin } : {}),
    ...(setupCode === undefined ? {} : { setupCode }),
    reports,
    async stop() {
      stream.stop();
      await app.close();
    },
  };
}

/** The built pages lie in dist/console, beside the built gateway, or below the sources' root. */
function pagesFolder(): string | null {
  for (const place of ['../../console', '../../dist/console']) {
    const folder = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(`${folder}/index.html`)) return folder;
  }
  return null;
}

function statusOf(error: unknown): number {
  if (error instanceof z.ZodError) return 400;
  const status = (error as { statusCode?: unknown }).statusCode;
  return typeof status === 'number' ? status : 500;
}

function wordsOf(error: unknown, log: Log): object {
  if (error instanceof z.ZodError) {
    const keys = error.issues.map(({ path }) => path.join('.')).join(', ');
    return { code: 'INPUT', zh: `输入有误：${keys}`, en: `Not valid: ${keys}` };
  }
  const { code, zh, en } = error as { code?: string; zh?: string; en?: string };
  if (zh !== undefined && en !== undefined) return { code, zh, en };
  if (statusOf(error) === 429)
    return { code: 'TOO_MANY', zh: '请求太多，请稍候', en: 'Too many requests: wait a moment' };
  if (statusOf(error) < 500) return { code: 'REQUEST', zh: '请求有误', en: 'Bad request' };
  log.error({ err: error }, 'a request failed');
  return { code: 'FAILED', zh: '系统出错，请稍后再试', en: 'Something went wrong' };
}
