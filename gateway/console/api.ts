import type { FastifyInstance, RouteOptions } from 'fastify';
import { createReplayJob } from '../replay/job.ts';
import { accountRoutes } from './account-routes.ts';
import { createAccounts } from './accounts.ts';
import { alertRoutes } from './alert-routes.ts';
import { createAttemptStore } from './attempt-store.ts';
import { createAttempts } from './attempts.ts';
import { boardRoutes } from './board-routes.ts';
import { caseRoutes } from './case-routes.ts';
import { commandRoutes } from './command-routes.ts';
import { createDeviceCookies } from './device-cookie.ts';
import { factorRoutes } from './factor-routes.ts';
import { type Access, type Check, createGuard } from './guard.ts';
import { createLogin } from './login.ts';
import { loginFinding } from './login-finding.ts';
import { oneTimeCode } from './one-time-code.ts';
import type { ConsoleParts } from './parts.ts';
import { pointRoutes } from './point-routes.ts';
import { privacyRoutes } from './privacy-routes.ts';
import { replayRoutes } from './replay-routes.ts';
import { reportRoutes } from './report-routes.ts';
import type { Role } from './roles.ts';
import { rosterRoutes } from './roster-routes.ts';
import { ruleRoutes } from './rule-routes.ts';
import { createSecondFactor } from './second-factor.ts';
import { sessionRoutes } from './session-routes.ts';
import { createSessions } from './sessions.ts';
import { strangerRoutes } from './stranger-routes.ts';
import { createStream } from './stream.ts';
import { systemRoutes } from './system-routes.ts';
import { createTrail } from './trail.ts';

/** A route and whom it lets in. */
export interface RouteAccess {
  readonly method: string;
  readonly url: string;
  readonly access: Access;
}

export interface Api {
  /** The code that makes the first account; absent once there is one. */
  readonly setupCode: string | undefined;
  /** Every route of the API, as registered. */
  readonly routes: readonly RouteAccess[];
  stop(): Promise<void>;
}

/** Roles for which a second factor is asked (PR-32). */
const factorRoles: readonly Role[] = ['chair', 'auditor'];

/** The API below /api/v1: each route says whom it lets in, or the box does not start. */
export async function registerApi(app: FastifyInstance, parts: ConsoleParts): Promise<Api> {
  const { config, desk, gate, realClock, clock, log, demo } = parts;
  const { https, secondFactor } = config.console;
  const accounts = createAccounts(gate, realClock);
  const sessions = createSessions(gate, realClock, demo);
  const trail = createTrail(gate, realClock, log);
  const factor = createSecondFactor(gate, realClock, parts.keys, config.site.name);
  // The demonstration's own account is one for trying things out.
  const factorFor = secondFactor === 'required' && !demo ? factorRoles : [];
  const guard = createGuard(sessions, { https, factorFor, strange: trail.strange });
  const locked = loginFinding(desk, clock, log);
  const { keys } = parts;
  const attempts = await createAttempts(realClock, createAttemptStore(gate, realClock, log), (id) =>
    keys.pseudonym('login', id),
  );
  await locked.resume(attempts.keptLockMs());
  const login = createLogin({
    db: gate,
    clock: realClock,
    attempts,
    devices: createDeviceCookies(keys, realClock),
    sessions,
    factor,
    trail,
    demo,
    onLock: locked.raise,
  });
  const setupCode = !demo && (await accounts.empty()) ? oneTimeCode() : undefined;
  let left = setupCode;
  const stream = createStream(desk, guard);
  const replay = createReplayJob(log);
  const routes: RouteAccess[] = [];

  await app.register(
    async (api: FastifyInstance) => {
      api.addHook('onRoute', (route) => {
        routes.push(...accessOf(route));
      });
      api.addHook('onRequest', guard.origin);
      api.addHook('onSend', async (_request, reply) => {
        if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
      });
      sessionRoutes(api, {
        accounts,
        sessions,
        login,
        guard,
        trail,
        setupCode: () => left,
        used: () => {
          left = undefined;
        },
        https,
        factorFor,
        place: () => ({
          nowMs: clock.nowMs(),
          clockTrusted: clock.trusted(),
          site: { name: config.site.name, utcOffsetMs: parts.site.utcOffsetMs },
        }),
      });
      factorRoutes(api, { factor, login, sessions, guard, trail, factorFor });
      accountRoutes(api, { accounts, guard, trail });
      alertRoutes(api, parts, guard, trail);
      pointRoutes(api, parts, guard);
      reportRoutes(api, parts, guard, trail);
      boardRoutes(api, parts, guard, trail);
      caseRoutes(api, parts, guard, trail);
      rosterRoutes(api, parts, guard, trail);
      ruleRoutes(api, parts, guard);
      replayRoutes(api, parts, guard, trail, replay);
      privacyRoutes(api, parts, guard);
      systemRoutes(api, parts, guard);
      strangerRoutes(api, parts, guard, trail);
      commandRoutes(api, parts, guard, trail);
      api.get('/stream', { preHandler: guard.needs('alerts.read') }, stream.handler);
      api.get('/openapi.json', { preHandler: guard.anyone }, async () => app.swagger());
    },
    { prefix: '/api/v1' },
  );
  return {
    setupCode,
    routes,
    async stop() {
      locked.stop();
      stream.stop();
      await replay.cancel();
      await trail.flush();
    },
  };
}

/** Whom a route lets in, by the check in front of it. A route without one is a mistake of ours. */
export function accessOf(
  route: Pick<RouteOptions, 'method' | 'url' | 'preHandler'>,
): RouteAccess[] {
  const [check] = [route.preHandler ?? []].flat() as Partial<Check>[];
  if (check?.access === undefined)
    throw new Error(`${route.method} ${route.url} does not say who may call it`);
  const { access } = check;
  return [route.method].flat().map((method) => ({ method, url: route.url, access }));
}
